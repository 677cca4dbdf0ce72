"""Merges the live files of several segments into one, from their arrays alone; its rows are those that building it from
the files' facts gives, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from aura_core.embedding import expand_ranges, offsets_of
from aura_core.views.edges import EdgeTable
from aura_core.views.pagerank import walk_arrays
from aura_core.views.segments.edge_columns import EdgeArrays, SiteTexts, edge_arrays, site_arrays
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashes import Hashes, Ints, distinct, hash64
from aura_core.views.segments.reader import RowType, Segment, Segments, TextColumn
from aura_core.views.segments.strings import StringIds, gather_strings
from aura_core.views.segments.symbol_columns import key_arrays
from aura_core.views.symbol_table import SymbolTable, symbol_keys

# Columns whose values stay as they are when rows move, by what a row is.
_BY_SYMBOL = ("symbol_kind", "symbol_start", "symbol_end", "symbol_def", "symbol_body")
_TEXTS_BY_SYMBOL = ("qualname", "signature", "doc")
_BY_FILE = ("file_prior", "file_content", "file_length")
_TEXTS_BY_FILE = ("path", "blob", "language", "module")


def merge_segments(segments: Segments) -> dict[str, Array]:
    """Return the arrays of one segment that holds the live files of ``segments``."""
    order = _Order(segments)
    # The order of these lines is the order of the arrays in the file, and so part of its bytes.
    arrays = _tables(order)
    arrays |= _keys(order)
    arrays |= _edges(order) | _sites(order)
    arrays |= _postings(order)
    return arrays | walk_arrays(arrays)


class _Order:
    """Where each live row goes: files by path, their symbols and documents as they were."""

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.files = segments.files_by_path
        first_symbols = [segment.arrays["file_first"].astype(np.int64) + segment.first_symbol for segment in segments]
        starts, ends = self._bounds(first_symbols)
        self.symbols = expand_ranges(starts, ends)
        self.first_symbols = offsets_of(ends - starts)
        document_files = segments.row_column("document_file", "file")
        # Documents are numbered by file, so a file's documents follow from how many each file has.
        counts = np.bincount(document_files, minlength=segments.file_count)
        ends = np.cumsum(counts)
        self.documents = expand_ranges((ends - counts)[self.files], ends[self.files])
        self.document_file = np.repeat(np.arange(len(self.files)), counts[self.files])

    @cached_property
    def new_symbol(self) -> Ints:
        """The new row of each old one, -1 for the deleted."""
        return _inverse(self.symbols, self.segments.symbol_count)

    @cached_property
    def new_document(self) -> Ints:
        """The new row of each old one, -1 for the deleted."""
        return _inverse(self.documents, self.segments.document_count)

    @cached_property
    def new_file(self) -> Ints:
        """The new number of each old file, -1 for the deleted."""
        return _inverse(self.files, self.segments.file_count)

    def rows_by_file(self, offsets: Sequence[Array]) -> Ints:
        """Return the numbers, over all segments, of the rows that the live files hold, by file.

        ``offsets`` are the first row of each file of a segment, and the end of its last one.
        """
        return expand_ranges(*self._bounds(_over_all_segments(offsets)))

    def _bounds(self, offsets: Iterable[Array]) -> tuple[Ints, Ints]:
        """Return where each live file's rows start and end."""
        starts, ends = zip(*((first[:-1], first[1:]) for first in offsets), strict=True)
        return np.concatenate(starts)[self.files], np.concatenate(ends)[self.files]


def _inverse(rows: Ints, size: int) -> Ints:
    new_rows = np.full(size, -1, np.int64)
    new_rows[rows] = np.arange(len(rows))
    return new_rows


def _over_all_segments(offsets: Sequence[Array]) -> list[Ints]:
    """Return offsets into each segment's table as offsets into the tables of all segments, one after the other."""
    sizes = [int(first[-1]) for first in offsets]
    return [first.astype(np.int64) + base for first, base in zip(offsets, offsets_of(sizes), strict=False)]


