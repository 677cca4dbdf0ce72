"""Edges and unresolved call sites of a segment: written by uid, read as rows both ways."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import EXTERNAL, EdgeKind, Fragment, Resolution
from aura_core.views.hashing import Ints, hash64, hashes_of, places_of
from aura_core.views.strings import Interned, Strings

EDGE_KINDS = tuple(EdgeKind)
RESOLUTIONS = tuple(Resolution)
_KIND_PLACE = {kind: place for place, kind in enumerate(EDGE_KINDS)}
_RESOLUTION_PLACE = {resolution: place for place, resolution in enumerate(RESOLUTIONS)}
_CONTAINS = _KIND_PLACE[EdgeKind.CONTAINS]
_EXACT = _RESOLUTION_PLACE[Resolution.EXACT]


class Link(NamedTuple):
    """One edge between rows; ``target`` is a symbol row, or -1 - i for text i of the table of outside targets."""

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


class LinkColumns:
    """Grows file by file."""

    def __init__(self) -> None:
        self._source, self._kind, self._target, self._resolution = array("I"), array("B"), array("I"), array("B")
        self._lines, self._line_counts = array("I"), array("I")
        self._targets = Interned()
        self._site_source, self._site_line = array("I"), array("I")
        self._site_names, self._site_texts, self._site_reasons = (Interned() for _ in range(3))
        self._site_name, self._site_text, self._site_reason = array("I"), array("I"), array("I")
        self.loose_sources: list[str] = []

    def add(self, path: str, first: int, rows: Mapping[str, int], fragment: Fragment) -> None:
        """One file: its first symbol's number, its rows by qualified name, and its fragment."""
        edges = [edge for edge in fragment.edges if edge.src in rows]
        if len(edges) < len(fragment.edges):
            self.loose_sources += [f"{path}::{edge.src} -> {edge.dst}" for edge in fragment.edges if edge.src not in rows]
        self._source.extend([first + rows[edge.src] for edge in edges])
        self._kind.extend([_KIND_PLACE[edge.kind] for edge in edges])
        self._resolution.extend([_RESOLUTION_PLACE[edge.resolution] for edge in edges])
        self._lines.extend([line for edge in edges for line in edge.lines])
        self._line_counts.extend([len(edge.lines) for edge in edges])
        self._target.extend(self._targets.places([edge.dst for edge in edges]))
        sites = [site for site in fragment.unresolved if site.src in rows]
        self._site_source.extend(first + rows[site.src] for site in sites)
        self._site_line.extend(site.line for site in sites)
        self._site_name.extend(self._site_names.places(site.name for site in sites))
        self._site_text.extend(self._site_texts.places(site.text for site in sites))
        self._site_reason.extend(self._site_reasons.places(site.reason for site in sites))

    def arrays(self, row_of: Mapping[str, int], parent: Ints, def_line: Ints) -> dict[str, npt.NDArray[Any]]:
        """The arrays of a segment. ``row_of`` is every symbol's row by uid; containment follows from ``parent``."""
        places, outside = [], Interned()
        for target in self._targets:
            row = row_of.get(target)
            places.append(row if row is not None else -1 - next(outside.places([target])))
        inside = np.flatnonzero(parent >= 0)
        columns = (
            np.concatenate((np.array(self._source, np.int64), parent[inside])),
            np.concatenate((np.array(self._kind, np.uint8), np.full(len(inside), _CONTAINS, np.uint8))),
            np.concatenate((np.array(places, np.int64)[np.array(self._target, np.int64)], inside)),
            np.concatenate((np.array(self._resolution, np.uint8), np.full(len(inside), _EXACT, np.uint8))),
            np.concatenate((np.array(self._line_counts, np.int64), np.ones(len(inside), np.int64))),
        )
        lines = np.concatenate((np.array(self._lines, np.uint32), def_line[inside].astype(np.uint32)))
        return _edge_arrays(columns, lines, len(parent)) | outside.arrays("text_outside") | self._site_arrays()

    def _site_arrays(self) -> dict[str, npt.NDArray[Any]]:
        hashes = hashes_of(self._site_names)
        by_hash = np.argsort(hashes)
        rank = np.empty(len(hashes), np.int64)
        rank[by_hash] = np.arange(len(hashes))
        name = rank[np.array(self._site_name, np.int64)]
        order = np.argsort(name, kind="stable")
        arrays: dict[str, npt.NDArray[Any]] = {
            "site_source": np.array(self._site_source, np.uint32),
            "site_line": np.array(self._site_line, np.uint32),
            "site_name": np.array(self._site_name, np.uint32),
            "site_text": np.array(self._site_text, np.uint32),
            "site_reason": np.array(self._site_reason, np.uint32),
            "site_key": hashes[by_hash],
            "site_order": order.astype(np.uint32),
            "site_start": np.searchsorted(name[order], np.arange(len(hashes) + 1)).astype(np.uint32),
        }
        for column, texts in (("name", self._site_names), ("text", self._site_texts), ("reason", self._site_reasons)):
            arrays |= texts.arrays(f"text_site_{column}")
        return arrays


