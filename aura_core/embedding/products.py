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

LARGEST = 127
"""Largest code, and largest entry of a model row."""
_SUM = float((1 << 24) // LARGEST - 1)
"""What a document's weights may add up to: times ``LARGEST``, below 2**24."""
_BLOCK = 8
"""Documents multiplied together: the rows that a few share are gathered once."""


def multiplied(bags: Bags, vectors: npt.NDArray[np.int8], documents: int) -> Floats:
    """(documents, dimensions): each document's weighted sum of rows, its weights scaled to whole numbers. Documents
    without rows are zero.
    """
    total = np.maximum(np.bincount(bags.document, weights=np.abs(bags.weight), minlength=documents), 1.0)
    weight = np.trunc(bags.weight * _SUM / total[bags.document]).astype(np.float32)
    out = np.zeros((documents, vectors.shape[1]), np.float32)
    place, used = np.zeros(len(vectors), np.int64), np.zeros(len(vectors), np.bool_)
    bounds = np.searchsorted(bags.document, np.arange(0, documents + _BLOCK, _BLOCK)).tolist()
    for block, (start, end) in enumerate(pairwise(bounds)):
        if start == end:
            continue
        base = block * _BLOCK
        row = bags.row[start:end]
        used[row] = True
        distinct = np.flatnonzero(used)
        used[distinct] = False
        place[distinct] = np.arange(len(distinct))
        dense = np.zeros((min(_BLOCK, documents - base), len(distinct)), np.float32)
        dense[bags.document[start:end] - base, place[row]] = weight[start:end]
        out[base : base + len(dense)] = dense @ vectors[distinct].astype(np.float32)
    return out


def to_codes(sums: npt.NDArray[np.floating]) -> Codes:
    """Each row scaled so that its largest entry is ±127, rounded; zero rows stay zero."""
    exact = sums.astype(np.float64)
    largest = np.abs(exact).max(axis=1, keepdims=True)
    largest[largest == 0] = 1.0
    codes: Codes = np.rint(LARGEST * exact / largest).astype(np.int8)
    return codes
