"""Walks over the graph: a step along an edge, the nodes around a symbol, the path between two symbols."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from aura_core.model.graph import EdgeKind, Node, Resolution
from aura_core.model.words import plural


class Direction(StrEnum):
    """The direction in which edges are walked: `out` from source to destination (what a symbol uses), `in` against it
    (what uses the symbol), or `both`.
    """

    OUT = "out"
    IN = "in"
    BOTH = "both"


class Step(NamedTuple):
    """One edge of a walk, which leads to ``uid``. ``direction``: never ``BOTH``. ``lines``: of the sites, 1-based, in
    the file of the edge's source.
    """

    uid: str
    kind: EdgeKind
    direction: Direction
    resolution: Resolution
    lines: tuple[int, ...]


class CutOff(StrEnum):
    """The limit that ended a walk early: on nodes (``LIMIT``) or on edges; ``NO`` when none did."""

    NO = ""
    LIMIT = "limit"
    EDGES = "edges"


@dataclass(frozen=True, slots=True)
class ReachedNode:
    """A node that a walk reached, the best path to it, and the product of the weights of that path's edges (0 to 1)."""

    node: Node
    weight: float
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """The nodes around a symbol, the heaviest first. ``cut_off``: whether there are more."""

    reached: tuple[ReachedNode, ...]
    cut_off: CutOff


class Outcome(StrEnum):
    """The result of a search for a path. ``NONE`` is proven within ``max_steps``; ``CUT_OFF`` proves nothing."""

    REACHED = "found"
    NONE = "none"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Route:
    """The shortest path between two symbols, if there is one. ``looked_at``: how many nodes were visited."""

    outcome: Outcome
    steps: tuple[Step, ...]
    max_steps: int
    looked_at: int

    @property
    def words(self) -> str:
        """The outcome as a sentence."""
        if self.outcome is Outcome.REACHED:
            return f"A path of {plural(len(self.steps), 'step')}."
        if self.outcome is Outcome.NONE:
            return f"There is no path within {plural(self.max_steps, 'step')}."
        return f"Cut off after {self.looked_at:,} nodes: there may be a path."
