"""Scores for what a task names exactly: definitions, classes, dotted names, files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import NodeKind
from aura_core.views.hashing import Ints, hash64, ranges_of
from aura_core.views.lexical import Floats
from aura_core.views.names import Mentioned
from aura_core.views.symbols import KINDS

_CLASS = KINDS.index(NodeKind.CLASS)
SHORTEST = 3
"""Letters of a word that may name a definition."""


class Mentions:
    """Exact names of a view, by hash."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._of = arrays
        self._files = len(arrays["file_prior"])
        self._documents = len(arrays["document_symbol"])

    def scores(self, named: Mentioned) -> Floats:
        """Of every document; a rare name written as code counts most."""
        scores = np.zeros(self._documents)
        self._names(scores, named)
        for _, documents in self._found([f"q:{tail}" for tail in named.dotted]):
            scores[documents] += 2.0
        files = self._file_scores(named.files)
        if files.any():
            scores += (files / 10.0)[self._of["document_file"]]
        return scores

    def _names(self, scores: Floats, named: Mentioned) -> None:
        words = list(named.words)
        own = dict(self._found([f"n:{word}" for word in words]))
        members = dict(self._found([f"c:{word}" for word in words]))
        for word, is_code in named.words.items():
            documents = own.get(f"n:{word}", np.zeros(0, np.int64))
            if len(word) >= SHORTEST and len(documents):
                scores[documents] += _certainty(word, is_code) * 3.0 / (1 + math.log(len(documents)))
            inside = members.get(f"c:{word}")
            if inside is not None:
                classes = int((self._of["symbol_kind"][self._of["document_symbol"][documents]] == _CLASS).sum())
                scores[inside] += (1.0 if is_code else 0.4) / (1 + math.log(max(1, classes)))

    def _found(self, keys: Sequence[str]) -> list[tuple[str, Ints]]:
        ranges = ranges_of(self._of["name_key"], [hash64(key) for key in keys])
        found = [(key, np.unique(self._of["name_document"][start:end])) for key, (start, end) in zip(keys, ranges, strict=True) if end > start]
        return [(key, documents.astype(np.int64)) for key, documents in found]

    def _file_scores(self, keys: Sequence[str]) -> npt.NDArray[np.uint8]:
        weights = np.zeros(self._files, np.uint8)
        for start, end in ranges_of(self._of["file_key"], [hash64(key) for key in keys]):
            np.maximum.at(weights, self._of["file_number"][start:end], self._of["file_weight"][start:end])
        return weights


def _certainty(word: str, is_code: bool) -> float:
    """How likely a word of the task that equals a name means it."""
    if is_code:
        return 1.0
    return 0.35 if len(word) > 4 else 0.1
