"""Weighted expansion: what lies around a symbol, the nearest by the product of its edges' weights first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from aura_core.graphs.steps import Around
from aura_core.model.graph import EdgeKind, Node
from aura_core.model.walks import CutOff, Expansion, ReachedNode, Step

WEIGHTS = {EdgeKind.CALLS: 9, EdgeKind.IMPORTS: 6, EdgeKind.EXTENDS: 10, EdgeKind.CONTAINS: 4}
"""Tenths, so that products are whole numbers and their order is exact."""

DEFAULT_KINDS = (EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.EXTENDS)
MIN_WEIGHT = 0.1
MAX_STEPS = 32
MAX_EDGES = 100_000
"""Edges looked at, so that a symbol that everything uses cannot take for ever."""


class _Label(NamedTuple):
    """A way to a node, in the order in which ways are taken: heaviest, shortest, then by name."""

    lightness: int
    depth: int
    uid: str
    path: tuple[Step, ...]
    node: Node


def expand(
    around: Around,
    start: str,
    *,
    max_steps: int = 8,
    limit: int = 100,
    min_weight: float = MIN_WEIGHT,
    max_edges: int = MAX_EDGES,
) -> Expansion:
    """Nodes that a way of at most ``max_steps`` edges leads to, whose weights multiply to at least ``min_weight``;
    each with its best way.

    Heaviest first, then the shorter way, then by uid; at most ``limit``. Ways lead through nodes of the tree alone.
    """
    walk = _Walk(around, max_steps, min_weight, max_edges)
    reached: list[ReachedNode] = []
    for label in walk.from_start(start):
        if len(reached) == limit:
            return Expansion(tuple(reached), CutOff.LIMIT)
        reached.append(ReachedNode(label.node, -label.lightness / walk.one, label.path))
    return Expansion(tuple(reached), CutOff.EDGES if walk.edges > max_edges else CutOff.NO)


class _Walk:
    """Takes the best way of all that are open, again and again. Weights are whole numbers of ``1 / one``.

    The heaviest way to a node may be too long to go on from, so a node is left again by each way that is shorter than
    those before it.
    """

    def __init__(self, around: Around, max_steps: int, min_weight: float, max_edges: int) -> None:
        self._around = around
        self._max_steps = max_steps
        self._max_edges = max_edges
        self.one = 10**max_steps
        self._least = Fraction(str(min_weight)) * self.one
        self._shortest: dict[str, int] = {}
        self._open: list[_Label] = []
        self.edges = 0

    def from_start(self, start: str) -> Iterator[_Label]:
        """The best way to each node, as it is found."""
        self._shortest[start] = 0
        self._leave(start, -self.one, ())
        while self._open and self.edges <= self._max_edges:
            label = heapq.heappop(self._open)
            before = self._shortest.get(label.uid)
            if before is not None and before <= label.depth:
                continue
            self._shortest[label.uid] = label.depth
            if before is None:
                yield label
            if label.depth < self._max_steps:
                self._leave(label.uid, label.lightness, label.path)

    def _leave(self, uid: str, lightness: int, path: tuple[Step, ...]) -> None:
        depth = len(path) + 1
        for step, neighbour in self._around(uid):
            self.edges += 1
            lighter = lightness * WEIGHTS[step.kind] // 10
            if (
                neighbour.node is not None
                and -lighter >= self._least
                and self._shortest.get(step.uid, depth + 1) > depth
            ):
                heapq.heappush(self._open, _Label(lighter, depth, step.uid, (*path, step), neighbour.node))
