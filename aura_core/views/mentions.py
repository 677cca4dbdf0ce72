"""Scores for what a task names exactly: definitions, classes, dotted names, files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import NodeKind
from aura_core.views.bm25 import Floats
from aura_core.views.segments.hashing import Ints, distinct, hash64, ranges_of
from aura_core.views.segments.mention_keys import Mentioned
from aura_core.views.segments.reader import Parts
from aura_core.views.segments.symbol_columns import KINDS

_CLASS = KINDS.index(NodeKind.CLASS)
SHORTEST = 3
"""Letters of a word that may name a definition."""


class Mentions:
    """Exact names of a view, by hash."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._file_of = parts.joined("document_file", "file")

    def scores(self, named: Mentioned) -> Floats:
        """Of every document; a rare name written as code counts most. 0 for what is dead."""
        scores = np.zeros(self._parts.documents)
        self._names(scores, named)
        for _, documents in self._found([f"q:{tail}" for tail in named.dotted]):
            scores[documents] += 2.0
        files = self._file_scores(named.files)
        if files.any():
            scores += (files / 10.0)[self._file_of]
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
                scores[inside] += (1.0 if is_code else 0.4) / (1 + math.log(max(1, self._classes(documents))))

    def _classes(self, documents: Ints) -> int:
        """How many of the documents are classes."""
        classes = 0
        for part in self._parts.all:
            here = (
                documents[(documents >= part.document) & (documents < part.document + part.documents)] - part.document
            )
            classes += int((part.arrays["symbol_kind"][part.arrays["document_symbol"][here]] == _CLASS).sum())
        return classes

    def _found(self, keys: Sequence[str]) -> list[tuple[str, Ints]]:
        """(key, documents) of the keys that name any."""
        hashes, found = [hash64(key) for key in keys], defaultdict(list)
        for part in self._parts.all:
            for key, (start, end) in zip(keys, ranges_of(part.arrays["name_key"], hashes), strict=True):
                if end > start:
                    documents = part.arrays["name_document"][start:end].astype(np.int64) + part.document
                    found[key].append(documents[self._parts.document_alive[documents]] if len(part.dead) else documents)
        each = ((key, distinct(np.concatenate(documents))) for key, documents in found.items())
        return [(key, documents) for key, documents in each if len(documents)]

    def _file_scores(self, keys: Sequence[str]) -> npt.NDArray[np.uint8]:
        weights, hashes = np.zeros(self._parts.files, np.uint8), [hash64(key) for key in keys]
        for part in self._parts.all:
            of = weights[part.file : part.file + part.files]
            for start, end in ranges_of(part.arrays["file_key"], hashes):
                np.maximum.at(of, part.arrays["file_number"][start:end], part.arrays["file_weight"][start:end])
        weights[~self._parts.file_alive] = 0
        return weights


def _certainty(word: str, is_code: bool) -> float:
    """How likely a word of the task that equals a name means it."""
    if is_code:
        return 1.0
    return 0.35 if len(word) > 4 else 0.1
