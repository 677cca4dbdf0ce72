"""The living files of several segments as one segment, without their facts: byte for byte what is built from those
files.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from aura_core.views.edges import LinkTable
from aura_core.views.pagerank import walk_arrays
from aura_core.views.segments.edge_columns import edge_arrays, site_arrays
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashing import Hashes, Ints, distinct, hash64
from aura_core.views.segments.reader import Part, Parts, Texts, expanded
from aura_core.views.segments.strings import Interned, gathered
from aura_core.views.segments.symbol_columns import key_arrays
from aura_core.views.symbol_table import SymbolTable, symbol_keys

_BY_SYMBOL = ("symbol_kind", "symbol_start", "symbol_end", "symbol_def", "symbol_body")
_TEXTS_BY_SYMBOL = ("qualname", "signature", "doc")
_BY_FILE = ("file_prior", "file_content", "file_length")
_TEXTS_BY_FILE = ("path", "blob", "language", "module")


def merged(parts: Parts) -> dict[str, Array]:
    """The arrays of one segment."""
    order = _Order(parts)
    arrays = _tables(order)
    arrays |= _keys(order)
    arrays |= _edges(order) | _sites(order)
    arrays |= _postings(order)
    return arrays | walk_arrays(arrays)


class _Order:
    """Where each living row goes: files by path, their symbols and documents as they were."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.files = parts.in_order
        firsts = [part.arrays["file_first"].astype(np.int64) + part.symbol for part in parts.all]
        self._starts, self._ends = (
            np.concatenate([first[side] for first in firsts])[self.files] for side in (slice(0, -1), slice(1, None))
        )
        self.symbols = expanded(self._starts, self._ends)
        self.first = np.concatenate((np.zeros(1, np.int64), np.cumsum(self._ends - self._starts)))
        counts = np.bincount(parts.joined("document_file", "file"), minlength=parts.files)
        ends = np.cumsum(counts)
        self.documents = expanded((ends - counts)[self.files], ends[self.files])
        self.document_file = np.repeat(np.arange(len(self.files)), counts[self.files])

    @cached_property
    def new_symbol(self) -> Ints:
        """New row of each old one, -1 for the dead."""
        return _inverse(self.symbols, self.parts.symbols)

    @cached_property
    def new_document(self) -> Ints:
        """New row of each old one, -1 for the dead."""
        return _inverse(self.documents, self.parts.documents)

    @cached_property
    def new_file(self) -> Ints:
        """New number of each old file, -1 for the dead."""
        return _inverse(self.files, self.parts.files)

    def ranges(self, starts: list[Array]) -> Ints:
        """The numbers, over all parts, of what the living files hold, by file; ``starts`` are by file of each part,
        with one more.
        """
        before = np.cumsum([0, *(int(first[-1]) for first in starts)]).tolist()
        low = np.concatenate([first[:-1].astype(np.int64) + base for first, base in zip(starts, before, strict=False)])
        high = np.concatenate([first[1:].astype(np.int64) + base for first, base in zip(starts, before, strict=False)])
        return expanded(low[self.files], high[self.files])


def _inverse(rows: Ints, size: int) -> Ints:
    new = np.full(size, -1, np.int64)
    new[rows] = np.arange(len(rows))
    return new


def _tables(order: _Order) -> dict[str, Array]:
    """Columns that move as they are, and those that name symbols or documents of their own file."""
    parts, symbols = order.parts, order.symbols
    made = {name: parts.joined(name)[symbols] for name in _BY_SYMBOL}
    for name, base, new in (
        ("parent", "symbol", order.new_symbol),
        ("owner", "symbol", order.new_symbol),
        ("document", "document", order.new_document),
    ):
        made[f"symbol_{name}"] = _renumbered(parts, f"symbol_{name}", base, symbols, new).astype(np.int32)
    made["file_first"] = order.first.astype(np.uint32)
    made["document_symbol"] = order.new_symbol[parts.joined("document_symbol", "symbol")[order.documents]].astype(
        np.uint32
    )
    made["document_file"] = order.document_file.astype(np.uint32)
    made |= {name: parts.joined(name)[order.files] for name in _BY_FILE}
    made |= {name: parts.joined(name)[order.documents] for name in ("document_length", "code_length")}
    made["code"] = _codes(order)
    for names, rows in ((_TEXTS_BY_SYMBOL, symbols), (_TEXTS_BY_FILE, order.files)):
        for name in names:
            made |= _texts(parts, name, rows)
    return made


