"""Edges and unresolved call sites of a segment as they are written: by uid on their way in, by row on their way out."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import EXTERNAL, EdgeKind, Fragment, Resolution
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashing import Ints, hashes_of
from aura_core.views.segments.strings import Interned, StringColumn

EDGE_KINDS = tuple(EdgeKind)
RESOLUTIONS = tuple(Resolution)
_KIND_PLACE = {kind: place for place, kind in enumerate(EDGE_KINDS)}
_RESOLUTION_PLACE = {resolution: place for place, resolution in enumerate(RESOLUTIONS)}
_NO_COLUMNS: tuple[tuple[Any, ...], ...] = ((),) * 5
_CONTAINS = _KIND_PLACE[EdgeKind.CONTAINS]
_EXACT = _RESOLUTION_PLACE[Resolution.EXACT]


class LinkColumns:
    """Grows file by file."""

    def __init__(self) -> None:
        self._source, self._kind, self._target, self._resolution = array("I"), array("B"), array("I"), array("B")
        self._lines, self._line_counts = array("I"), array("I")
        self._targets = Interned()
        self._site_source, self._site_line, self._site_first = array("I"), array("I"), array("I", [0])
        self._site_names, self._site_texts, self._site_reasons = (Interned() for _ in range(3))
        self._site_name, self._site_text, self._site_reason = array("I"), array("I"), array("I")
        self._loose, self._loose_file = StringColumn(), array("I")

    def add(self, path: str, first: int, rows: Mapping[str, int], fragment: Fragment) -> None:
        """One file: its first symbol's number, its rows by qualified name, and its fragment."""
        edges = [edge for edge in fragment.edges if edge.src in rows]
        if len(edges) < len(fragment.edges):
            loose = [f"{path}::{edge.src} -> {edge.dst}" for edge in fragment.edges if edge.src not in rows]
            self._loose.extend(loose)
            self._loose_file.extend([len(self._site_first) - 1] * len(loose))
        sources, kinds, targets, resolutions, lines = zip(*edges, strict=True) if edges else _NO_COLUMNS
        self._source.extend([first + rows[source] for source in sources])
        self._kind.extend(map(_KIND_PLACE.__getitem__, kinds))
        self._resolution.extend(map(_RESOLUTION_PLACE.__getitem__, resolutions))
        self._lines.extend(chain.from_iterable(lines))
        self._line_counts.extend(map(len, lines))
        self._target.extend(self._targets.places(targets))
        sites = [site for site in fragment.unresolved if site.src in rows]
        sources, names, texts, reasons, lines = zip(*sites, strict=True) if sites else _NO_COLUMNS
        self._site_source.extend([first + rows[source] for source in sources])
        self._site_line.extend(lines)
        self._site_name.extend(self._site_names.places(names))
        self._site_text.extend(self._site_texts.places(texts))
        self._site_reason.extend(self._site_reasons.places(reasons))
        self._site_first.append(len(self._site_source))

    def arrays(self, row_of: Mapping[str, int], parent: Ints, def_line: Ints) -> dict[str, Array]:
        """The arrays of a segment. ``row_of`` is every symbol's row by uid; containment follows from ``parent``."""
        targets, outside = self._resolved(row_of, len(parent))
        inside = np.flatnonzero(parent >= 0)
        columns = (
            np.concatenate((np.array(self._source, np.int64), parent[inside])),
            np.concatenate((np.array(self._kind, np.uint8), np.full(len(inside), _CONTAINS, np.uint8))),
            np.concatenate((targets[np.array(self._target, np.int64)], inside)),
            np.concatenate((np.array(self._resolution, np.uint8), np.full(len(inside), _EXACT, np.uint8))),
        )
        counts = np.concatenate((np.array(self._line_counts, np.int64), np.ones(len(inside), np.int64)))
        lines = np.concatenate((np.array(self._lines, np.uint32), def_line[inside].astype(np.uint32)))
        order = np.argsort(columns[0] * len(EDGE_KINDS) + columns[1], kind="stable")
        starts, sizes = (np.cumsum(counts) - counts)[order], counts[order]
        moved = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(lines))
        source, kind, target, resolution = columns[0][order], columns[1][order], columns[2][order], columns[3][order]
        loose = self._loose.arrays("text_loose") | {"loose_file": np.array(self._loose_file, np.uint32)}
        return (
            edge_arrays(source, kind, target, resolution, sizes, lines[moved], len(parent), outside)
            | loose
            | self._sites()
        )

    def _resolved(self, row_of: Mapping[str, int], symbols: int) -> tuple[Ints, list[str]]:
        """(for each distinct target its row, or ``symbols`` plus its place among the others; the others). What is
        external is never inside.
        """
        places = [-1 if target.startswith(EXTERNAL) else row_of.get(target, -1) for target in self._targets]
        outside = [target for target, place in zip(self._targets, places, strict=True) if place < 0]
        order = np.argsort(hashes_of(outside), kind="stable")
        rows = np.array(places, np.int64)
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        rows[rows < 0] = ranks + symbols
        return rows, [outside[place] for place in order.tolist()]

    def _sites(self) -> dict[str, Array]:
        names = (self._site_names, self._site_texts, self._site_reasons)
        numbers = (self._site_name, self._site_text, self._site_reason)
        return site_arrays(
            np.array(self._site_source), np.array(self._site_line), np.array(self._site_first), numbers, names
        )


