"""Which term occurs how often in which document and file: built from word tables, stored as whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding import Lexicon, RaggedArray, group_starts, offsets_of, path_words, words_of
from aura_core.model.facts import FileFacts, WordTable
from aura_core.model.graph import plain_name
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashes import Hashes, Ints

NAME_WEIGHT, PATH_WEIGHT, FILE_PATH_WEIGHT = 5, 2, 5
"""What one use counts in a document's name and path, and in a file's path, where one in the body counts 1."""

FIELD_BITS, COUNT_BITS = 2, 16
"""Bits of a field's number and of a count, which stand side by side in one number."""
_BODY, _NAME, _PATH = range(3)
_MAX_USES = (1 << COUNT_BITS) - 1
_BODY_SHIFT, _NAME_SHIFT, _PATH_SHIFT = _SHIFTS = (32, 16, 0)
"""Where the counts of one document's fields stand while they are summed; a name or a path has fewer than 65,536 words.
"""

MAX_IN_BODY, MAX_IN_HEADER = 65_535, 15
"""Counts that are stored at most: 16 bits for the body, four for the name and four for the path. They saturate when a
segment is built, and so alike in every view.
"""

FILES_AT_ONCE = 128
"""Files whose words are read together, so that numpy's calls are few and the arrays small."""

Numbers = npt.NDArray[np.uint32]


class FileWords(NamedTuple):
    """What is searched of one file: its path, the qualified names of its documents, their rows among its definitions,
    and its words.
    """

    path: str
    names: Sequence[str]
    rows: Sequence[int]
    table: WordTable


class TermUses(NamedTuple):
    """One entry for each use: the term's id in the lexicon, the document, and ``field << COUNT_BITS | how often``."""

    term: Numbers
    document: Numbers
    field_count: Numbers


class PostingColumns:
    """Collects the terms of a segment, file by file; documents are numbered in the order in which they come."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._unread_files: list[FileWords] = []
        self._uses: list[TermUses] = []
        self._document_counts: list[int] = []
        self.documents = 0

    def add(self, path: str, facts: FileFacts, rows: Sequence[int]) -> None:
        """Add a file's documents, given the rows of its definitions that own text."""
        names = [facts.definitions[row].qualname for row in rows]
        self._unread_files.append(FileWords(path, names, rows, facts.words))
        if len(self._unread_files) == FILES_AT_ONCE:
            self._read_files()

    def _read_files(self) -> None:
        self._uses.append(term_uses(self._lexicon, self._unread_files, self.documents))
        counts = [len(file.names) for file in self._unread_files]
        self._document_counts += counts
        self.documents += sum(counts)
        self._unread_files = []

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a segment: postings by term over documents and over files, and the lengths of both.

        It may be called once: what was added is freed on the way.
        """
        self._read_files()
        file_count = len(self._document_counts)
        file_of = np.repeat(np.arange(file_count, dtype=np.uint32), np.array(self._document_counts, np.int64))
        hashes, use = self._sorted_uses()
        # One entry a document and term: the counts of its three fields are added side by side in one number.
        counts = _shift_counts(use)
        use >>= FIELD_BITS + COUNT_BITS
        starts = group_starts(use)
        counts, key = _sums(counts, starts), use[starts]
        del use, starts
        term = (key >> self._document_bits).astype(np.uint32)
        document = (key & (1 << self._document_bits) - 1).astype(np.uint32)
        del key
        in_body = np.minimum(counts >> _BODY_SHIFT, MAX_IN_BODY).astype(np.uint16)
        in_name, in_path = (
            np.minimum(counts >> shift & 0xFFFF, MAX_IN_HEADER).astype(np.uint8) for shift in (_NAME_SHIFT, _PATH_SHIFT)
        )
        del counts
        length = in_body.astype(np.uint32)
        length += NAME_WEIGHT * in_name.astype(np.uint16)
        length += PATH_WEIGHT * in_path.astype(np.uint16)
        arrays: dict[str, Array] = {
            "term_hash": hashes,
            "post_start": np.searchsorted(term, np.arange(len(hashes) + 1, dtype=np.uint32)).astype(np.uint32),
            "post_document": document,
            "post_body": in_body,
            "post_header": in_name << 4 | in_path,
            "document_length": np.bincount(document, weights=length, minlength=self.documents).astype(np.uint32),
            "document_file": file_of,
        }
        return arrays | _file_postings(term, file_of[document], in_body, in_path, len(hashes), file_count)

    @property
    def _document_bits(self) -> int:
        return max(1, self.documents.bit_length())

    def _sorted_uses(self) -> tuple[Hashes, Ints]:
        """Return the hashes of the terms used here, sorted; and the uses, sorted: place of the term, document, field
        and count in one number each. One sort of such numbers is faster than one by several columns.
        """
        term, document, field_count = (np.concatenate(column) for column in zip(*self._uses, strict=True))
        self._uses = []
        hashes, use = self._places_by_hash(term)
        # In place, because these are the largest arrays while a view is built.
        if len(hashes).bit_length() + self._document_bits + FIELD_BITS + COUNT_BITS > 63:
            raise ValueError(f"{len(hashes)} terms of {self.documents} documents are too many for one segment")
        use <<= self._document_bits
        use |= document
        use <<= FIELD_BITS + COUNT_BITS
        use |= field_count
        use.sort()
        return hashes, use

    def _places_by_hash(self, term: Numbers) -> tuple[Hashes, Ints]:
        """Return the hashes of the terms used here, sorted; and the place in them of each term. Ids of terms differ
        between processes, hashes do not.
        """
        all_hashes = self._lexicon.term_hashes()
        is_used = np.zeros(len(all_hashes), np.bool_)
        is_used[term] = True
        ids = np.flatnonzero(is_used)
        order = np.argsort(all_hashes[ids])
        place = np.zeros(len(all_hashes), np.int64)
        place[ids[order]] = np.arange(len(ids))
        return all_hashes[ids][order], place[term]


def _shift_counts(use: Ints) -> Ints:
    """Return each count at the bits where its field's counts are summed."""
    counts = use & (1 << COUNT_BITS) - 1
    field = (use >> COUNT_BITS).astype(np.uint8) & (1 << FIELD_BITS) - 1
    counts <<= np.array(_SHIFTS, np.uint8)[field]
    return counts