class LinkTable:
    """Read side."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = {name: array for name, array in arrays.items() if name.startswith(("edge_", "site_"))}
        self.outside = _strings(arrays, "outside")
        self._names, self._texts, self._reasons = (_strings(arrays, f"site_{name}") for name in ("name", "text", "reason"))

    def edges(self) -> Iterator[Link]:
        """All, by source."""
        return (self._link(edge) for edge in range(len(self._arrays["edge_source"])))

    def outgoing(self, row: int) -> list[Link]:
        """Edges out of a symbol."""
        start = self._arrays["edge_start"]
        return [self._link(edge) for edge in range(int(start[row]), int(start[row + 1]))]

    def incoming(self, row: int) -> list[Link]:
        """Edges into a symbol."""
        start = self._arrays["edge_back_start"]
        return [self._link(edge) for edge in self._arrays["edge_back"][int(start[row]) : int(start[row + 1])].tolist()]

    def incoming_outside(self, target: str) -> list[Link]:
        """Edges to a target that is no symbol of the tree."""
        place = next((place for place, text in enumerate(self.outside) if text == target), None)
        if place is None:
            return []
        return [self._link(edge) for edge in np.flatnonzero(self._arrays["edge_target"] == -1 - place).tolist()]

    def dangling(self) -> list[Link]:
        """Edges whose target should be in the tree and is not."""
        loose = [-1 - place for place, text in enumerate(self.outside) if not text.startswith(EXTERNAL)]
        if not loose:
            return []
        return [self._link(edge) for edge in np.flatnonzero(np.isin(self._arrays["edge_target"], loose)).tolist()]

    def counts(self) -> dict[str, int]:
        """Edges by kind, and unresolved sites."""
        counted = np.bincount(self._arrays["edge_kind"], minlength=len(EDGE_KINDS)).tolist()
        return {kind.value: number for kind, number in zip(EDGE_KINDS, counted, strict=True)} | {"unresolved": len(self._arrays["site_source"])}

    def sites(self) -> Iterator[Site]:
        """Every unresolved call site, in order of files."""
        return (self._site(site) for site in range(len(self._arrays["site_source"])))

    def sites_named(self, name: str) -> list[Site]:
        """Unresolved call sites that call something of this name."""
        (place,) = places_of(self._arrays["site_key"], [hash64(name)])
        if place < 0:
            return []
        start, end = self._arrays["site_start"][place : place + 2].tolist()
        return [self._site(site) for site in self._arrays["site_order"][start:end].tolist()]

    def _link(self, edge: int) -> Link:
        of = self._arrays
        start, end = of["edge_line_start"][edge : edge + 2].tolist()
        lines = tuple(of["edge_line"][start:end].tolist())
        kind, resolution = EDGE_KINDS[int(of["edge_kind"][edge])], RESOLUTIONS[int(of["edge_resolution"][edge])]
        return Link(int(of["edge_source"][edge]), kind, int(of["edge_target"][edge]), resolution, lines)

    def _site(self, site: int) -> Site:
        of = self._arrays
        name, text, reason = (int(of[f"site_{column}"][site]) for column in ("name", "text", "reason"))
        return Site(int(of["site_source"][site]), self._names[name], self._texts[text], self._reasons[reason], int(of["site_line"][site]))


def _edge_arrays(columns: Sequence[npt.NDArray[Any]], lines: npt.NDArray[np.uint32], symbols: int) -> dict[str, npt.NDArray[Any]]:
    source, kind, target, resolution, counts = columns
    order = np.lexsort((resolution, target, kind, source))
    starts = np.cumsum(counts) - counts
    source, kind, target, resolution, counts = (column[order] for column in columns)
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    moved = np.repeat(starts[order] - ends[:-1], counts) + np.arange(len(lines))
    back = np.argsort(target, kind="stable")
    back = back[target[back] >= 0]
    return {
        "edge_source": source.astype(np.uint32),
        "edge_kind": kind,
        "edge_target": target.astype(np.int32),
        "edge_resolution": resolution,
        "edge_line": lines[moved],
        "edge_line_start": ends.astype(np.uint32),
        "edge_start": np.searchsorted(source, np.arange(symbols + 1)).astype(np.uint32),
        "edge_back": back.astype(np.uint32),
        "edge_back_start": np.searchsorted(target[back], np.arange(symbols + 1)).astype(np.uint32),
    }


def _strings(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Strings:
    return Strings(arrays[f"text_{name}"], arrays[f"text_{name}_ends"])