def _tables(order: _Order) -> dict[str, Array]:
    """Return the columns that move as they are, and those that name symbols or documents of their own file."""
    segments, symbols = order.segments, order.symbols
    arrays = {name: segments.column(name)[symbols] for name in _BY_SYMBOL}
    row_columns: tuple[tuple[str, RowType, Ints], ...] = (
        ("symbol_parent", "symbol", order.new_symbol),
        ("symbol_owner", "symbol", order.new_symbol),
        ("symbol_document", "document", order.new_document),
    )
    for name, row_type, new_rows in row_columns:
        rows = segments.row_column(name, row_type)[symbols]
        # -1 stays: np.where reads both branches, so it must not be used as an index.
        arrays[name] = np.where(rows < 0, -1, new_rows[np.maximum(rows, 0)] if len(new_rows) else -1).astype(np.int32)
    arrays["file_first"] = order.first_symbols.astype(np.uint32)
    document_symbols = segments.row_column("document_symbol", "symbol")[order.documents]
    arrays["document_symbol"] = order.new_symbol[document_symbols].astype(np.uint32)
    arrays["document_file"] = order.document_file.astype(np.uint32)
    arrays |= {name: segments.column(name)[order.files] for name in _BY_FILE}
    arrays |= {name: segments.column(name)[order.documents] for name in ("document_length", "code_length")}
    arrays["code"] = _codes(order)
    for names, rows in ((_TEXTS_BY_SYMBOL, symbols), (_TEXTS_BY_FILE, order.files)):
        for name in names:
            arrays |= _texts(segments, name, rows)
    return arrays


def _codes(order: _Order) -> npt.NDArray[np.int8]:
    # A segment without documents has codes of no dimensions.
    codes = [segment.arrays["code"] for segment in order.segments if segment.arrays["code"].shape[1]]
    return np.concatenate(codes)[order.documents] if len(order.files) else np.zeros((0, 0), np.int8)


def _texts(segments: Segments, name: str, rows: Ints) -> dict[str, Array]:
    tables = [(segment.arrays[f"text_{name}"], segment.arrays[f"text_{name}_ends"]) for segment in segments]
    return gather_strings(f"text_{name}", tables, rows)


def _keys(order: _Order) -> dict[str, Array]:
    segments = order.segments
    documents = order.new_document[segments.row_column("name_document", "document")]
    files = order.new_file[segments.row_column("file_number", "file")]
    live_names, live_files = documents >= 0, files >= 0
    keys: Hashes = np.concatenate([symbol_keys(segment) for segment in segments])
    return key_arrays(
        name_keys=segments.column("name_key")[live_names],
        name_documents=documents[live_names].astype(np.uint32),
        file_keys=segments.column("file_key")[live_files],
        file_numbers=files[live_files].astype(np.uint32),
        file_weights=segments.column("file_weight")[live_files],
        uid_keys=keys[order.symbols],
    )


def _edges(order: _Order) -> dict[str, Array]:
    segments, edge_table = order.segments, EdgeTable(SymbolTable(order.segments))
    edges = order.rows_by_file([segment.arrays["edge_start"][segment.arrays["file_first"]] for segment in segments])
    all_targets = [edge_table.targets(segment, np.arange(len(segment.arrays["edge_target"]))) for segment in segments]
    # All targets are joined first, because an edge may lead from any segment to any other.
    old_targets = np.concatenate(all_targets)[edges]
    inside = old_targets >= 0
    places, outside = _outside(edge_table, old_targets[~inside])
    targets = np.empty(len(edges), np.int64)
    targets[inside] = order.new_symbol[old_targets[inside]]
    targets[~inside] = places + len(order.symbols)
    line_starts = _over_all_segments([segment.arrays["edge_line_start"] for segment in segments])
    starts, ends = (
        np.concatenate([first[side] for first in line_starts])[edges] for side in (slice(0, -1), slice(1, None))
    )
    arrays = edge_arrays(
        EdgeArrays(
            order.new_symbol[segments.row_column("edge_source", "symbol")[edges]],
            segments.column("edge_kind")[edges],
            targets,
            segments.column("edge_resolution")[edges],
            ends - starts,
            segments.column("edge_line")[expand_ranges(starts, ends)],
        ),
        len(order.symbols),
        outside,
    )
    return arrays | _loose(order)


def _outside(edge_table: EdgeTable, targets: Ints) -> tuple[Ints, list[str]]:
    """Return the place of each target among the distinct ones, by hash; and the distinct ones."""
    rows, place = np.unique(targets, return_inverse=True)
    texts = [edge_table.target_text(target) for target in rows.tolist()]
    # By hash, as a lookup by bisection needs them, and as a segment that is built from facts has them.
    outside = sorted(set(texts), key=lambda text: (hash64(text), text))
    places = {text: number for number, text in enumerate(outside)}
    ranks = np.array([places[text] for text in texts], np.int64)
    return ranks[place] if len(ranks) else place.astype(np.int64), outside