def _renumbered(parts: Parts, name: str, base: str, rows: Ints, new: Ints) -> Ints:
    """A column of numbers that may be -1."""
    columns = [part.arrays[name].astype(np.int64) for part in parts.all]
    old = np.concatenate(
        [
            np.where(column < 0, -1, column + getattr(part, base))
            for column, part in zip(columns, parts.all, strict=True)
        ]
    )[rows]
    return np.where(old < 0, -1, new[np.maximum(old, 0)] if len(new) else -1)


def _codes(order: _Order) -> npt.NDArray[np.int8]:
    some = [codes for part in order.parts.all if (codes := part.arrays["code"]).shape[1]]
    return np.concatenate(some)[order.documents] if len(order.files) else np.zeros((0, 0), np.int8)


def _texts(parts: Parts, name: str, rows: Ints) -> dict[str, Array]:
    return gathered(
        f"text_{name}", [(part.arrays[f"text_{name}"], part.arrays[f"text_{name}_ends"]) for part in parts.all], rows
    )


def _keys(order: _Order) -> dict[str, Array]:
    parts = order.parts
    documents = order.new_document[parts.joined("name_document", "document")]
    files = order.new_file[parts.joined("file_number", "file")]
    named, held = documents >= 0, files >= 0
    keys: Hashes = np.concatenate([symbol_keys(part) for part in parts.all])
    return key_arrays(
        (parts.joined("name_key")[named], documents[named].astype(np.uint32)),
        (parts.joined("file_key")[held], files[held].astype(np.uint32), parts.joined("file_weight")[held]),
        keys[order.symbols],
    )


def _edges(order: _Order) -> dict[str, Array]:
    parts, links = order.parts, LinkTable(SymbolTable(order.parts))
    edges = order.ranges([part.arrays["edge_start"][part.arrays["file_first"]] for part in parts.all])
    targets = np.concatenate([links.targets(part, np.arange(len(part.arrays["edge_target"]))) for part in parts.all])[
        edges
    ]
    inside = targets >= 0
    rows, outside = _outside(links, targets[~inside])
    made = np.empty(len(targets), np.int64)
    made[inside] = order.new_symbol[targets[inside]]
    made[~inside] = rows + len(order.symbols)
    starts, sizes, lines = _lines(parts, edges)
    source = order.new_symbol[parts.joined("edge_source", "symbol")[edges]]
    kind, resolution = parts.joined("edge_kind")[edges], parts.joined("edge_resolution")[edges]
    arrays = edge_arrays(
        source, kind, made, resolution, sizes, lines[expanded(starts, starts + sizes)], len(order.symbols), outside
    )
    return arrays | _loose(order)


def _outside(links: LinkTable, targets: Ints) -> tuple[Ints, list[str]]:
    """(place of each target among the distinct ones, by hash; the distinct ones)."""
    found, place = np.unique(targets, return_inverse=True)
    texts = [links.text_of(target) for target in found.tolist()]
    keys = {text: number for number, text in enumerate(sorted(set(texts), key=lambda text: (hash64(text), text)))}
    ranks = np.array([keys[text] for text in texts], np.int64)
    return ranks[place] if len(ranks) else place.astype(np.int64), list(keys)


