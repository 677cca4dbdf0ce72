"""Which term occurs how often in which document and file: built from word tables, kept as whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.embedding import Lexicon, words_of
from aura_core.model.facts import FileFacts
from aura_core.model.graph import plain_name
from aura_core.views.hashing import Ints, boundaries
from aura_core.views.segment_file import Array

NAME_WEIGHT, PATH_WEIGHT, FILE_PATH_WEIGHT = 5, 2, 5
_BODY_SHIFT, _NAME_SHIFT = 32, 16
"""Where the counts of one document's fields stand while they are summed; a name or a path has fewer than 65,536 words."""

MOST_IN_BODY, MOST_IN_HEADER = 65_535, 15
"""Counts saturate, at build and so in every view alike."""


class PostingColumns:
    """Grows file by file; every document is numbered in the order in which it came."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._body: list[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint16]]] = []
        self._names: list[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]] = []
        self._paths: list[Ints] = []
        self._file_of: list[npt.NDArray[np.uint32]] = []
        self.documents = 0

    def add(self, path: str, facts: FileFacts, rows: Sequence[int]) -> None:
        """One file, with the rows of its definitions that own text: its documents."""
        names, table = [facts.definitions[row].qualname for row in rows], facts.words
        first, self.documents = self.documents, self.documents + len(names)
        document_of_row = np.zeros(len(unpacked(table.per_definition)), np.uint32)
        document_of_row[np.array(rows, np.int64)] = np.arange(first, self.documents)
        words = self._lexicon.learn(table.words).astype(np.uint32)[unpacked(table.index)]
        counts = np.minimum(unpacked(table.count).astype(np.int64), MOST_IN_BODY).astype(np.uint16)
        self._body.append((words, np.repeat(document_of_row, unpacked(table.per_definition)), counts))
        split = [words_of(plain_name(name).encode(errors="replace")) for name in names]
        named = self._lexicon.learn([word for some in split for word in some]).astype(np.uint32)
        self._names.append((named, np.repeat(np.arange(first, self.documents, dtype=np.uint32), [len(some) for some in split])))
        self._paths.append(self._lexicon.learn(words_of(_without_suffix(path).encode(errors="replace"))))
        self._file_of.append(np.full(len(names), len(self._file_of), np.uint32))

    def arrays(self) -> dict[str, Array]:
        """The arrays of a segment: postings by term over documents and over files, and the lengths of both."""
        file_of = _joined(self._file_of, np.uint32)
        hashes, key, counts = self._uses(file_of)
        order = np.argsort(key)
        key = key[order]
        counts = counts[order]
        del order
        starts = boundaries(key)
        counts = _summed(counts, starts)
        key = key[starts]
        del starts
        term, document = (key >> 32).astype(np.uint32), key.astype(np.uint32)
        del key
        tf_body = np.minimum(counts >> _BODY_SHIFT, MOST_IN_BODY).astype(np.uint16)
        tf_name, tf_path = (np.minimum(counts >> shift & 0xFFFF, MOST_IN_HEADER).astype(np.uint8) for shift in (_NAME_SHIFT, 0))
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
        return arrays | _over_files(term, file_of[document], tf_body, tf_path, len(hashes), len(self._file_of))

    def _uses(self, file_of: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint64], Ints, Ints]:
        """(hashes of the terms used here, sorted; for each use place of its term << 32 | document; its count, shifted to its field)."""
        terms = self._lexicon.word_terms()
        body_term, repeats = terms.take(_joined([b[0] for b in self._body], np.uint32).astype(np.int64))
        body_document = np.repeat(_joined([b[1] for b in self._body], np.uint32), repeats)
        body_count = np.repeat(_joined([b[2] for b in self._body], np.uint16), repeats)
        name_term, repeats = terms.take(_joined([n[0] for n in self._names], np.uint32).astype(np.int64))
        name_document = np.repeat(_joined([n[1] for n in self._names], np.uint32), repeats)
        path_term, path_document = self._path_uses(file_of)
        body, header = len(body_term), len(body_term) + len(name_term)
        term = np.concatenate((body_term, name_term, path_term))
        del body_term, name_term, path_term
        hashes, key = self._by_hash(term)
        del term
        key <<= 32
        for part, document in ((key[:body], body_document), (key[body:header], name_document), (key[header:], path_document)):
            part |= document
        counts = np.ones(len(key), np.int64)
        counts[:body] = body_count
        counts[:body] <<= _BODY_SHIFT
        counts[body:header] <<= _NAME_SHIFT
        return hashes, key, counts

    def _path_uses(self, file_of: npt.NDArray[np.uint32]) -> tuple[Ints, Ints]:
        """A path's terms count in each of its file's documents."""
        words = self._lexicon.word_terms()
        per_file = [words.take(path)[0] for path in self._paths]
        sizes = np.array([len(terms) for terms in per_file], np.int64)
        starts = np.cumsum(sizes) - sizes
        repeats = sizes[file_of]
        first = np.repeat(starts[file_of] - (np.cumsum(repeats) - repeats), repeats)
        flat = _joined(per_file, np.int64)
        return flat[first + np.arange(len(first))], np.repeat(np.arange(len(file_of)), repeats)

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


def unpacked(column: tuple[int, bytes]) -> npt.NDArray[Any]:
    """A packed column of a word table."""
    size, data = column
    return np.frombuffer(data, f"<u{size}")


def _over_files(term: Array, file: Array, body: Array, path: Array, terms: int, files: int) -> dict[str, Array]:
    starts = boundaries(term.astype(np.int64) << 32 | file)
    frequency = np.minimum(_summed(body.astype(np.int64), starts) + FILE_PATH_WEIGHT * path[starts].astype(np.int64), MOST_IN_BODY)
    file = file[starts]
    return {
        "file_post_start": np.searchsorted(term[starts], np.arange(terms + 1, dtype=np.uint32)).astype(np.uint32),
        "file_post_file": file,
        "file_post_count": frequency.astype(np.uint16),
        "file_length": np.bincount(file, weights=frequency, minlength=files).astype(np.uint32),
    }


def _summed(values: Ints, starts: Ints) -> Ints:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, np.int64)


def _joined(parts: Sequence[npt.NDArray[Any]], kind: Any) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _without_suffix(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"
