"""Personalised PageRank over documents by forward push (Andersen, Chung and Lang, 2006), in whole numbers: neither
numbering nor order of addition changes a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from aura_core.embedding import expand_ranges, group_starts
from aura_core.model.edge_weights import EDGE_WEIGHTS, RANKED
from aura_core.views.edges import EdgeTable
from aura_core.views.segments.edge_columns import EDGE_KINDS
from aura_core.views.segments.file import Array, Arrays
from aura_core.views.segments.hashes import Ints
from aura_core.views.segments.reader import Segments

FORWARD, BACKWARD = 10, 7
"""Factors of ``EDGE_WEIGHTS``: an edge is walked in both directions, less readily from target to source."""

ONE = 1 << 40
"""The whole mass. Sums of it stay far below 2**63, and one part in a billion is still a whole number."""

_RESTART = 512
"""Share of 1,024 that stays where it arrives, the restart of the walk: one half, so that the mean walk is one step
long. The walk fills a budget behind the best hits; it ranks no better than words do.
"""

_MIN_MASS = ONE // 10_000
"""Mass at a document below which it is not spread further, so that a walk touches few documents."""
_ROUNDS = 24
"""After so many halvings less than a ten-millionth of the mass is still on its way."""


class Adjacencies(NamedTuple):
    """Edges between documents: entry i joins ``row[i]``, a document or its place in a list, to its ``neighbour[i]``."""

    row: Ints
    neighbour: Ints
    weight: Ints


def walk_arrays(arrays: Arrays) -> dict[str, Array]:
    """Return the walk's adjacency of a segment, from the edges that stay inside it. Rows are documents; parallel edges
    are one.
    """
    inside = arrays["edge_target"] < len(arrays["symbol_kind"])
    documents = arrays["symbol_document"].astype(np.int64)
    source, target = documents[arrays["edge_source"][inside]], documents[arrays["edge_target"][inside]]
    row, neighbour, weight = _both_ways(source, target, arrays["edge_kind"][inside])
    return {
        "walk_start": np.searchsorted(row, np.arange(len(arrays["document_symbol"]) + 1)).astype(np.uint32),
        "walk_to": neighbour.astype(np.uint32),
        "walk_weight": weight.astype(np.uint32),
    }


def _both_ways(source: Ints, target: Ints, kind: Array) -> Adjacencies:
    """Return the neighbours of documents that edges join, by document and neighbour. A document below 0 is none, and
    kinds along which ranking does not walk join nothing.
    """
    weight = np.array([EDGE_WEIGHTS[kind] if kind in RANKED else 0 for kind in EDGE_KINDS], np.int64)[kind]
    joins = (source >= 0) & (target >= 0) & (source != target) & (weight > 0)
    source, target, weight = source[joins], target[joins], weight[joins]
    # Both ends in one number: a stable sort of it groups parallel edges, whose weights are added.
    key = np.concatenate((source, target)) << 32 | np.concatenate((target, source))
    both = np.concatenate((weight * FORWARD, weight * BACKWARD))
    order = np.argsort(key, kind="stable")
    starts = group_starts(key[order])
    pairs = key[order][starts]
    weights = np.add.reduceat(both[order], starts) if len(starts) else both
    return Adjacencies(pairs >> 32, pairs & 0xFFFFFFFF, weights)


class _AdjacencyTable:
    """The neighbours of documents, stored by document.

    ``rows``: the documents that have any, None when all of a segment have a row. Stored numbers are the view's less
    ``first_document``.
    """

    def __init__(self, rows: Ints | None, start: Array, neighbour: Array, weight: Array, first_document: int) -> None:
        self._rows, self._start, self._neighbour, self._weight = rows, start, neighbour, weight
        self._first_document = first_document

    def neighbours_of(self, documents: Ints) -> Adjacencies:
        """Return the neighbours of sorted documents; a row of the result is a place in ``documents``."""
        place = np.arange(len(documents))
        row = documents - self._first_document
        # Every document has a row here, so the sorted documents that are inside the segment are one slice.
        if self._rows is None:
            place = place[slice(*np.searchsorted(row, (0, len(self._start) - 1)).tolist())]
            row = row[place]
        else:
            candidates = np.minimum(np.searchsorted(self._rows, row), len(self._rows) - 1)
            place = place[self._rows[candidates] == row]
            row = candidates[place]
        starts, ends = self._start[row].astype(np.int64), self._start[row + 1].astype(np.int64)
        edges = expand_ranges(starts, ends)
        return Adjacencies(
            np.repeat(place, ends - starts),
            self._neighbour[edges].astype(np.int64) + self._first_document,
            self._weight[edges].astype(np.int64),
        )


class PageRank:
    """Walks over a view's documents.

    A segment's adjacency holds the edges that stay inside it; edges between segments are joined on first use.
    """

    def __init__(self, edges: EdgeTable, segments: Segments) -> None:
        self._segments = segments
        self._edges = edges

    def from_seeds(self, seeds: Ints, mass: Ints) -> Ints:
        """Return the mass that ends at each document when the seeds' relative ``mass`` is spread; it sums to at most
        ``ONE``.
        """
        # The paper's words: the residual is still to be spread, the estimate is what stays.
        residual = np.zeros(self._segments.document_count, np.int64)
        estimate = np.zeros(self._segments.document_count, np.int64)
        if not len(seeds) or not int(mass.sum()):
            return estimate
        np.add.at(residual, seeds, mass * (ONE // int(mass.sum())))
        for _ in range(_ROUNDS):
            active = np.flatnonzero(residual > _MIN_MASS)
            if not len(active):
                break
            self._spread(active, estimate, residual)
        return estimate + residual

    def _spread(self, active: Ints, estimate: Ints, residual: Ints) -> None:
        """Spread the mass of all active documents at once; what floor division loses is lost the same way in any
        numbering.
        """
        mass = residual[active]
        residual[active] = 0
        place, neighbour, weight = self._neighbours_of(active)
        total = np.bincount(place, weights=weight, minlength=len(active)).astype(np.int64)
        # A document without neighbours has nowhere to send its mass.
        stays = np.where(total > 0, mass * _RESTART >> 10, mass)
        estimate[active] += stays
        share = (mass - stays) // np.maximum(total, 1)
        # Not ``residual[neighbour] += …``, which counts a neighbour once that several documents share.
        np.add.at(residual, neighbour, share[place] * weight)

    def _neighbours_of(self, documents: Ints) -> Adjacencies:
        by_table = [table.neighbours_of(documents) for table in self._tables]
        if self._segments.is_single:
            return by_table[0]
        place, neighbour, weight = (np.concatenate(column) for column in zip(*by_table, strict=True))
        # A segment's own adjacency still has the edges into its deleted files.
        live = self._segments.live_documents[neighbour]
        return Adjacencies(place[live], neighbour[live], weight[live])

    @cached_property
    def _tables(self) -> list[_AdjacencyTable]:
        tables = [
            _AdjacencyTable(
                None,
                segment.arrays["walk_start"],
                segment.arrays["walk_to"],
                segment.arrays["walk_weight"],
                segment.first_document,
            )
            for segment in self._segments
        ]
        return tables if self._segments.is_single else [*tables, *self._between_segments()]

    def _between_segments(self) -> Iterator[_AdjacencyTable]:
        """Yield the edges that leave their segment, or whose target was replaced."""
        documents, joins = self._segments.row_column("symbol_document", "document"), []
        for segment in self._segments:
            edges = self._edges.crossing(segment)
            targets = self._edges.targets(segment, edges)
            in_tree = targets >= 0
            edges = edges[in_tree]
            sources = segment.arrays["edge_source"][edges].astype(np.int64) + segment.first_symbol
            joins.append((documents[sources], documents[targets[in_tree]], segment.arrays["edge_kind"][edges]))
        source, target, kind = (np.concatenate(column) for column in zip(*joins, strict=True))
        row, neighbour, weight = _both_ways(source, target, kind)
        if len(row):
            starts = group_starts(row)
            yield _AdjacencyTable(row[starts], np.append(starts, len(row)), neighbour, weight, 0)
