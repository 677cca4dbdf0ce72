"""Builds one segment file from the files of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.embedding import Lexicon
from aura_core.ports.vectors import Codes
from aura_core.views.dense import squared_lengths
from aura_core.views.pagerank import walk_arrays
from aura_core.views.segments.edge_columns import EdgeColumns
from aura_core.views.segments.file import Array, write_segment
from aura_core.views.segments.postings import PostingColumns
from aura_core.views.segments.symbol_columns import SymbolColumns, ViewFile


def build_view(file: Path, files: Iterable[ViewFile], meta: Mapping[str, Any], lexicon: Lexicon) -> None:
    """Write the view of a snapshot's files, which come sorted by path. ``meta`` is stored as it is.

    Only what the arrays need stays in memory, so files may be an iterator over a large tree. Equal input gives equal
    bytes.
    """
    write_segment(file, segment_arrays(files, lexicon), meta)


def segment_arrays(files: Iterable[ViewFile], lexicon: Lexicon) -> dict[str, Array]:
    """Return the arrays of a segment; arguments are those of ``build_view``."""
    symbol_columns, edge_columns, posting_columns = SymbolColumns(), EdgeColumns(), PostingColumns(lexicon)
    codes: list[Codes] = []
    for file in files:
        first, text_rows = symbol_columns.add(file)
        rows = {definition.qualname: row for row, definition in enumerate(file.facts.definitions)}
        edge_columns.add(file.path, first, rows, file.fragment)
        posting_columns.add(file.path, file.facts, text_rows)
        if len(file.codes) != len(text_rows):
            raise ValueError(f"{file.path}: {len(file.codes)} codes for {len(text_rows)} texts")
        codes.append(file.codes)
    arrays: dict[str, Array] = symbol_columns.arrays()
    row_of = {uid: row for row, uid in enumerate(symbol_columns.uids())}
    parents, lines = arrays["symbol_parent"].astype(np.int64), arrays["symbol_def"].astype(np.int64)
    arrays |= edge_columns.arrays(row_of, parents, lines)
    del row_of  # it is large, and the postings need room
    arrays |= posting_columns.arrays()
    arrays["code"] = np.concatenate(codes) if codes else np.zeros((0, 0), np.int8)
    arrays["code_length"] = squared_lengths(arrays["code"])
    return arrays | walk_arrays(arrays)