def _lines(parts: Parts, edges: Ints) -> tuple[Ints, Ints, Array]:
    """(first line's place of each edge, how many it has, all lines of all parts)."""
    before = np.cumsum([0, *(len(part.arrays["edge_line"]) for part in parts.all)]).tolist()
    firsts = [
        part.arrays["edge_line_start"].astype(np.int64) + base for part, base in zip(parts.all, before, strict=False)
    ]
    starts, ends = np.concatenate([f[:-1] for f in firsts])[edges], np.concatenate([f[1:] for f in firsts])[edges]
    return starts, ends - starts, parts.joined("edge_line")


def _loose(order: _Order) -> dict[str, Array]:
    files = order.new_file[order.parts.joined("loose_file", "file")]
    rows = np.argsort(files, kind="stable")
    rows = rows[files[rows] >= 0]
    return _texts(order.parts, "loose", rows) | {"loose_file": files[rows].astype(np.uint32)}


def _sites(order: _Order) -> dict[str, Array]:
    parts = order.parts
    firsts = [part.arrays["site_first"] for part in parts.all]
    sites = order.ranges(firsts)
    counts = np.concatenate([np.diff(first.astype(np.int64)) for first in firsts])[order.files]
    numbers, texts = zip(*(_site_texts(parts, name, sites) for name in ("name", "text", "reason")), strict=True)
    source = order.new_symbol[parts.joined("site_source", "symbol")[sites]]
    first = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    return site_arrays(source, parts.joined("site_line")[sites], first, numbers, texts)


def _site_texts(parts: Parts, name: str, sites: Ints) -> tuple[Ints, Interned]:
    """A text of each site, numbered in order of first use."""
    tables = Texts(parts, f"site_{name}")
    columns = [
        part.arrays[f"site_{name}"].astype(np.int64) + base
        for part, base in zip(parts.all, tables.starts, strict=False)
    ]
    old, first, place = np.unique(np.concatenate(columns)[sites], return_index=True, return_inverse=True)
    by_use = np.argsort(first)
    interned = Interned()
    numbers = np.empty(len(old), np.int64)
    numbers[by_use] = list(interned.places(tables[row] for row in old[by_use].tolist()))
    return numbers[place] if len(numbers) else place.astype(np.int64), interned


def _postings(order: _Order) -> dict[str, Array]:
    parts = order.parts
    hashes: Hashes = distinct(np.concatenate([part.arrays["term_hash"] for part in parts.all]))
    term, document, rows = _postings_of(order, hashes, "post_start", "post_document", "document", order.new_document)
    file_term, file, file_rows = _postings_of(
        order, hashes, "file_post_start", "file_post_file", "file", order.new_file
    )
    used = np.zeros(len(hashes), np.bool_)
    used[term] = True
    places = np.flatnonzero(used)
    return {
        "term_hash": hashes[places],
        "post_start": np.append(np.searchsorted(term, places), len(term)).astype(np.uint32),
        "post_document": document.astype(np.uint32),
        "post_body": parts.joined("post_body")[rows],
        "post_header": parts.joined("post_header")[rows],
        "file_post_start": np.append(np.searchsorted(file_term, places), len(file_term)).astype(np.uint32),
        "file_post_file": file.astype(np.uint32),
        "file_post_count": parts.joined("file_post_count")[file_rows],
    }


def _postings_of(
    order: _Order, hashes: Hashes, starts: str, rows: str, base: str, new: Ints
) -> tuple[Ints, Ints, Ints]:
    """(place of the term in ``hashes``, new row, number over all parts) of the living postings, by term and row."""
    terms = [_terms(part, hashes, starts) for part in order.parts.all]
    key = new[order.parts.joined(rows, base)]
    held = np.flatnonzero(key >= 0)
    key = key[held] | np.concatenate(terms)[held] << 32
    by_key = np.argsort(key, kind="stable")  # runs in order already, which the stable sort merges
    key = key[by_key]
    return key >> 32, key & 0xFFFFFFFF, held[by_key]


def _terms(part: Part, hashes: Hashes, starts: str) -> Ints:
    places = np.searchsorted(hashes, part.arrays["term_hash"]).astype(np.int64)
    firsts = part.arrays[starts].astype(np.int64)
    return np.repeat(places, firsts[1:] - firsts[:-1])
