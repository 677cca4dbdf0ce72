"""Cosines of a question's code with every document's. Products of int8 codes stay below 2**24, so float32 sums are
exact in any order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aura_core.ports.vectors import Codes
from aura_core.views.bm25 import Floats
from aura_core.views.segments.hashing import Ints
from aura_core.views.segments.reader import Parts

_BLOCK = 1_024


def squared_lengths(codes: Codes) -> npt.NDArray[np.uint32]:
    """Of each row; at least 1."""
    lengths = np.empty(len(codes), np.uint32)
    for start in range(0, len(codes), _BLOCK):
        rows = codes[start : start + _BLOCK].astype(np.float32)
        lengths[start : start + _BLOCK] = np.maximum(np.vecdot(rows, rows), 1)
    return lengths


class Dense:
    """The codes of a view."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lengths = parts.joined("code_length")

    def scores(self, code: Codes, length: int) -> Floats:
        """Cosine of every document with ``code``, whose squared length is ``length``; 0 where it points away, and for
        the dead.
        """
        products = np.zeros(self._parts.documents, np.float32)
        asked = code.astype(np.float32)
        block = np.empty((_BLOCK, len(asked)), np.float32)
        for part in self._parts.all:
            codes = part.arrays["code"]
            if len(codes) and codes.shape[1] == len(asked):
                _multiply(codes, asked, block, products[part.document : part.document + part.documents])
        if not self._parts.whole:
            products[~self._parts.document_alive] = 0
        return np.maximum(products, 0) / np.sqrt(self._lengths.astype(np.float64) * float(max(length, 1)))

    def rows(self, documents: Ints) -> Codes:
        """Codes of some documents, (len(documents), dimensions)."""
        some = [part for part in self._parts.all if part.documents] or [self._parts.all[0]]
        found = np.zeros((len(documents), some[0].arrays["code"].shape[1]), np.int8)
        for part in some:
            here = (documents >= part.document) & (documents < part.document + part.documents)
            found[here] = part.arrays["code"][documents[here] - part.document]
        return found


def _multiply(
    codes: Codes, asked: npt.NDArray[np.float32], block: npt.NDArray[np.float32], out: npt.NDArray[np.float32]
) -> None:
    for start in range(0, len(codes), _BLOCK):
        rows = codes[start : start + _BLOCK]
        np.copyto(block[: len(rows)], rows)
        np.dot(block[: len(rows)], asked, out=out[start : start + len(rows)])
