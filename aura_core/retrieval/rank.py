"""One score a document, from words, exact mentions, its file, vectors and a prior for product code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aura_core.embedding import StaticEmbedder
from aura_core.views import View, find_mentions, query_terms

Floats = npt.NDArray[np.float64]

FILE_WEIGHT, MENTION_WEIGHT, DENSE_WEIGHT = 0.25, 0.125, 0.2
MOST_MENTIONS = 4.0
SCALE = 1_000_000_000
"""Scores are compared as whole numbers of this fraction, so that the last bits of a float decide nothing."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Parts of each document's score, each between 0 and about 1 and weighed by the document's prior, and their sum as
    a whole number.
    """

    words: Floats
    file: Floats
    mentions: Floats
    dense: Floats
    total: npt.NDArray[np.int64]

    def parts(self, document: int) -> tuple[tuple[str, float], ...]:
        """Named parts that are not zero, rounded to six places."""
        named = (("words", self.words), ("file", self.file), ("mentions", self.mentions), ("dense", self.dense))
        return tuple((name, round(float(values[document]), 6)) for name, values in named if values[document] > 0)


def scores_of(view: View, text: str, embedder: StaticEmbedder) -> Scores:
    """Score every document of the view for a text."""
    by_document, by_file = view.bm25.scores(query_terms(text))
    words = view.prior * _share(by_document)
    file = FILE_WEIGHT * view.prior * _share(by_file)[view.file_of]
    mentions = MENTION_WEIGHT * view.prior * np.minimum(view.mentions.scores(find_mentions(text)), MOST_MENTIONS)
    dense = DENSE_WEIGHT * view.prior * _share(np.maximum(view.dense.scores(*embedder.query(text)), 0.0))
    total = np.rint((words + file + mentions + dense) * SCALE).astype(np.int64)
    return Scores(words, file, mentions, dense, total)


def best(view: View, scores: Scores, count: int) -> list[int]:
    """The ``count`` best documents with a score above zero: by score, then by uid, after taking everything that ties
    with the last.
    """
    return top(view, scores.total, count)


def top(view: View, values: npt.NDArray[np.int64], count: int) -> list[int]:
    """Documents of the ``count`` largest values above zero, equals by uid."""
    documents = np.flatnonzero(values > 0)
    if not len(documents) or count < 1:
        return []
    held = values[documents]
    if len(held) > count:
        least = np.partition(held, len(held) - count)[len(held) - count]
        documents = documents[held >= least]
    uid = view.symbols.uid
    ranked = sorted((-int(values[d]), uid(int(view.symbol_of[d])), d) for d in documents.tolist())
    return [d for _, _, d in ranked[:count]]


def _share(values: npt.NDArray[np.floating]) -> Floats:
    """Of the largest value."""
    most = values.max() if len(values) else 0
    return values / most if most > 0 else np.zeros(len(values))
