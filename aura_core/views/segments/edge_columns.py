"""Edges and unresolved call sites of a segment as they are written: they come by uid and are stored by row."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding import expand_ranges, offsets_of
from aura_core.model.graph import EXTERNAL, EdgeKind, Fragment, Resolution
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashes import Ints, hashes_of
from aura_core.views.segments.strings import StringColumn, StringIds

EDGE_KINDS = tuple(EdgeKind)
RESOLUTIONS = tuple(Resolution)
_KIND_PLACE = {kind: place for place, kind in enumerate(EDGE_KINDS)}
_RESOLUTION_PLACE = {resolution: place for place, resolution in enumerate(RESOLUTIONS)}
_NO_COLUMNS: tuple[tuple[Any, ...], ...] = ((),) * 5  # edges and call sites have five fields each
_CONTAINS = _KIND_PLACE[EdgeKind.CONTAINS]
_EXACT = _RESOLUTION_PLACE[Resolution.EXACT]


class EdgeArrays(NamedTuple):
    """Edges sorted by source and kind. Edge i has ``line_counts[i]`` of the ``lines``, which follow each other.

    A target is a row, or the number of symbols plus a place among the outside names.
    """

    source: Ints
    kind: npt.NDArray[np.uint8]
    target: Ints
    resolution: npt.NDArray[np.uint8]
    line_counts: Ints
    lines: Array


class SiteTexts(NamedTuple):
    """One text of each call site: its number among the distinct texts, and these."""

    numbers: Ints
    texts: StringIds


class EdgeColumns:
    """Collects the edges and call sites of a segment, file by file, and returns them as arrays."""

    def __init__(self) -> None:
        self._source, self._kind, self._target, self._resolution = array("I"), array("B"), array("I"), array("B")
        self._lines, self._line_counts = array("I"), array("I")
        self._targets = StringIds()
        self._site_source, self._site_line, self._site_first = array("I"), array("I"), array("I", [0])
        self._site_texts = {name: (array("I"), StringIds()) for name in ("name", "text", "reason")}
        self._loose, self._loose_file = StringColumn(), array("I")

    def add(self, path: str, first: int, rows: Mapping[str, int], fragment: Fragment) -> None:
        """Add a file, given its first symbol's number, its rows by qualified name, and its fragment."""
        # A source that is no definition would be an error of the linker: it is kept as text, for ``View.dangling``.
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
        self._target.extend(self._targets.numbers(targets))
        self._add_sites(first, rows, fragment)

    def _add_sites(self, first: int, rows: Mapping[str, int], fragment: Fragment) -> None:
        sites = [site for site in fragment.unresolved if site.src in rows]
        sources, names, texts, reasons, lines = zip(*sites, strict=True) if sites else _NO_COLUMNS
        self._site_source.extend([first + rows[source] for source in sources])
        self._site_line.extend(lines)
        for (numbers, ids), column in zip(self._site_texts.values(), (names, texts, reasons), strict=True):
            numbers.extend(ids.numbers(column))
        self._site_first.append(len(self._site_source))

    def arrays(self, row_of: Mapping[str, int], parents: Ints, def_lines: Ints) -> dict[str, Array]:
        """Return the arrays of a segment. ``row_of`` is every symbol's row by uid; containment follows from
        ``parents``.
        """
        target_rows, outside = self._resolve_targets(row_of, len(parents))
        loose = self._loose.arrays("text_loose") | {"loose_file": np.array(self._loose_file, np.uint32)}
        texts = {name: SiteTexts(np.array(numbers, np.int64), ids) for name, (numbers, ids) in self._site_texts.items()}
        return (
            edge_arrays(self._sorted_edges(target_rows, parents, def_lines), len(parents), outside)
            | loose
            | site_arrays(np.array(self._site_source), np.array(self._site_line), np.array(self._site_first), texts)
        )

    def _resolve_targets(self, row_of: Mapping[str, int], symbols: int) -> tuple[Ints, list[str]]:
        """Return for each distinct target its row, or ``symbols`` plus its place among the others; and the others,
        sorted by hash. A target with the prefix for external names is never in the tree.
        """
        rows = np.array(
            [-1 if target.startswith(EXTERNAL) else row_of.get(target, -1) for target in self._targets], np.int64
        )
        outside = [target for target, row in zip(self._targets, rows.tolist(), strict=True) if row < 0]
        order = np.argsort(hashes_of(outside), kind="stable")
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        rows[rows < 0] = ranks + symbols
        return rows, [outside[place] for place in order.tolist()]

    def _sorted_edges(self, target_rows: Ints, parents: Ints, def_lines: Ints) -> EdgeArrays:
        """Return the edges that were added and the edges of containment, sorted by source and kind."""
        inside = np.flatnonzero(parents >= 0)
        source = np.concatenate((np.array(self._source, np.int64), parents[inside]))
        kind = np.concatenate((np.array(self._kind, np.uint8), np.full(len(inside), _CONTAINS, np.uint8)))
        target = np.concatenate((target_rows[np.array(self._target, np.int64)], inside))
        resolution = np.concatenate((np.array(self._resolution, np.uint8), np.full(len(inside), _EXACT, np.uint8)))
        counts = np.concatenate((np.array(self._line_counts, np.int64), np.ones(len(inside), np.int64)))
        lines = np.concatenate((np.array(self._lines, np.uint32), def_lines[inside].astype(np.uint32)))
        # Stable, so that edges of one source and kind stay as they were linked.
        order = np.argsort(source * len(EDGE_KINDS) + kind, kind="stable")
        ends = np.cumsum(counts)
        lines = lines[expand_ranges((ends - counts)[order], ends[order])]
        return EdgeArrays(source[order], kind[order], target[order], resolution[order], counts[order], lines)