def _file_postings(
    term: Array, file: Array, in_body: Array, in_path: Array, term_count: int, file_count: int
) -> dict[str, Array]:
    """Return the postings over files, from those over documents, which are sorted by term and file."""
    starts = group_starts(term.astype(np.int64) << 32 | file)
    # All documents of a file have its path: it counts once.
    path_share = FILE_PATH_WEIGHT * in_path[starts].astype(np.int64)
    frequency = np.minimum(_sums(in_body.astype(np.int64), starts) + path_share, MAX_IN_BODY)
    file = file[starts]
    return {
        "file_post_start": np.searchsorted(term[starts], np.arange(term_count + 1, dtype=np.uint32)).astype(np.uint32),
        "file_post_file": file,
        "file_post_count": frequency.astype(np.uint16),
        "file_length": np.bincount(file, weights=frequency, minlength=file_count).astype(np.uint32),
    }


def _sums(values: Ints, starts: Ints) -> Ints:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0, np.int64)


def term_uses(lexicon: Lexicon, files: Sequence[FileWords], first_document: int) -> TermUses:
    """Return which terms the files' documents use, in their own text, in their names and in the path of their file.

    Documents are numbered from ``first_document``. A path's terms count in each of its file's documents.
    """
    names = [words_of(plain_name(name).encode(errors="replace")) for file in files for name in file.names]
    paths = [path_words(file.path) for file in files]
    ids = lexicon.learn(list(chain(*(file.table.words for file in files), *names, *paths)))
    name_sizes, path_sizes = _lengths(names), _lengths(paths)
    table_size = len(ids) - int(name_sizes.sum()) - int(path_sizes.sum())
    # All words of the files were learned in one call, which is split into the three fields again.
    table_words, name_words, words_of_paths = np.split(ids, np.cumsum((table_size, int(name_sizes.sum()))))
    body = _body_uses(files)
    file_of = np.repeat(np.arange(len(files)), _lengths([file.names for file in files]))
    in_paths, sizes_in_paths = RaggedArray(offsets_of(path_sizes), words_of_paths).take(file_of)
    term, term_counts = lexicon.word_terms().take(np.concatenate((table_words[body.word], name_words, in_paths)))
    document = np.arange(first_document, first_document + len(names), dtype=np.uint32)
    documents = np.concatenate(
        [np.repeat(document, sizes) for sizes in (body.words_of_document, name_sizes, sizes_in_paths)]
    )
    field_counts = np.concatenate(
        (
            body.field_count,
            np.full(len(name_words), _NAME << COUNT_BITS | 1),
            np.full(len(in_paths), _PATH << COUNT_BITS | 1),
        )
    )
    return TermUses(
        term.astype(np.uint32),
        np.repeat(documents, term_counts),
        np.repeat(field_counts.astype(np.uint32), term_counts),
    )


class _BodyUses(NamedTuple):
    """Uses of words in the text of documents, document after document.

    ``word``: the place of each use's word among the words of all tables. ``words_of_document``: how many uses each
    document has.
    """

    word: Ints
    words_of_document: Ints
    field_count: Ints


def _body_uses(files: Sequence[FileWords]) -> _BodyUses:
    empty = np.zeros(0, np.int64)
    words = [_unpack(file.table.index) for file in files]
    first_words = np.cumsum([0, *(len(file.table.words) for file in files)])[:-1]
    per_document = [_unpack(file.table.per_definition)[np.array(file.rows, np.int64)] for file in files]
    counts = np.concatenate([empty, *(_unpack(file.table.count) for file in files)])
    return _BodyUses(
        np.concatenate([empty, *words]) + np.repeat(first_words, _lengths(words)),
        np.concatenate([empty, *per_document]),
        np.minimum(counts, _MAX_USES) | _BODY << COUNT_BITS,
    )


def _lengths(rows: Sequence[Sequence[Any] | npt.NDArray[Any]]) -> Ints:
    return np.array([len(row) for row in rows], np.int64)


def _unpack(column: tuple[int, bytes]) -> npt.NDArray[Any]:
    """Return a packed column of a word table, which is its item size and its bytes."""
    item_size, data = column
    return np.frombuffer(data, f"<u{item_size}")
