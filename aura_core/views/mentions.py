"""Scores for what a task names exactly: definitions, classes, dotted names, files."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aura_core.model.graph import NodeKind
from aura_core.views.bm25 import Floats
from aura_core.views.segments.hashes import Ints, distinct, hash64, ranges_of
from aura_core.views.segments.mention_keys import TaskMentions
from aura_core.views.segments.reader import Segments
from aura_core.views.segments.symbol_columns import KINDS

_CLASS = KINDS.index(NodeKind.CLASS)

MIN_NAME_LETTERS = 3
"""Letters of a word that may name a definition."""

NAME_SCORE, DOTTED_NAME_SCORE, CLASS_MEMBER_SCORE = 3.0, 2.0, 1.0
"""What a definition gets for its own name, for its class's and its own together, and for its class's alone."""

PROSE_CERTAINTY, SHORT_PROSE_CERTAINTY, PROSE_CLASS_CERTAINTY = 0.35, 0.1, 0.4
"""How likely a word that equals a name means it when it is not written as code: a word of more than four letters, a
shorter one, and the name of a class.
"""


class Mentions:
    """Finds the exact names of a view by their hashes."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._file_of = segments.row_column("document_file", "file")

    def scores(self, mentions: TaskMentions) -> Floats:
        """Return the score of every document; a rare name written as code counts most. 0 for deleted documents."""
        scores = np.zeros(self._segments.document_count)
        self._add_names(scores, mentions)
        for documents in self._documents_of([f"q:{name}" for name in mentions.dotted_names]).values():
            scores[documents] += DOTTED_NAME_SCORE
        tenths = self._file_weights(mentions.file_keys)
        if tenths.any():
            scores += (tenths / 10.0)[self._file_of]
        return scores

    def definitions(self, name: str) -> list[int]:
        """Return the documents that define a name, in order."""
        documents = self._documents_of([f"n:{name}"]).get(f"n:{name}")
        return documents.tolist() if documents is not None else []

    def _add_names(self, scores: Floats, mentions: TaskMentions) -> None:
        words = list(mentions.words)
        documents_of_name = self._documents_of([f"n:{word}" for word in words])
        members_of_class = self._documents_of([f"c:{word}" for word in words])
        for word, is_code in mentions.words.items():
            documents = documents_of_name.get(f"n:{word}", np.zeros(0, np.int64))
            if len(word) >= MIN_NAME_LETTERS and len(documents):
                scores[documents] += _certainty(word, is_code) * NAME_SCORE / (1 + math.log(len(documents)))
            # A class that is named means its methods too, and the more classes have that name, the less each.
            members = members_of_class.get(f"c:{word}")
            if members is not None:
                certainty = CLASS_MEMBER_SCORE if is_code else PROSE_CLASS_CERTAINTY
                scores[members] += certainty / (1 + math.log(max(1, self._count_classes(documents))))

    def _count_classes(self, documents: Ints) -> int:
        """Return how many of the documents are classes."""
        classes = 0
        for segment in self._segments:
            local_rows = documents - segment.first_document
            local_rows = local_rows[(local_rows >= 0) & (local_rows < segment.document_count)]
            symbols = segment.arrays["document_symbol"][local_rows]
            classes += int((segment.arrays["symbol_kind"][symbols] == _CLASS).sum())
        return classes

    def _documents_of(self, keys: Sequence[str]) -> dict[str, Ints]:
        """Return the documents of each key that names any."""
        hashes, rows_of = [hash64(key) for key in keys], defaultdict(list)
        for segment in self._segments:
            for key, (start, end) in zip(keys, ranges_of(segment.arrays["name_key"], hashes), strict=True):
                if end > start:
                    rows = segment.arrays["name_document"][start:end].astype(np.int64) + segment.first_document
                    rows_of[key].append(rows[self._segments.live_documents[rows]] if len(segment.deleted) else rows)
        documents_of = {key: distinct(np.concatenate(rows)) for key, rows in rows_of.items()}
        return {key: documents for key, documents in documents_of.items() if len(documents)}

    def _file_weights(self, keys: Sequence[str]) -> npt.NDArray[np.uint8]:
        """Return the largest weight, in tenths, of the keys that name each file."""
        weights, hashes = np.zeros(self._segments.file_count, np.uint8), [hash64(key) for key in keys]
        for segment in self._segments:
            arrays, first = segment.arrays, segment.first_file
            own_weights = weights[first : first + segment.file_count]
            for start, end in ranges_of(arrays["file_key"], hashes):
                # A file has one weight, that of its best mention, so that naming it twice counts once.
                np.maximum.at(own_weights, arrays["file_number"][start:end], arrays["file_weight"][start:end])
        weights[~self._segments.live_files] = 0
        return weights


def _certainty(word: str, is_code: bool) -> float:
    """Return how likely a word of the task that equals a definition's name means it."""
    if is_code:
        return 1.0
    return PROSE_CERTAINTY if len(word) > 4 else SHORT_PROSE_CERTAINTY
