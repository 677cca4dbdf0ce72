"""BM25 over documents and over files. Every sum runs over a query's terms in hash order, so equal postings give equal
floats.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding import term_hash, text_terms
from aura_core.views.segments.hashes import places_of
from aura_core.views.segments.postings import NAME_WEIGHT, PATH_WEIGHT
from aura_core.views.segments.reader import Mask, Segment, Segments

Floats = npt.NDArray[np.float64]
Terms = Sequence[tuple[int, float]]
"""(term hash, weight in the query), by hash."""

K1, B = 1.2, 0.75
"""The usual parameters (Robertson and Zaragoza, 2009): how soon further uses of a term stop counting, and how much a
document's length counts against it.
"""

MAX_TERMS = 1_000
"""Distinct terms of a question that count, by their number of uses and then by hash."""


class Matches(NamedTuple):
    """Rows that hold a term, and how often each does."""

    rows: npt.NDArray[Any]
    frequencies: Floats


def query_terms(text: str) -> Terms:
    """Return the terms of a question; a repeated one weighs 1 + ln(uses)."""
    uses = [(term_hash(term), times) for term, times in Counter(text_terms(text)).items()]
    top_uses = sorted(uses, key=lambda use: (-use[1], use[0]))[:MAX_TERMS]
    return [(term, 1.0 + math.log(times)) for term, times in sorted(top_uses)]


class Bm25:
    """Scores documents and files by their words.

    Their number, mean length and uses of a term are counted over what the whole view shows, not over each segment.
    """

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._documents = _Collection(segments.column("document_length"), segments.live_documents)
        self._files = _Collection(segments.column("file_length"), segments.live_files)

    def scores(self, terms: Terms) -> tuple[Floats, Floats]:
        """Return BM25 of every document (name x5, path x2, body x1) and of every file; 0 for what is deleted."""
        documents, files = np.zeros(self._segments.document_count), np.zeros(self._segments.file_count)
        hashes = [term for term, _ in terms]
        places = [places_of(segment.arrays["term_hash"], hashes) for segment in self._segments]
        for (_, weight), *places_of_term in zip(terms, *places, strict=True):
            postings = [
                (segment, place) for segment, place in zip(self._segments, places_of_term, strict=True) if place >= 0
            ]
            self._documents.add(documents, [self._in_documents(*posting) for posting in postings], weight)
            self._files.add(files, [self._in_files(*posting) for posting in postings], weight)
        return documents, files

    def _in_documents(self, segment: Segment, place: int) -> Matches:
        arrays = segment.arrays
        start, end = arrays["post_start"][place : place + 2].tolist()
        header = arrays["post_header"][start:end]  # uses in the name above four bits, uses in the path below
        frequencies = (
            arrays["post_body"][start:end]
            + (header >> 4) * np.float64(NAME_WEIGHT)
            + (header & 15) * np.float64(PATH_WEIGHT)
        )
        rows = arrays["post_document"][start:end]
        return _live(segment, rows, frequencies, segment.first_document, self._documents.live)

    def _in_files(self, segment: Segment, place: int) -> Matches:
        start, end = segment.arrays["file_post_start"][place : place + 2].tolist()
        frequencies = segment.arrays["file_post_count"][start:end].astype(np.float64)
        rows = segment.arrays["file_post_file"][start:end]
        return _live(segment, rows, frequencies, segment.first_file, self._files.live)


class _Collection:
    """Adds BM25 scores of all documents, or of all files, whose number and lengths it holds."""

    def __init__(self, lengths: npt.NDArray[Any], live: Mask) -> None:
        self.live = live
        self._count = int(live.sum())
        # Whole numbers are summed, so that the mean is the same however the documents are numbered.
        mean = int(lengths[live].sum(dtype=np.int64)) / max(self._count, 1)
        self._norms = K1 * (1 - B) + (K1 * B / max(mean, 1e-9)) * lengths.astype(np.float64)

    def add(self, scores: Floats, matches: Sequence[Matches], weight: float) -> None:
        """Add one term's share of the score to the rows that hold it, given its matches in each segment."""
        uses = sum(len(rows) for rows, _ in matches)
        # The inverse document frequency as in Lucene: adding 1 keeps terms in most documents from counting below 0.
        inverse = math.log(1 + (self._count - uses + 0.5) / (uses + 0.5))
        for rows, frequencies in matches:
            scores[rows] += weight * inverse * (K1 + 1) * (frequencies / (frequencies + self._norms[rows]))


def _live(segment: Segment, rows: npt.NDArray[Any], frequencies: Floats, first_row: int, live: Mask) -> Matches:
    """Return a segment's matches as rows of the view, without the deleted ones."""
    if first_row:  # the rows of the first segment are the view's: no copy
        rows = rows.astype(np.int64) + first_row
    if not len(segment.deleted):
        return Matches(rows, frequencies)
    is_live = live[rows]
    return Matches(rows[is_live], frequencies[is_live])
