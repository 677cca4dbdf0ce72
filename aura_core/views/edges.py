"""Edges and unresolved call sites of a view, as rows both ways. Edges between parts are joined by uid when they are
asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from aura_core.model.graph import EdgeKind, Resolution
from aura_core.views.segments.edge_columns import EDGE_KINDS, RESOLUTIONS
from aura_core.views.segments.hashing import Ints, hash64, places_of
from aura_core.views.segments.reader import Part, Texts, expanded
from aura_core.views.symbol_table import SymbolTable, symbol_keys


class Link(NamedTuple):
    """One edge between rows; ``target`` is a symbol row, or -1 - i for text i of ``LinkTable.outside``."""

    source: int
    kind: EdgeKind
    target: int
    resolution: Resolution
    lines: tuple[int, ...]


class Site(NamedTuple):
    """One unresolved call site; ``source`` is a symbol row."""

    source: int
    name: str
    text: str
    reason: str
    line: int


class LinkTable:
    """Read side. What it returns is in order of the source's file by path, its position, the edge's kind, and then as
    it was linked.
    """

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._parts = symbols.parts
        self._outside = Texts(self._parts, "outside")
        self._names, self._texts, self._reasons = (
            Texts(self._parts, f"site_{name}") for name in ("name", "text", "reason")
        )
        self._loose = Texts(self._parts, "loose")

    def edges(self) -> Iterator[Link]:
        """All."""
        for file in self._parts.in_order.tolist():
            part, local = self._parts.of_file(file)
            first, end = part.symbols_of(local)
            start = part.arrays["edge_start"]
            yield from self._links(part, np.arange(int(start[first]), int(start[end])))

    def outgoing(self, row: int) -> list[Link]:
        """Edges out of a symbol."""
        part, local = self._parts.of_symbol(row)
        start = part.arrays["edge_start"]
        return self._links(part, np.arange(int(start[local]), int(start[local + 1])))

    def incoming(self, row: int) -> list[Link]:
        """Edges into a symbol."""
        if self._parts.whole:
            return self._links(self._parts.all[0], _back(self._parts.all[0], row))
        return self.incoming_to(self._symbols.uid(row))

    def incoming_to(self, target: str) -> list[Link]:
        """Edges to a uid, or to a target that is no symbol of the tree: those that its own part knows, and those of
        parts that name it.
        """
        key, rows, found = hash64(target), self._symbols.rows_of(target), []
        for part in self._parts.all:
            local = [row - part.symbol for row in rows if part.symbol <= row < part.symbol + part.symbols]
            (place,) = places_of(part.arrays["outside_key"], [key])
            if place >= 0 and self._outside.parts[part.number][place] == target:
                local.append(part.symbols + place)
            for place in local:
                edges = self._living(part, _back(part, place))
                found += list(zip(self._ranks(part, edges).tolist(), self._links(part, edges), strict=True))
        return [link for _, link in sorted(found, key=lambda ranked: ranked[0])]

    def text_of(self, target: int) -> str:
        """The uid or outside name of a link's target."""
        if target >= 0:
            return self._symbols.uid(target)
        place = -1 - target
        return self._outside[place] if place < len(self._outside) else self._symbols.uid(place - len(self._outside))

    def dangling(self) -> list[Link]:
        """Edges whose target should be in the tree and is not."""
        found: list[tuple[int, Link]] = []
        for part in self._parts.all:
            edges = self.crossing(part)
            edges = edges[self.targets(part, edges) < 0]
            found += zip(self._ranks(part, edges).tolist(), self._links(part, edges), strict=True)
        return [link for _, link in sorted(found, key=lambda ranked: ranked[0])]

    def loose_sources(self) -> list[str]:
        """Edges whose source is no definition of its file, as text."""
        files, ranks = self._parts.joined("loose_file", "file"), self._parts.rank
        rows = [row for row in range(len(files)) if ranks[files[row]] >= 0]
        return [self._loose[row] for row in sorted(rows, key=lambda row: int(ranks[files[row]]))]

    def counts(self) -> dict[str, int]:
        """Edges by kind, and unresolved sites."""
        counted, sites = np.zeros(len(EDGE_KINDS), np.int64), 0
        for part in self._parts.all:
            kind, start = part.arrays["edge_kind"], part.arrays["edge_start"]
            counted += np.bincount(kind, minlength=len(EDGE_KINDS))
            sites += len(part.arrays["site_source"])
            for file in part.dead.tolist():
                first, end = part.symbols_of(file)
                counted -= np.bincount(kind[int(start[first]) : int(start[end])], minlength=len(EDGE_KINDS))
                sites -= len(_sites_of(part, file))
        return {kind.value: number for kind, number in zip(EDGE_KINDS, counted.tolist(), strict=True)} | {
            "unresolved": sites
        }

    def sites(self) -> Iterator[Site]:
        """Every unresolved call site."""
        for file in self._parts.in_order.tolist():
            part, local = self._parts.of_file(file)
            yield from (self._site(part, site) for site in _sites_of(part, local))

    def sites_named(self, name: str) -> list[Site]:
        """Unresolved call sites that call something of this name."""
        found: list[tuple[int, Site]] = []
        for part in self._parts.all:
            (place,) = places_of(part.arrays["site_key"], [hash64(name)])
            if place >= 0:
                start, end = part.arrays["site_start"][place : place + 2].tolist()
                sites = part.arrays["site_order"][start:end]
                ranks = self._parts.rank[_files_of(part, part.arrays["site_source"][sites])].tolist()
                found += [
                    (rank, self._site(part, site))
                    for rank, site in zip(ranks, sites.tolist(), strict=True)
                    if rank >= 0
                ]
        return [site for _, site in sorted(found, key=lambda ranked: ranked[0])]

    # ---- joining parts

    def crossing(self, part: Part) -> Ints:
        """Living edges of a part whose target is not a living symbol of the same part and should be in the tree;
        numbers of the part.
        """
        loose = np.flatnonzero(part.arrays["outside_inner"]) + part.symbols
        rows = [np.arange(*part.symbols_of(file)) for file in part.dead.tolist()]
        targets = np.concatenate([*rows, loose]).astype(np.int64)
        start = part.arrays["edge_back_start"]
        edges = part.arrays["edge_back"][expanded(start[targets], start[targets + 1])].astype(np.int64)
        return np.sort(self._living(part, edges))

    def targets(self, part: Part, edges: Ints) -> Ints:
        """The target of some edges of a part, as ``Link`` means it."""
        local = part.arrays["edge_target"][edges].astype(np.int64)
        place = local - part.symbols + self._outside.starts[part.number]
        targets = np.where(local < part.symbols, local + part.symbol, -1 - place)
        if not self._parts.whole:
            self._rejoin(part, local, targets)
        return targets

    def _rejoin(self, part: Part, local: Ints, targets: Ints) -> None:
        """Look up by uid the targets of a part that are dead there, and those that it only names."""
        lost = local < part.symbols
        lost[lost] = ~self._parts.symbol_alive[targets[lost]]
        if lost.any():
            found = self._symbols.rows_by_key(symbol_keys(part)[local[lost]])
            targets[lost] = np.where(found >= 0, found, -1 - (targets[lost] + len(self._outside)))
        named = local >= part.symbols
        named[named] = part.arrays["outside_inner"][local[named] - part.symbols] > 0
        if named.any():
            found = self._symbols.rows_by_key(part.arrays["outside_key"][local[named] - part.symbols])
            targets[named] = np.where(found >= 0, found, targets[named])

    # ---- inside

    def _living(self, part: Part, edges: Ints) -> Ints:
        if not len(part.dead):
            return edges
        return edges[self._parts.symbol_alive[part.arrays["edge_source"][edges].astype(np.int64) + part.symbol]]

    def _ranks(self, part: Part, edges: Ints) -> Ints:
        return self._parts.rank[_files_of(part, part.arrays["edge_source"][edges])]

    def _links(self, part: Part, edges: Ints) -> list[Link]:
        of = part.arrays
        starts, ends = of["edge_line_start"][edges].tolist(), of["edge_line_start"][edges + 1].tolist()
        columns = (
            of["edge_source"][edges].astype(np.int64) + part.symbol,
            of["edge_kind"][edges],
            self.targets(part, edges),
        )
        rows = zip(*(column.tolist() for column in (*columns, of["edge_resolution"][edges])), starts, ends, strict=True)
        lines = of["edge_line"]
        return [
            Link(source, EDGE_KINDS[kind], target, RESOLUTIONS[resolution], tuple(lines[start:end].tolist()))
            for source, kind, target, resolution, start, end in rows
        ]

    def _site(self, part: Part, site: int) -> Site:
        of = part.arrays
        columns = (("name", self._names), ("text", self._texts), ("reason", self._reasons))
        name, text, reason = (texts.parts[part.number][int(of[f"site_{column}"][site])] for column, texts in columns)
        return Site(int(of["site_source"][site]) + part.symbol, name, text, reason, int(of["site_line"][site]))


def _back(part: Part, target: int) -> Ints:
    start = part.arrays["edge_back_start"]
    edges: Ints = part.arrays["edge_back"][int(start[target]) : int(start[target + 1])].astype(np.int64)
    return edges


def _files_of(part: Part, sources: Sequence[int] | Ints) -> Ints:
    """The files of some symbols of a part, as numbers of the view."""
    return part.arrays["file_first"].searchsorted(sources, "right") - 1 + part.file


def _sites_of(part: Part, file: int) -> range:
    """Call sites come by file, but within one in any order of their sources."""
    first = part.arrays["site_first"]
    return range(int(first[file]), int(first[file + 1]))
