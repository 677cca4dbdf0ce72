"""Which term occurs how often in which document and file: built from word tables, kept as whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aura_core.embedding import Lexicon
from aura_core.model.facts import FileFacts
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashing import Ints, boundaries
from aura_core.views.term_uses import COUNT_BITS, FIELD_BITS, FileWords, TermUses, term_uses

NAME_WEIGHT, PATH_WEIGHT, FILE_PATH_WEIGHT = 5, 2, 5
_BODY_SHIFT, _NAME_SHIFT, _PATH_SHIFT = _SHIFTS = (32, 16, 0)
"""Where the counts of one document's fields stand while they are summed; a name or a path has fewer than 65,536 words.
"""

MOST_IN_BODY, MOST_IN_HEADER = 65_535, 15
"""Counts saturate, at build and so in every view alike."""

FILES_AT_ONCE = 128


class PostingColumns:
    """Grows file by file; every document is numbered in the order in which it came."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._waiting: list[FileWords] = []
        self._uses: list[TermUses] = []
        self._sizes: list[int] = []
        self.documents = 0

    def add(self, path: str, facts: FileFacts, rows: Sequence[int]) -> None:
        """One file, with the rows of its definitions that own text: its documents."""
        self._waiting.append(FileWords(path, [facts.definitions[row].qualname for row in rows], rows, facts.words))
        if len(self._waiting) == FILES_AT_ONCE:
            self._read()

    def _read(self) -> None:
        self._uses.append(term_uses(self._lexicon, self._waiting, self.documents))
        self._sizes += [len(file.names) for file in self._waiting]
        self.documents += sum(len(file.names) for file in self._waiting)
        self._waiting = []

    def arrays(self) -> dict[str, Array]:
        """The arrays of a segment: postings by term over documents and over files, and the lengths of both. To be
        asked for once.
        """
        self._read()
        file_of = np.repeat(np.arange(len(self._sizes), dtype=np.uint32), np.array(self._sizes, np.int64))
        hashes, use = self._by_term()
        counts = _spread(use)
        use >>= FIELD_BITS + COUNT_BITS
        starts = boundaries(use)
        counts, key = _summed(counts, starts), use[starts]
        del use, starts
        term, document = (
            (key >> self._document_bits).astype(np.uint32),
            (key & (1 << self._document_bits) - 1).astype(np.uint32),
        )
        del key
        tf_body = np.minimum(counts >> _BODY_SHIFT, MOST_IN_BODY).astype(np.uint16)
        tf_name, tf_path = (
            np.minimum(counts >> shift & 0xFFFF, MOST_IN_HEADER).astype(np.uint8)
            for shift in (_NAME_SHIFT, _PATH_SHIFT)
        )
        del counts
        offsets = np.searchsorted(term, np.arange(len(hashes) + 1, dtype=np.uint32))
        length = tf_body.astype(np.uint32)
        length += NAME_WEIGHT * tf_name.astype(np.uint16)
        length += PATH_WEIGHT * tf_path.astype(np.uint16)
        arrays: dict[str, Array] = {
            "term_hash": hashes,
            "post_start": offsets.astype(np.uint32),
            "post_document": document,
            "post_body": tf_body,
            "post_header": tf_name << 4 | tf_path,
            "document_length": np.bincount(document, weights=length, minlength=self.documents).astype(np.uint32),
            "document_file": file_of,
        }
        return arrays | _over_files(term, file_of[document], tf_body, tf_path, len(hashes), len(self._sizes))

    @property
    def _document_bits(self) -> int:
        return max(1, self.documents.bit_length())

    def _by_term(self) -> tuple[npt.NDArray[np.uint64], Ints]:
        """(hashes of the terms used here, sorted; the uses, sorted: place of the term, document, field and count in
        one number each).
        """
        term, document, count = (np.concatenate(column) for column in zip(*self._uses, strict=True))
        self._uses = []
        hashes, use = self._by_hash(term)
        if len(hashes).bit_length() + self._document_bits + FIELD_BITS + COUNT_BITS > 63:
            raise ValueError(f"{len(hashes)} terms of {self.documents} documents are too many for one segment")
        use <<= self._document_bits
        use |= document
        use <<= FIELD_BITS + COUNT_BITS
        use |= count
        use.sort()
        return hashes, use

    def _by_hash(self, term: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
        """Process ids of terms replaced by places in hash order, of the terms used here only."""
        known = self._lexicon.term_hashes()
        used = np.zeros(len(known), np.bool_)
        used[term] = True
        ids = np.flatnonzero(used)
        order = np.argsort(known[ids])
        place = np.zeros(len(known), np.int64)
        place[ids[order]] = np.arange(len(ids))
        return known[ids][order], place[term]


def _spread(use: Ints) -> Ints:
    """Each count where its field's counts are summed."""
    counts = use & (1 << COUNT_BITS) - 1
    field = (use >> COUNT_BITS).astype(np.uint8) & (1 << FIELD_BITS) - 1
    counts <<= np.array(_SHIFTS, np.uint8)[field]
    return counts


def _over_files(term: Array, file: Array, body: Array, path: Array, terms: int, files: int) -> dict[str, Array]:
    starts = boundaries(term.astype(np.int64) << 32 | file)
    frequency = np.minimum(
        _summed(body.astype(np.int64), starts) + FILE_PATH_WEIGHT * path[starts].astype(np.int64), MOST_IN_BODY
    )
    file = file[starts]
    return {
        "file_post_start": np.searchsorted(term[starts], np.arange(terms + 1, dtype=np.uint32)).astype(np.uint32),
        "file_post_file": file,
        "file_post_count": frequency.astype(np.uint16),
        "file_length": np.bincount(file, weights=frequency, minlength=files).astype(np.uint32),
    }


def _summed(values: Ints, starts: Ints) -> Ints:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, np.int64)