def edge_arrays(edges: EdgeArrays, symbols: int, outside: list[str]) -> dict[str, Array]:
    """Return the arrays of a segment's edges, given its number of symbols and its outside names sorted by hash."""
    # Edges by target, for the way back: ``edge_back`` lists them, ``edge_back_start`` says where each target's begin.
    back = np.argsort(edges.target, kind="stable")
    texts = StringColumn()
    texts.extend(outside)
    return {
        "edge_source": edges.source.astype(np.uint32),
        "edge_kind": edges.kind,
        "edge_target": edges.target.astype(np.uint32),
        "edge_resolution": edges.resolution,
        "edge_line": edges.lines,
        "edge_line_start": offsets_of(edges.line_counts).astype(np.uint32),
        "edge_start": np.searchsorted(edges.source, np.arange(symbols + 1)).astype(np.uint32),
        "edge_back": back.astype(np.uint32),
        "edge_back_start": np.searchsorted(edges.target[back], np.arange(symbols + len(outside) + 1)).astype(np.uint32),
        "outside_key": hashes_of(outside),
        "outside_inner": np.array([not text.startswith(EXTERNAL) for text in outside], np.uint8),
        **texts.arrays("text_outside"),
    }


def site_arrays(source: Array, line: Array, first: Array, texts: Mapping[str, SiteTexts]) -> dict[str, Array]:
    """Return the arrays of a segment's call sites, which come by file.

    ``first`` is the first site of each file and the end of the last one; ``texts`` are name, text and reason.
    """
    names = texts["name"]
    hashes = hashes_of(names.texts)
    by_hash = np.argsort(hashes)
    # Sites by the hash of their name: ``sites_by_name`` finds the hash by bisection.
    rank = np.empty(len(hashes), np.int64)
    rank[by_hash] = np.arange(len(hashes))
    name_rank = rank[names.numbers]
    order = np.argsort(name_rank, kind="stable")
    arrays: dict[str, Array] = {
        "site_source": source.astype(np.uint32),
        "site_line": line.astype(np.uint32),
        "site_first": first.astype(np.uint32),
        "site_key": hashes[by_hash],
        "site_order": order.astype(np.uint32),
        "site_start": np.searchsorted(name_rank[order], np.arange(len(hashes) + 1)).astype(np.uint32),
    }
    for column, (numbers, ids) in texts.items():
        arrays[f"site_{column}"] = numbers.astype(np.uint32)
        arrays |= ids.arrays(f"text_site_{column}")
    return arrays
