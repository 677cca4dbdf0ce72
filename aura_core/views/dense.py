"""Cosines of a question's code with every document's. Products of int8 codes stay below 2**24, so float32 sums are exact in any order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.ports.vectors import Codes
from aura_core.views.lexical import Floats

_BLOCK = 1_024


def squared_lengths(codes: Codes) -> npt.NDArray[np.uint32]:
    """Of each row; at least 1."""
    wide = codes.astype(np.int32)
    lengths: npt.NDArray[np.uint32] = np.maximum(np.einsum("ij,ij->i", wide, wide), 1).astype(np.uint32)
    return lengths


class Dense:
    """The codes of a view."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.codes: Codes = arrays["code"]
        self._lengths = arrays["code_length"]

    def scores(self, code: Codes, length: int) -> Floats:
        """Cosine of every document with ``code``, whose squared length is ``length``; 0 where it points away."""
        if not len(self.codes) or len(code) != self.codes.shape[1]:
            return np.zeros(len(self._lengths))
        products = np.empty(len(self.codes), np.float32)
        asked = code.astype(np.float32)
        block = np.empty((_BLOCK, len(asked)), np.float32)
        for start in range(0, len(self.codes), _BLOCK):
            rows = self.codes[start : start + _BLOCK]
            np.copyto(block[: len(rows)], rows)
            np.dot(block[: len(rows)], asked, out=products[start : start + len(rows)])
        return np.maximum(products, 0) / np.sqrt(self._lengths.astype(np.float64) * float(max(length, 1)))
