"""From the files of a snapshot to one segment file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.embedding import Lexicon, shared_lexicon
from aura_core.model.facts import FileFacts
from aura_core.ports.vectors import Codes
from aura_core.views.dense import squared_lengths
from aura_core.views.pagerank import walk_arrays
from aura_core.views.segments.edge_columns import LinkColumns
from aura_core.views.segments.file import Array, write_segment
from aura_core.views.segments.postings import PostingColumns
from aura_core.views.segments.symbol_columns import SymbolColumns, ViewFile


def build_view(
    file: Path, files: Iterable[ViewFile], meta: Mapping[str, Any], postings: Mapping[str, Array] | None = None
) -> None:
    """Write the view of a snapshot's files, in the order given (by path: rows and so bytes follow it). ``meta`` is
    kept as it is.

    Only what the arrays need is held, so files may be an iterator over a large tree. Equal input gives equal bytes.
    ``postings``: the
    ``posting_arrays`` of the same files, where they are made already.
    """
    write_segment(file, segment_arrays(files, shared_lexicon(), postings), meta)


def posting_arrays(files: Iterable[tuple[str, FileFacts]]) -> dict[str, Array]:
    """What search reads of a segment, from paths and facts alone."""
    postings = PostingColumns(shared_lexicon())
    for path, facts in files:
        postings.add(path, facts, [row for row, definition in enumerate(facts.definitions) if definition.digest])
    return postings.arrays()


def segment_arrays(
    files: Iterable[ViewFile], lexicon: Lexicon, postings: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """The arrays of a segment."""
    symbols, links, own = SymbolColumns(), LinkColumns(), PostingColumns(lexicon)
    codes: list[Codes] = []
    for file in files:
        first, owning = symbols.add(file)
        links.add(file.path, first, {d.qualname: row for row, d in enumerate(file.facts.definitions)}, file.fragment)
        if postings is None:
            own.add(file.path, file.facts, owning)
        if len(file.codes) != len(owning):
            raise ValueError(f"{file.path}: {len(file.codes)} codes for {len(owning)} texts")
        codes.append(file.codes)
    arrays: dict[str, Array] = symbols.arrays()
    row_of = {uid: row for row, uid in enumerate(symbols.uids())}
    arrays |= links.arrays(row_of, arrays["symbol_parent"].astype(np.int64), arrays["symbol_def"].astype(np.int64))
    del row_of
    arrays |= own.arrays() if postings is None else postings
    arrays["code"] = np.concatenate(codes) if codes else np.zeros((0, 0), np.int8)
    arrays["code_length"] = squared_lengths(arrays["code"])
    return arrays | walk_arrays(arrays)
