"""Bags times vectors, exactly: every sum is a whole number that float32 holds, so neither order, nor batch, nor BLAS
can change it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aura_core.embedding.bags import Bags

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]

MAX_CODE = 127
"""The largest code, and the largest entry of a model row."""
_MAX_WEIGHTS = float((1 << 24) // MAX_CODE - 1)
"""What a document's weights may add up to: times ``MAX_CODE``, below 2**24, up to which float32 holds whole numbers."""
_BLOCK = 8
"""Documents multiplied together: the rows that a few share are gathered once."""


def multiply(bags: Bags, vectors: npt.NDArray[np.int8], documents: int) -> Floats:
    """Return (documents, dimensions): each document's weighted sum of rows, its weights scaled to whole numbers.
    Documents without rows are zero.
    """
    total = np.maximum(np.bincount(bags.document, weights=np.abs(bags.weight), minlength=documents), 1.0)
    # Cut off, not rounded: the weights of a document may not add up to more than ``_MAX_WEIGHTS``.
    weight = np.trunc(bags.weight * _MAX_WEIGHTS / total[bags.document]).astype(np.float32)
    sums = np.zeros((documents, vectors.shape[1]), np.float32)
    place, is_used = np.zeros(len(vectors), np.int64), np.zeros(len(vectors), np.bool_)
    bounds = np.searchsorted(bags.document, np.arange(0, documents + _BLOCK, _BLOCK)).tolist()
    for block, (start, end) in enumerate(pairwise(bounds)):
        if start == end:
            continue
        base = block * _BLOCK
        row = bags.row[start:end]
        is_used[row] = True
        distinct = np.flatnonzero(is_used)
        is_used[distinct] = False
        place[distinct] = np.arange(len(distinct))
        # A block's weights as a dense matrix over the rows that occur in it: one product of matrices for all of them.
        dense = np.zeros((min(_BLOCK, documents - base), len(distinct)), np.float32)
        dense[bags.document[start:end] - base, place[row]] = weight[start:end]
        sums[base : base + len(dense)] = dense @ vectors[distinct].astype(np.float32)
    return sums


def to_codes(sums: npt.NDArray[np.floating]) -> Codes:
    """Return each row scaled so that its largest entry is ±127, rounded; zero rows stay zero."""
    exact = sums.astype(np.float64)
    largest = np.abs(exact).max(axis=1, keepdims=True)
    largest[largest == 0] = 1.0
    codes: Codes = np.rint(MAX_CODE * exact / largest).astype(np.int8)
    return codes
