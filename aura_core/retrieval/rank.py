"""One score a document, from words, exact mentions, its file, vectors and a prior for product code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aura_core.embedding import StaticEmbedder
from aura_core.views import View

Floats = npt.NDArray[np.float64]

FILE_WEIGHT, MENTION_WEIGHT, DENSE_WEIGHT = 0.25, 0.125, 0.2
MOST_MENTIONS = 4.0
SCALE = 1_000_000_000
"""Scores are compared as whole numbers of this fraction, so that the last bits of a float decide nothing."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Parts of each document's score, each between 0 and 1 or a little more, and their sum as a whole number (-1 for none)."""

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
    by_document, by_file = view.lexical(text)
    words = _share(by_document) * view.document_prior
    file = FILE_WEIGHT * _share(by_file)[view.document_file]
    mentions = MENTION_WEIGHT * np.minimum(view.mentions(text), MOST_MENTIONS)
    dense = DENSE_WEIGHT * _share(np.maximum(view.dense(*embedder.query(text)), 0.0))
    total = np.rint((words + file + mentions + dense) * SCALE).astype(np.int64)
    return Scores(words, file, mentions, dense, total)


def best(view: View, scores: Scores, count: int) -> list[int]:
    """The ``count`` best documents with a score above zero: by score, then by uid, after taking everything that ties with the last."""
    total = scores.total
    count = min(count, len(total))
    if not count:
        return []
    least = max(int(np.partition(total, len(total) - count)[len(total) - count]), 1)
    ranked = sorted((-int(total[d]), view.document_uid(d), d) for d in np.flatnonzero(total >= least).tolist())
    return [d for _, _, d in ranked[:count]]


def _share(values: npt.NDArray[np.floating]) -> Floats:
    """Of the largest value."""
    most = values.max() if len(values) else 0
    return values / most if most > 0 else np.zeros(len(values))