def _loose(order: _Order) -> dict[str, Array]:
    files = order.new_file[order.segments.row_column("loose_file", "file")]
    rows = np.argsort(files, kind="stable")
    rows = rows[files[rows] >= 0]
    return _texts(order.segments, "loose", rows) | {"loose_file": files[rows].astype(np.uint32)}


def _sites(order: _Order) -> dict[str, Array]:
    segments = order.segments
    offsets = [segment.arrays["site_first"] for segment in segments]
    sites = order.rows_by_file(offsets)
    counts = np.concatenate([np.diff(first.astype(np.int64)) for first in offsets])[order.files]
    texts = {name: _site_texts(segments, name, sites) for name in ("name", "text", "reason")}
    source = order.new_symbol[segments.row_column("site_source", "symbol")[sites]]
    return site_arrays(source, segments.column("site_line")[sites], offsets_of(counts), texts)


def _site_texts(segments: Segments, name: str, sites: Ints) -> SiteTexts:
    """Return a text of each site, numbered in order of first use."""
    column = TextColumn(segments, f"site_{name}")
    rows = [
        segment.arrays[f"site_{name}"].astype(np.int64) + base
        for segment, base in zip(segments, column.starts, strict=False)
    ]
    # A segment built from facts numbers texts by first use over all its sites, so the merged one has to as well.
    distinct_rows, first, place = np.unique(np.concatenate(rows)[sites], return_index=True, return_inverse=True)
    by_use = np.argsort(first)
    ids = StringIds()
    numbers = np.empty(len(distinct_rows), np.int64)
    numbers[by_use] = list(ids.numbers(column[row] for row in distinct_rows[by_use].tolist()))
    return SiteTexts(numbers[place] if len(numbers) else place.astype(np.int64), ids)


def _postings(order: _Order) -> dict[str, Array]:
    segments = order.segments
    hashes: Hashes = distinct(np.concatenate([segment.arrays["term_hash"] for segment in segments]))
    term, document, rows = _live_postings(
        order, hashes, "post_start", segments.row_column("post_document", "document"), order.new_document
    )
    file_term, file, file_rows = _live_postings(
        order, hashes, "file_post_start", segments.row_column("file_post_file", "file"), order.new_file
    )
    # Terms that only deleted documents use are dropped.
    is_used = np.zeros(len(hashes), np.bool_)
    is_used[term] = True
    places = np.flatnonzero(is_used)
    return {
        "term_hash": hashes[places],
        "post_start": np.append(np.searchsorted(term, places), len(term)).astype(np.uint32),
        "post_document": document.astype(np.uint32),
        "post_body": segments.column("post_body")[rows],
        "post_header": segments.column("post_header")[rows],
        "file_post_start": np.append(np.searchsorted(file_term, places), len(file_term)).astype(np.uint32),
        "file_post_file": file.astype(np.uint32),
        "file_post_count": segments.column("file_post_count")[file_rows],
    }


def _live_postings(
    order: _Order, hashes: Hashes, starts: str, old_rows: Ints, new_rows: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return (place of the term in ``hashes``, new row, number over all segments) of the live postings, by term and
    new row.

    ``starts`` names the column of each term's first posting, ``old_rows`` are the document or file of each posting.
    """
    terms = np.concatenate([_terms(segment, hashes, starts) for segment in order.segments])
    rows = new_rows[old_rows]
    live = np.flatnonzero(rows >= 0)
    # Term and row in one number, so that one sort orders by both; rows stay below 2**32.
    key = rows[live] | terms[live] << 32
    by_key = np.argsort(key, kind="stable")  # each segment is in order already: a stable sort merges such runs
    key = key[by_key]
    return key >> 32, key & 0xFFFFFFFF, live[by_key]


def _terms(segment: Segment, hashes: Hashes, starts: str) -> Ints:
    """Return the place in ``hashes`` of the term of each posting of a segment."""
    places = np.searchsorted(hashes, segment.arrays["term_hash"]).astype(np.int64)
    firsts = segment.arrays[starts].astype(np.int64)
    return np.repeat(places, firsts[1:] - firsts[:-1])
