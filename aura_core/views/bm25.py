"""BM25 over documents and over files. Every sum runs over a query's terms in hash order, so equal postings give equal
floats.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.embedding import term_hash, text_terms
from aura_core.views.segments.hashing import places_of
from aura_core.views.segments.postings import NAME_WEIGHT, PATH_WEIGHT
from aura_core.views.segments.reader import Mask, Part, Parts

Floats = npt.NDArray[np.float64]
Terms = Sequence[tuple[int, float]]
"""(term hash, weight in the query), by hash."""

Found = tuple[npt.NDArray[Any], Floats]
"""Rows that hold a term, and how often each does."""

K1, B = 1.2, 0.75
MOST_TERMS = 1_000
"""Distinct terms of a question that count, by their number of uses and then by hash."""


def query_terms(text: str) -> Terms:
    """The terms of a question; a repeated one weighs 1 + ln(uses)."""
    uses = Counter(text_terms(text))
    hashed = sorted(((term_hash(term), times) for term, times in uses.items()), key=lambda t: (-t[1], t[0]))
    return [(term, 1.0 + math.log(times)) for term, times in sorted(hashed[:MOST_TERMS])]


class Lexical:
    """Postings of a view's parts and the statistics of what is alive in them: their number, mean length and uses of a
    term belong to the view.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._documents = _Side(parts.joined("document_length"), parts.document_alive)
        self._files = _Side(parts.joined("file_length"), parts.file_alive)

    def scores(self, terms: Terms) -> tuple[Floats, Floats]:
        """BM25 of every document (name x5, path x2, body x1) and of every file; 0 for what is dead."""
        documents, files = np.zeros(self._parts.documents), np.zeros(self._parts.files)
        hashes = [term for term, _ in terms]
        places = [places_of(part.arrays["term_hash"], hashes) for part in self._parts.all]
        for number, (_, weight) in enumerate(terms):
            holding = [(part, of[number]) for part, of in zip(self._parts.all, places, strict=True) if of[number] >= 0]
            self._documents.add(documents, [self._in_documents(part, place) for part, place in holding], weight)
            self._files.add(files, [self._in_files(part, place) for part, place in holding], weight)
        return documents, files

    def _in_documents(self, part: Part, place: int) -> Found:
        start, end = part.arrays["post_start"][place : place + 2].tolist()
        header = part.arrays["post_header"][start:end]
        frequency = (
            part.arrays["post_body"][start:end]
            + (header >> 4) * np.float64(NAME_WEIGHT)
            + (header & 15) * np.float64(PATH_WEIGHT)
        )
        return _alive(part, part.arrays["post_document"][start:end], frequency, part.document, self._documents.alive)

    def _in_files(self, part: Part, place: int) -> Found:
        start, end = part.arrays["file_post_start"][place : place + 2].tolist()
        frequency = part.arrays["file_post_count"][start:end].astype(np.float64)
        return _alive(part, part.arrays["file_post_file"][start:end], frequency, part.file, self._files.alive)


class _Side:
    """Lengths of documents, or of files."""

    def __init__(self, lengths: npt.NDArray[Any], alive: Mask) -> None:
        self.alive = alive
        self._count = int(alive.sum())
        mean = int(lengths[alive].sum(dtype=np.int64)) / max(self._count, 1)
        self._norms = K1 * (1 - B) + (K1 * B / max(mean, 1e-9)) * lengths.astype(np.float64)

    def add(self, out: Floats, found: Sequence[Found], weight: float) -> None:
        """Add one term's share of the score to the rows that hold it."""
        used = sum(len(rows) for rows, _ in found)
        inverse = math.log(1 + (self._count - used + 0.5) / (used + 0.5))
        for rows, frequency in found:
            out[rows] += weight * inverse * (K1 + 1) * (frequency / (frequency + self._norms[rows]))


def _alive(part: Part, rows: npt.NDArray[Any], frequency: Floats, first: int, alive: Mask) -> Found:
    """Rows of a part as rows of the view, without the dead."""
    if first:
        rows = rows.astype(np.int64) + first
    if not len(part.dead):
        return rows, frequency
    held = alive[rows]
    return rows[held], frequency[held]
