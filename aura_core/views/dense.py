"""Cosines of a question's code with every document's. Products of int8 codes stay below 2**24, so float32 sums are
exact in any order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aura_core.ports.vectors import Codes
from aura_core.views.bm25 import Floats
from aura_core.views.segments.hashes import Ints
from aura_core.views.segments.reader import Segments

_BLOCK = 1_024
"""Rows converted to float32 at once: 1 MB of 256 dimensions, which stays in a processor's cache."""


def squared_lengths(codes: Codes) -> npt.NDArray[np.uint32]:
    """Return the squared length of each row, at least 1."""
    lengths = np.empty(len(codes), np.uint32)
    for start in range(0, len(codes), _BLOCK):
        rows = codes[start : start + _BLOCK].astype(np.float32)
        lengths[start : start + _BLOCK] = np.maximum(np.vecdot(rows, rows), 1)
    return lengths


class DenseVectors:
    """Reads the codes of a view's documents."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._squared_lengths = segments.column("code_length")

    def scores(self, code: Codes, squared_length: int) -> Floats:
        """Return the cosine of every document with ``code``; 0 where it is negative, and for deleted documents."""
        products = np.zeros(self._segments.document_count, np.float32)
        query = code.astype(np.float32)
        block = np.empty((_BLOCK, len(query)), np.float32)
        for segment in self._segments:
            codes, first = segment.arrays["code"], segment.first_document
            if len(codes) and codes.shape[1] == len(query):
                _multiply(codes, query, block, products[first : first + segment.document_count])
        if not self._segments.is_single:  # a single segment has nothing deleted, so no mask is read
            products[~self._segments.live_documents] = 0
        lengths = np.sqrt(self._squared_lengths.astype(np.float64) * float(max(squared_length, 1)))
        return np.maximum(products, 0) / lengths

    def rows(self, documents: Ints) -> Codes:
        """Return the codes of documents, (len(documents), dimensions)."""
        segments = [segment for segment in self._segments if segment.document_count] or [self._segments.base]
        _, dimensions = segments[0].arrays["code"].shape
        codes = np.zeros((len(documents), dimensions), np.int8)
        for segment in segments:
            local_rows = documents - segment.first_document
            inside = (local_rows >= 0) & (local_rows < segment.document_count)
            codes[inside] = segment.arrays["code"][local_rows[inside]]
        return codes


def _multiply(
    codes: Codes, query: npt.NDArray[np.float32], block: npt.NDArray[np.float32], products: npt.NDArray[np.float32]
) -> None:
    """Write the product of each row with the query into ``products``; ``block`` is room for ``_BLOCK`` rows."""
    for start in range(0, len(codes), _BLOCK):
        rows = codes[start : start + _BLOCK]
        np.copyto(block[: len(rows)], rows)
        np.dot(block[: len(rows)], query, out=products[start : start + len(rows)])
