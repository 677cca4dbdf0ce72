"""Walks over the graph: a step along an edge, what is reached, the way between two symbols."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from aura_core.model.graph import EdgeKind, Node, Resolution


class Direction(StrEnum):
    """Which way edges are walked: from source to destination (what a symbol uses), against it (what uses the symbol),
    or both.
    """

    OUT = "out"
    IN = "in"
    BOTH = "both"


class Step(NamedTuple):
    """One edge walked to ``uid``; ``direction`` is never ``BOTH``. ``lines`` are the sites, in the file of the edge's
    source.
    """

    uid: str
    kind: EdgeKind
    direction: Direction
    resolution: Resolution
    lines: tuple[int, ...]


class CutOff(StrEnum):
    """Why a walk stopped before it was done."""

    NO = ""
    LIMIT = "limit"
    EDGES = "edges"


@dataclass(frozen=True, slots=True)
class ReachedNode:
    """A node reached, the product of the weights of the edges on the best way to it, and that way."""

    node: Node
    weight: float
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """Nodes around a start, the heaviest first; ``cut_off`` says whether there are more."""

    reached: tuple[ReachedNode, ...]
    cut_off: CutOff


class Outcome(StrEnum):
    """What a search for a way ended with: ``NONE`` is proven within ``max_steps``, ``CUT_OFF`` says nothing."""

    FOUND = "found"
    NONE = "none"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Route:
    """The shortest way between two symbols, if one was found; ``looked_at`` nodes were visited."""

    outcome: Outcome
    steps: tuple[Step, ...]
    max_steps: int
    looked_at: int

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        if self.outcome is Outcome.FOUND:
            return f"A way of {_steps(len(self.steps))}."
        if self.outcome is Outcome.NONE:
            return f"There is no way within {_steps(self.max_steps)}."
        return f"Cut off after {self.looked_at:,} nodes: there may be a way."


def _steps(number: int) -> str:
    return f"{number} step{'' if number == 1 else 's'}"
