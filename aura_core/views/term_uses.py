"""Which search terms the documents of some files use, and where: in their own text, in their names, in the path of
their file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.embedding import Lexicon, Ragged, path_words, words_of
from aura_core.model.facts import WordTable
from aura_core.model.graph import plain_name
from aura_core.views.segments.hashing import Ints

FIELD_BITS, COUNT_BITS = 2, 16
_BODY, _NAME, _PATH = range(3)
_MOST = (1 << COUNT_BITS) - 1

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
    """One entry a use: the term's id in the lexicon, the document, and ``field << COUNT_BITS | how often``."""

    term: Numbers
    document: Numbers
    times: Numbers


def term_uses(lexicon: Lexicon, files: Sequence[FileWords], first: int) -> TermUses:
    """The uses by some files' documents, which are numbered from ``first``. A path's terms count in each of its file's
    documents.
    """
    names = [words_of(plain_name(name).encode(errors="replace")) for file in files for name in file.names]
    paths = [path_words(file.path) for file in files]
    ids = lexicon.learn(list(chain(*(file.table.words for file in files), *names, *paths)))
    in_names, in_paths = _lengths(names), _lengths(paths)
    vocabulary, named, pathed = np.split(
        ids, np.cumsum((len(ids) - int(in_names.sum()) - int(in_paths.sum()), int(in_names.sum())))
    )
    document = np.arange(first, first + len(names), dtype=np.uint32)
    index, in_body, count = _body(files)
    on_path, repeats = _ragged(pathed, in_paths).take(
        np.repeat(np.arange(len(files)), _lengths([file.names for file in files]))
    )
    term, many = lexicon.word_terms().take(np.concatenate((vocabulary[index], named, on_path)))
    documents = np.concatenate([np.repeat(document, times) for times in (in_body, in_names, repeats)])
    counts = np.concatenate(
        (count, np.full(len(named), _NAME << COUNT_BITS | 1), np.full(len(on_path), _PATH << COUNT_BITS | 1))
    )
    return TermUses(term.astype(np.uint32), np.repeat(documents, many), np.repeat(counts.astype(np.uint32), many))


def _body(files: Sequence[FileWords]) -> tuple[Ints, Ints, Ints]:
    """(place of each word among those of all files, how many of them each document has, how often each occurs there)."""
    index = [_unpacked(file.table.index) for file in files]
    first = np.cumsum([0, *(len(file.table.words) for file in files)])[:-1]
    in_body = np.concatenate(
        [
            np.zeros(0, np.int64),
            *(_unpacked(file.table.per_definition)[np.array(file.rows, np.int64)] for file in files),
        ]
    )
    count = np.concatenate([np.zeros(0, np.int64), *(_unpacked(file.table.count) for file in files)])
    place = np.concatenate([np.zeros(0, np.int64), *index]) + np.repeat(first, _lengths(index))
    return place, in_body, np.minimum(count, _MOST) | _BODY << COUNT_BITS


def _ragged(values: Ints, lengths: Ints) -> Ragged:
    return Ragged(np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))), values)


def _lengths(rows: Sequence[Sequence[Any] | npt.NDArray[Any]]) -> Ints:
    return np.array([len(row) for row in rows], np.int64)


def _unpacked(column: tuple[int, bytes]) -> npt.NDArray[Any]:
    """A packed column of a word table."""
    size, data = column
    return np.frombuffer(data, f"<u{size}")
