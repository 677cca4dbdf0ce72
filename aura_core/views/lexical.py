"""BM25 over documents and over files. Every sum runs over a query's terms in hash order, so equal postings give equal floats."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.embedding import term_hash, text_terms
from aura_core.views.hashing import places_of
from aura_core.views.postings import NAME_WEIGHT, PATH_WEIGHT

Floats = npt.NDArray[np.float64]
Terms = Sequence[tuple[int, float]]
"""(term hash, weight in the query), by hash."""

K1, B = 1.2, 0.75
MOST_TERMS = 1_000
"""Distinct terms of a question that count, by their number of uses and then by hash."""


def query_terms(text: str) -> Terms:
    """The terms of a question; a repeated one weighs 1 + ln(uses)."""
    uses = Counter(text_terms(text))
    hashed = sorted(((term_hash(term), times) for term, times in uses.items()), key=lambda t: (-t[1], t[0]))
    return [(term, 1.0 + math.log(times)) for term, times in sorted(hashed[:MOST_TERMS])]


class Lexical:
    """Postings of a view and the statistics of what is alive in it."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._of = arrays
        self._documents = _norms(arrays["document_length"])
        self._files = _norms(arrays["file_length"])

    def scores(self, terms: Terms) -> tuple[Floats, Floats]:
        """BM25 of every document (name x5, path x2, body x1) and of every file."""
        documents, files = np.zeros(len(self._documents)), np.zeros(len(self._files))
        places = places_of(self._of["term_hash"], [term for term, _ in terms])
        for place, (_, weight) in zip(places, terms, strict=True):
            if place < 0:
                continue
            self._add(documents, self._documents, *self._in_documents(place), weight)
            self._add(files, self._files, *self._in_files(place), weight)
        return documents, files

    def _in_documents(self, place: int) -> tuple[npt.NDArray[Any], Floats]:
        start, end = self._of["post_start"][place : place + 2].tolist()
        header = self._of["post_header"][start:end]
        frequency = self._of["post_body"][start:end] + (header >> 4) * np.float64(NAME_WEIGHT) + (header & 15) * np.float64(PATH_WEIGHT)
        return self._of["post_document"][start:end], frequency

    def _in_files(self, place: int) -> tuple[npt.NDArray[Any], Floats]:
        start, end = self._of["file_post_start"][place : place + 2].tolist()
        return self._of["file_post_file"][start:end], self._of["file_post_count"][start:end].astype(np.float64)

    @staticmethod
    def _add(out: Floats, norms: Floats, rows: npt.NDArray[Any], frequency: Floats, weight: float) -> None:
        inverse = math.log(1 + (len(norms) - len(rows) + 0.5) / (len(rows) + 0.5))
        out[rows] += weight * inverse * (K1 + 1) * (frequency / (frequency + norms[rows]))


def _norms(lengths: npt.NDArray[Any]) -> Floats:
    """k1 (1 - b + b length / mean length); the mean belongs to the snapshot, so it is computed from what is alive."""
    mean = int(lengths.sum(dtype=np.int64)) / max(len(lengths), 1)
    return K1 * (1 - B) + (K1 * B / max(mean, 1e-9)) * lengths.astype(np.float64)
