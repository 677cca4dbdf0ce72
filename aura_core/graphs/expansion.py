"""Weighted expansion: what lies around a symbol, by the product of the weights of the edges that lead there."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from aura_core.graphs.steps import StepsFrom
from aura_core.model.edge_weights import EDGE_WEIGHTS
from aura_core.model.graph import EdgeKind, Node
from aura_core.model.walks import CutOff, Expansion, ReachedNode, Step
from aura_core.time_limit import check_time

DEFAULT_KINDS = (EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.EXTENDS)
MIN_WEIGHT = 0.1
MAX_STEPS = 32  # the most that a caller may ask for
MAX_EDGES = 100_000
"""Edges read, so that a symbol that everything uses cannot take for ever."""


class _Label(NamedTuple):
    """A way to a node. Labels sort in the order in which ways are taken: heaviest, shortest, then by uid.

    ``negative_weight`` is negative because a heap returns its smallest entry first.
    """

    negative_weight: int
    depth: int
    uid: str
    path: tuple[Step, ...]
    node: Node


def expand(
    steps_from: StepsFrom,
    start: str,
    *,
    max_steps: int = 8,
    limit: int = 100,
    min_weight: float = MIN_WEIGHT,
    max_edges: int = MAX_EDGES,
) -> Expansion:
    """Return the nodes that a way of at most ``max_steps`` edges leads to, whose weights multiply to at least
    ``min_weight``; each with its best way.

    Heaviest first, then the shorter way, then by uid; at most ``limit``. Ways lead through nodes of the tree alone.
    """
    search = _BestFirstSearch(steps_from, max_steps, min_weight, max_edges)
    nodes: list[ReachedNode] = []
    for label in search.labels_from(start):
        if len(nodes) == limit:
            return Expansion(tuple(nodes), CutOff.LIMIT)
        nodes.append(ReachedNode(label.node, -label.negative_weight / search.one, label.path))
    return Expansion(tuple(nodes), CutOff.EDGES if search.edges > max_edges else CutOff.NO)


class _BestFirstSearch:
    """Takes the best of all ways that are open, again and again. Weights are whole numbers of ``1 / one``.

    The heaviest way to a node may be too long to go on from, so a node is left again by each way that is shorter than
    those before it.
    """

    def __init__(self, steps_from: StepsFrom, max_steps: int, min_weight: float, max_edges: int) -> None:
        self._steps_from = steps_from
        self._max_steps = max_steps
        self._max_edges = max_edges
        # Each step multiplies by tenths, so a way of ``max_steps`` edges still has a whole weight.
        self.one = 10**max_steps
        # By its decimal digits: the float 0.1 is more than a tenth and would shut out ways of exactly that weight.
        self._min_weight = Fraction(str(min_weight)) * self.one
        self._shortest: dict[str, int] = {}
        self._heap: list[_Label] = []
        self.edges = 0

    def labels_from(self, start: str) -> Iterator[_Label]:
        """Yield the best way to each node, best first."""
        self._shortest[start] = 0
        self._leave(start, -self.one, ())
        while self._heap and self.edges <= self._max_edges:
            check_time()
            label = heapq.heappop(self._heap)
            # A way that is no shorter than an earlier, heavier one leads to nothing that one does not lead to.
            depth = self._shortest.get(label.uid)
            if depth is not None and depth <= label.depth:
                continue
            self._shortest[label.uid] = label.depth
            if depth is None:
                yield label
            if label.depth < self._max_steps:
                self._leave(label.uid, label.negative_weight, label.path)

    def _leave(self, uid: str, negative_weight: int, path: tuple[Step, ...]) -> None:
        """Open the ways on from a node."""
        depth = len(path) + 1
        for step, neighbour in self._steps_from(uid):
            self.edges += 1
            weight = negative_weight * EDGE_WEIGHTS[step.kind] // 10
            is_heavy = -weight >= self._min_weight
            if neighbour.node is not None and is_heavy and self._shortest.get(step.uid, depth + 1) > depth:
                heapq.heappush(self._heap, _Label(weight, depth, step.uid, (*path, step), neighbour.node))
