"""Edges and unresolved call sites of a view, as rows in both directions. Edges between segments are joined by uid when
a question asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from aura_core.embedding import expand_ranges
from aura_core.model.graph import EdgeKind, Resolution
from aura_core.views.segments.edge_columns import EDGE_KINDS, RESOLUTIONS
from aura_core.views.segments.hashes import Ints, hash64, places_of
from aura_core.views.segments.reader import Segment, TextColumn
from aura_core.views.symbol_table import SymbolTable, symbol_keys

Row = TypeVar("Row")


class EdgeRow(NamedTuple):
    """One edge between rows.

    ``source`` is a symbol row. ``target`` is a symbol row too, or below 0: ``EdgeTable.target_text`` reads those.
    """

    source: int
    kind: EdgeKind
    target: int
    resolution: Resolution
    lines: tuple[int, ...]


class SiteRow(NamedTuple):
    """One unresolved call site; ``source`` is a symbol row."""

    source: int
    name: str
    text: str
    reason: str
    line: int


class EdgeTable:
    """Reads the edges of a view.

    What it returns is sorted by the path of the source's file, the source's position, the edge's kind, and then as it
    was linked.
    """

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._segments = symbols.segments
        self._outside = TextColumn(self._segments, "outside")
        self._names, self._texts, self._reasons = (
            TextColumn(self._segments, f"site_{name}") for name in ("name", "text", "reason")
        )
        self._loose = TextColumn(self._segments, "loose")

    def edges(self) -> Iterator[EdgeRow]:
        """Yield all edges."""
        for file in self._segments.files_by_path.tolist():
            segment, local_file = self._segments.locate_file(file)
            first, end = segment.symbols_of(local_file)
            start = segment.arrays["edge_start"]
            yield from self._rows(segment, np.arange(int(start[first]), int(start[end])))

    def outgoing(self, row: int) -> list[EdgeRow]:
        """Return the edges out of a symbol."""
        segment, local_row = self._segments.locate_symbol(row)
        start = segment.arrays["edge_start"]
        return self._rows(segment, np.arange(int(start[local_row]), int(start[local_row + 1])))

    def incoming(self, row: int) -> list[EdgeRow]:
        """Return the edges into a symbol."""
        if self._segments.is_single:
            return self._rows(self._segments.base, _edges_into(self._segments.base, row))
        return self.incoming_to(self._symbols.uid(row))

    def incoming_to(self, target: str) -> list[EdgeRow]:
        """Return the edges into a uid, or to a target that is no symbol of the tree.

        In each segment these are the edges to its own symbol of that uid and those to the text of it.
        """
        key, rows = hash64(target), self._symbols.rows_of_uid(target)
        ranked_rows: list[tuple[int, EdgeRow]] = []
        for segment in self._segments:
            first = segment.first_symbol
            local_targets = [row - first for row in rows if first <= row < first + segment.symbol_count]
            (place,) = places_of(segment.arrays["outside_key"], [key])
            if place >= 0 and self._outside.tables[segment.number][place] == target:
                local_targets.append(segment.symbol_count + place)
            # A segment without the symbol may still have edges to it, as text; one with it may have both.
            for local_target in local_targets:
                ranked_rows += self._ranked(segment, self._live(segment, _edges_into(segment, local_target)))
        return _by_rank(ranked_rows)

    def target_text(self, target: int) -> str:
        """Return the uid or outside name of an edge's target.

        A target below 0 is -1 - i for text i of the outside names; beyond these, i counts the rows of deleted symbols.
        """
        if target >= 0:
            return self._symbols.uid(target)
        place = -1 - target
        return self._outside[place] if place < len(self._outside) else self._symbols.uid(place - len(self._outside))

    def dangling(self) -> list[EdgeRow]:
        """Return the edges whose target should be in the tree and is not."""
        ranked_rows: list[tuple[int, EdgeRow]] = []
        for segment in self._segments:
            edges = self.crossing(segment)
            ranked_rows += self._ranked(segment, edges[self.targets(segment, edges) < 0])
        return _by_rank(ranked_rows)

    def loose_sources(self) -> list[str]:
        """Return the edges whose source is no definition of its file, as text."""
        ranks = self._segments.path_rank[self._segments.row_column("loose_file", "file")].tolist()
        return _by_rank((rank, self._loose[row]) for row, rank in enumerate(ranks) if rank >= 0)

    def counts(self) -> dict[str, int]:
        """Return the number of edges of each kind, and of unresolved sites."""
        edges, sites = np.zeros(len(EDGE_KINDS), np.int64), 0
        for segment in self._segments:
            kinds, start = segment.arrays["edge_kind"], segment.arrays["edge_start"]
            edges += np.bincount(kinds, minlength=len(EDGE_KINDS))
            sites += len(segment.arrays["site_source"])
            for file in segment.deleted.tolist():
                first, end = segment.symbols_of(file)
                edges -= np.bincount(kinds[int(start[first]) : int(start[end])], minlength=len(EDGE_KINDS))
                sites -= len(_sites_of(segment, file))
        by_kind = {kind.value: count for kind, count in zip(EDGE_KINDS, edges.tolist(), strict=True)}
        return by_kind | {"unresolved": sites}

    def sites(self) -> Iterator[SiteRow]:
        """Yield every unresolved call site."""
        for file in self._segments.files_by_path.tolist():
            segment, local_file = self._segments.locate_file(file)
            yield from (self._site(segment, site) for site in _sites_of(segment, local_file))

    def sites_by_name(self, name: str) -> list[SiteRow]:
        """Return the unresolved call sites that call something of this name."""
        ranked_rows: list[tuple[int, SiteRow]] = []
        for segment in self._segments:
            (place,) = places_of(segment.arrays["site_key"], [hash64(name)])
            if place >= 0:
                start, end = segment.arrays["site_start"][place : place + 2].tolist()
                sites = segment.arrays["site_order"][start:end]
                ranks = self._ranks(segment, segment.arrays["site_source"][sites]).tolist()
                ranked_rows += [
                    (rank, self._site(segment, site))
                    for rank, site in zip(ranks, sites.tolist(), strict=True)
                    if rank >= 0
                ]
        return _by_rank(ranked_rows)

    # ---- joining segments

    def crossing(self, segment: Segment) -> Ints:
        """Return the live edges of a segment whose target should be in the tree and is no live symbol of the segment;
        they are numbers of the segment.
        """
        # Targets are numbered through: first the symbols of the segment, then its outside names.
        loose = np.flatnonzero(segment.arrays["outside_inner"]) + segment.symbol_count
        deleted = [np.arange(*segment.symbols_of(file)) for file in segment.deleted.tolist()]
        targets = np.concatenate([*deleted, loose]).astype(np.int64)
        start = segment.arrays["edge_back_start"]
        edges = segment.arrays["edge_back"][expand_ranges(start[targets], start[targets + 1])].astype(np.int64)
        # ``edge_back`` lists edges by target; callers expect them by number, which is by source.
        return np.sort(self._live(segment, edges))

    def targets(self, segment: Segment, edges: Ints) -> Ints:
        """Return the target of each edge of a segment, as ``EdgeRow`` holds it."""
        local_targets = segment.arrays["edge_target"][edges].astype(np.int64)
        places = local_targets - segment.symbol_count + self._outside.starts[segment.number]
        targets = np.where(local_targets < segment.symbol_count, local_targets + segment.first_symbol, -1 - places)
        # In a single segment every target that is in the tree is a row already.
        if not self._segments.is_single:
            self._join(segment, local_targets, targets)
        return targets

    def _join(self, segment: Segment, local_targets: Ints, targets: Ints) -> None:
        """Look up by uid the targets of a segment that are deleted there, and those that it holds as text only."""
        deleted = local_targets < segment.symbol_count
        deleted[deleted] = ~self._segments.live_symbols[targets[deleted]]
        if deleted.any():
            # The file was replaced: the symbol may live on in a later segment under the same uid.
            rows = self._symbols.rows_by_key(symbol_keys(segment)[local_targets[deleted]])
            targets[deleted] = np.where(rows >= 0, rows, -1 - (targets[deleted] + len(self._outside)))
        as_text = local_targets >= segment.symbol_count
        as_text[as_text] = segment.arrays["outside_inner"][local_targets[as_text] - segment.symbol_count] > 0
        if as_text.any():
            # The target's file came with a later segment, or was in another one when this one was written.
            keys = segment.arrays["outside_key"][local_targets[as_text] - segment.symbol_count]
            rows = self._symbols.rows_by_key(keys)
            targets[as_text] = np.where(rows >= 0, rows, targets[as_text])

    # ---- reading rows

    def _live(self, segment: Segment, edges: Ints) -> Ints:
        if not len(segment.deleted):
            return edges
        sources = segment.arrays["edge_source"][edges].astype(np.int64) + segment.first_symbol
        return edges[self._segments.live_symbols[sources]]

    def _ranks(self, segment: Segment, sources: Sequence[int] | Ints) -> Ints:
        """Return the place by path of the file of each symbol, which are numbers of the segment."""
        files = segment.arrays["file_first"].searchsorted(sources, "right") - 1 + segment.first_file
        return self._segments.path_rank[files]

    def _ranked(self, segment: Segment, edges: Ints) -> Iterator[tuple[int, EdgeRow]]:
        ranks = self._ranks(segment, segment.arrays["edge_source"][edges])
        return zip(ranks.tolist(), self._rows(segment, edges), strict=True)

    def _rows(self, segment: Segment, edges: Ints) -> list[EdgeRow]:
        arrays = segment.arrays
        line_starts = arrays["edge_line_start"]
        columns = (
            arrays["edge_source"][edges].astype(np.int64) + segment.first_symbol,
            arrays["edge_kind"][edges],
            self.targets(segment, edges),
            arrays["edge_resolution"][edges],
            line_starts[edges],
            line_starts[edges + 1],
        )
        lines = arrays["edge_line"]
        return [
            EdgeRow(source, EDGE_KINDS[kind], target, RESOLUTIONS[resolution], tuple(lines[start:end].tolist()))
            for source, kind, target, resolution, start, end in zip(*(c.tolist() for c in columns), strict=True)
        ]

    def _site(self, segment: Segment, site: int) -> SiteRow:
        arrays = segment.arrays
        columns = (("name", self._names), ("text", self._texts), ("reason", self._reasons))
        name, text, reason = (
            column.tables[segment.number][int(arrays[f"site_{part}"][site])] for part, column in columns
        )
        source = int(arrays["site_source"][site]) + segment.first_symbol
        return SiteRow(source, name, text, reason, int(arrays["site_line"][site]))


def _by_rank(ranked_rows: Iterable[tuple[int, Row]]) -> list[Row]:
    """Return rows sorted by rank; rows of one rank stay in order."""
    return [row for _, row in sorted(ranked_rows, key=lambda pair: pair[0])]


def _edges_into(segment: Segment, target: int) -> Ints:
    start = segment.arrays["edge_back_start"]
    edges: Ints = segment.arrays["edge_back"][int(start[target]) : int(start[target + 1])].astype(np.int64)
    return edges


def _sites_of(segment: Segment, file: int) -> range:
    """Return the call sites of a file; they are stored by file, but within one in any order of their sources."""
    first = segment.arrays["site_first"]
    return range(int(first[file]), int(first[file + 1]))
