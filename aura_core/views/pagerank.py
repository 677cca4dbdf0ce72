"""Personalised PageRank over documents by forward push, in whole numbers: neither numbering nor order of addition
changes a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from aura_core.model.graph import EdgeKind
from aura_core.views.edges import LinkTable
from aura_core.views.segments.edge_columns import EDGE_KINDS
from aura_core.views.segments.file import Array, Arrays
from aura_core.views.segments.hashing import Ints, boundaries
from aura_core.views.segments.reader import Parts, expanded

WEIGHTS = {EdgeKind.CALLS: 9, EdgeKind.EXTENDS: 10, EdgeKind.IMPORTS: 6, EdgeKind.CONTAINS: 4}
FORWARD, BACKWARD = 10, 7
"""An edge is walked both ways, less readily from target to source."""

ONE = 1 << 40
"""The whole mass."""

_KEPT = 512
"""Share of 1,024 that stays where it arrives: the restart of the walk."""

_SMALLEST = ONE // 10_000
_ROUNDS = 24


def walk_arrays(arrays: Arrays) -> dict[str, Array]:
    """The walk's adjacency of a segment, from the edges that stay inside it; rows are documents, parallel edges are
    one.
    """
    inside = arrays["edge_target"] < len(arrays["symbol_kind"])
    documents = arrays["symbol_document"].astype(np.int64)
    source, target = documents[arrays["edge_source"][inside]], documents[arrays["edge_target"][inside]]
    row, to, weight = _both_ways(source, target, arrays["edge_kind"][inside])
    return {
        "walk_start": np.searchsorted(row, np.arange(len(arrays["document_symbol"]) + 1)).astype(np.uint32),
        "walk_to": to.astype(np.uint32),
        "walk_weight": weight.astype(np.uint32),
    }


def _both_ways(source: Ints, target: Ints, kind: Array) -> tuple[Ints, Ints, Ints]:
    """(document, neighbour, weight) of edges between documents, by document and neighbour. A document below 0 is none."""
    weight = np.array([WEIGHTS[kind] for kind in EDGE_KINDS], np.int64)[kind]
    joins = (source >= 0) & (target >= 0) & (source != target)
    source, target, weight = source[joins], target[joins], weight[joins]
    key = np.concatenate((source, target)) << 32 | np.concatenate((target, source))
    both = np.concatenate((weight * FORWARD, weight * BACKWARD))
    order = np.argsort(key, kind="stable")
    starts = boundaries(key[order])
    merged = key[order][starts]
    return merged >> 32, merged & 0xFFFFFFFF, np.add.reduceat(both[order], starts) if len(starts) else both


class _Adjacency:
    """Neighbours of documents, by the documents that have any. The view's numbers less ``base``."""

    def __init__(self, rows: Ints | None, start: Array, to: Array, weight: Array, base: int) -> None:
        self._rows, self._start, self._to, self._weight, self._base = rows, start, to, weight, base

    def of(self, documents: Ints) -> tuple[Ints, Ints, Ints]:
        """(place in ``documents``, neighbour, weight), one an edge. ``documents`` are sorted."""
        place = np.arange(len(documents))
        row = documents - self._base
        if self._rows is None:
            place = place[slice(*np.searchsorted(row, (0, len(self._start) - 1)).tolist())]
            row = row[place]
        else:
            at = np.minimum(np.searchsorted(self._rows, row), len(self._rows) - 1)
            place = place[self._rows[at] == row]
            row = at[place]
        starts, ends = self._start[row].astype(np.int64), self._start[row + 1].astype(np.int64)
        edges = expanded(starts, ends)
        return (
            np.repeat(place, ends - starts),
            self._to[edges].astype(np.int64) + self._base,
            self._weight[edges].astype(np.int64),
        )


class Walk:
    """Read side. A segment's adjacency holds what stays inside it; edges between parts are joined on first use."""

    def __init__(self, links: LinkTable, parts: Parts) -> None:
        self._parts = parts
        self._links = links
        self._size = parts.documents

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
        place, to, weight = self._neighbours(active)
        total = np.bincount(place, weights=weight, minlength=len(active)).astype(np.int64)
        kept = np.where(total > 0, held * _KEPT >> 10, held)
        settled[active] += kept
        share = (held - kept) // np.maximum(total, 1)
        np.add.at(rest, to, share[place] * weight)

    def _neighbours(self, documents: Ints) -> tuple[Ints, Ints, Ints]:
        found = [adjacency.of(documents) for adjacency in self._adjacencies]
        place, to, weight = (
            found[0] if len(found) == 1 else (np.concatenate(column) for column in zip(*found, strict=True))
        )
        if self._parts.whole:
            return place, to, weight
        held = self._parts.document_alive[to]
        return place[held], to[held], weight[held]

    @cached_property
    def _adjacencies(self) -> list[_Adjacency]:
        own = [
            _Adjacency(None, p.arrays["walk_start"], p.arrays["walk_to"], p.arrays["walk_weight"], p.document)
            for p in self._parts.all
        ]
        return own if self._parts.whole else [*own, *self._between()]

    def _between(self) -> Iterator[_Adjacency]:
        """Edges that leave their part, or whose target was replaced."""
        documents, found = self._document_of_symbol(), []
        for part in self._parts.all:
            edges = self._links.crossing(part)
            targets = self._links.targets(part, edges)
            joined = targets >= 0
            sources = part.arrays["edge_source"][edges[joined]].astype(np.int64) + part.symbol
            found.append((documents[sources], documents[targets[joined]], part.arrays["edge_kind"][edges[joined]]))
        row, to, weight = _both_ways(*(np.concatenate(column) for column in zip(*found, strict=True)))
        if len(row):
            starts = boundaries(row)
            yield _Adjacency(row[starts], np.append(starts, len(row)), to, weight, 0)

    def _document_of_symbol(self) -> Ints:
        columns = ((part, part.arrays["symbol_document"].astype(np.int64)) for part in self._parts.all)
        return np.concatenate([np.where(column < 0, -1, column + part.document) for part, column in columns])