def edge_arrays(
    source: Ints,
    kind: npt.NDArray[np.uint8],
    target: Ints,
    resolution: npt.NDArray[np.uint8],
    sizes: Ints,
    lines: Array,
    symbols: int,
    outside: list[str],
) -> dict[str, Array]:
    """Edges in order of source and kind, with ``sizes`` lines each; a target is a row, or ``symbols`` plus a place in
    ``outside`` (by hash).
    """
    back = np.argsort(target, kind="stable")
    texts = StringColumn()
    texts.extend(outside)
    return {
        "edge_source": source.astype(np.uint32),
        "edge_kind": kind,
        "edge_target": target.astype(np.uint32),
        "edge_resolution": resolution,
        "edge_line": lines,
        "edge_line_start": np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))).astype(np.uint32),
        "edge_start": np.searchsorted(source, np.arange(symbols + 1)).astype(np.uint32),
        "edge_back": back.astype(np.uint32),
        "edge_back_start": np.searchsorted(target[back], np.arange(symbols + len(outside) + 1)).astype(np.uint32),
        "outside_key": hashes_of(outside),
        "outside_inner": np.array([not text.startswith(EXTERNAL) for text in outside], np.uint8),
        **texts.arrays("text_outside"),
    }


def site_arrays(
    source: Array, line: Array, first: Array, numbers: Iterable[Any], texts: Iterable[Interned]
) -> dict[str, Array]:
    """Call sites by file, ``first`` of each file and one more; ``numbers`` are places of name, text and reason in
    ``texts``.
    """
    named = dict(zip(("name", "text", "reason"), zip(numbers, texts, strict=True), strict=True))
    hashes = hashes_of(named["name"][1])
    by_hash = np.argsort(hashes)
    rank = np.empty(len(hashes), np.int64)
    rank[by_hash] = np.arange(len(hashes))
    name = rank[np.array(named["name"][0], np.int64)]
    order = np.argsort(name, kind="stable")
    arrays: dict[str, Array] = {
        "site_source": source.astype(np.uint32),
        "site_line": line.astype(np.uint32),
        "site_first": first.astype(np.uint32),
        "site_key": hashes[by_hash],
        "site_order": order.astype(np.uint32),
        "site_start": np.searchsorted(name[order], np.arange(len(hashes) + 1)).astype(np.uint32),
    }
    for column, (places, interned) in named.items():
        arrays[f"site_{column}"] = np.array(places, np.uint32)
        arrays |= interned.arrays(f"text_site_{column}")
    return arrays
