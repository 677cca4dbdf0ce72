"""Personalised PageRank over documents by forward push, in whole numbers: neither numbering nor order of addition changes a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import EdgeKind
from aura_core.views.hashing import Ints, boundaries
from aura_core.views.links import EDGE_KINDS

WEIGHTS = {EdgeKind.CALLS: 9, EdgeKind.EXTENDS: 10, EdgeKind.IMPORTS: 6, EdgeKind.CONTAINS: 4}
FORWARD, BACKWARD = 10, 7
"""An edge is walked both ways, less readily from target to source."""

ONE = 1 << 40
"""The whole mass."""

_KEPT = 512
"""Share of 1,024 that stays where it arrives: the restart of the walk."""

_SMALLEST = ONE // 10_000
_ROUNDS = 24


def walk_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """The walk's adjacency of a segment, from its edges; rows are documents, parallel edges are one."""
    documents = len(arrays["document_symbol"])
    inside = arrays["edge_target"] >= 0
    of_symbol = arrays["symbol_document"].astype(np.int64)
    source, target = of_symbol[arrays["edge_source"][inside]], of_symbol[arrays["edge_target"][inside]]
    by_kind = np.array([WEIGHTS[kind] for kind in EDGE_KINDS], np.int64)
    weight = by_kind[arrays["edge_kind"][inside]]
    joins = (source >= 0) & (target >= 0) & (source != target)
    source, target, weight = source[joins], target[joins], weight[joins]
    key = np.concatenate((source, target)) << 32 | np.concatenate((target, source))
    both = np.concatenate((weight * FORWARD, weight * BACKWARD))
    order = np.argsort(key, kind="stable")
    starts = boundaries(key[order])
    merged = key[order][starts]
    weights = np.add.reduceat(both[order], starts) if len(starts) else both
    return {
        "walk_start": np.searchsorted(merged >> 32, np.arange(documents + 1)).astype(np.uint32),
        "walk_to": (merged & 0xFFFFFFFF).astype(np.uint32),
        "walk_weight": np.minimum(weights, 65_535).astype(np.uint16),
    }


class Walk:
    """Read side."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._start, self._to, self._weight = (arrays[f"walk_{name}"] for name in ("start", "to", "weight"))
        self._size = len(self._start) - 1

    def from_seeds(self, seeds: Ints, mass: Ints) -> Ints:
        """Mass that ends at each document when the seeds' relative ``mass`` is spread; it sums to at most ``ONE``."""
        rest = np.zeros(self._size, np.int64)
        settled = np.zeros(self._size, np.int64)
        if not len(seeds) or not int(mass.sum()):
            return settled
        np.add.at(rest, seeds, mass * (ONE // int(mass.sum())))
        for _ in range(_ROUNDS):
            active = np.flatnonzero(rest > _SMALLEST)
            if not len(active):
                break
            held = rest[active]
            rest[active] = 0
            self._spread(active, held, settled, rest)
        return settled + rest

    def _spread(self, active: Ints, held: Ints, settled: Ints, rest: Ints) -> None:
        """One round for all active documents at once; what floor division loses is lost the same way everywhere."""
        first = self._start[active].astype(np.int64)
        degree = self._start[active + 1].astype(np.int64) - first
        kept = np.where(degree > 0, held * _KEPT >> 10, held)
        settled[active] += kept
        before = np.cumsum(degree) - degree
        edges = np.repeat(first - before, degree) + np.arange(int(degree.sum()))
        place = np.repeat(np.arange(len(active)), degree)
        weight = self._weight[edges].astype(np.int64)
        total = np.bincount(place, weights=weight, minlength=len(active)).astype(np.int64)
        share = (held - kept) // np.maximum(total, 1)
        np.add.at(rest, self._to[edges], share[place] * weight)
