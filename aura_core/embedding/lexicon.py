"""A memo of words: word → sub-tokens and search terms. Its ids never leave the process."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from threading import Lock

import numpy as np
import numpy.typing as npt

from aura_core.embedding.id_table import IdTable
from aura_core.embedding.ragged_array import GrowingArray, GrowingRaggedArray, Ints, RaggedArray
from aura_core.embedding.terms import END, join_words, sub_tokens, term_hash, term_of, terms_of, whole_word

_NO_TERM = -1


class Lexicon:
    """Splits every distinct word once. Words, sub-tokens and terms have ids in order of first use, which stay valid as
    long as the lexicon.

    ``learn`` may be called from several threads. ``tokens`` and ``terms`` are values by id; token 0 ends a word and is
    in none.
    """

    def __init__(self) -> None:
        self._words: IdTable[bytes] = IdTable()
        self._tokens: IdTable[str] = IdTable()
        self._terms: IdTable[str] = IdTable()
        self._tokens.ids([END])
        self._term_of_token = GrowingArray((_NO_TERM,))
        self._word_tokens = GrowingRaggedArray()
        self._word_terms = GrowingRaggedArray()
        self._hashes = np.zeros(0, np.uint64)
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many distinct words were learned."""
        return len(self._words.values)

    @property
    def tokens(self) -> list[str]:
        """Sub-tokens by id."""
        return self._tokens.values

    @property
    def terms(self) -> list[str]:
        """Search terms by id."""
        return self._terms.values

    def learn(self, words: Sequence[bytes]) -> Ints:
        """Return the ids of words; new ones are split first."""
        with self._lock:
            known_words = len(self)
            ids = self._words.ids(words)
            if len(self) > known_words:
                self._split(self._words.values[known_words:])
            return ids

    def word_tokens(self) -> RaggedArray:
        """Return the ids of each word's sub-tokens, in order, with repeats."""
        return self._word_tokens.view()

    def word_terms(self) -> RaggedArray:
        """Return the ids of each word's search terms, in order, with repeats."""
        return self._word_terms.view()

    def term_hashes(self) -> npt.NDArray[np.uint64]:
        """Return the 64-bit hash of each term, the same in every process."""
        with self._lock:
            new = self.terms[len(self._hashes) :]
            if new:
                self._hashes = np.concatenate((self._hashes, np.fromiter(map(term_hash, new), np.uint64, len(new))))
            return self._hashes

    def _split(self, new_words: Sequence[bytes]) -> None:
        """Split all words at once: one search over a text of them takes a third of the time of one for each."""
        text = join_words(new_words)
        token = self._tokens.ids(sub_tokens(text, with_ends=True))
        self._learn_terms_of_tokens()
        ends = np.flatnonzero(token == 0)
        token_counts = np.diff(ends, prepend=-1) - 1
        assert len(token_counts) == len(new_words)
        self._word_tokens.extend(token[token > 0], token_counts)
        self._word_terms.extend(*self._terms_of(text.split(END)[:-1], token, ends, token_counts))

    def _learn_terms_of_tokens(self) -> None:
        terms = [term_of(token) for token in self.tokens[len(self._term_of_token.view()) :]]
        ids = np.full(len(terms), _NO_TERM)
        ids[[term is not None for term in terms]] = self._terms.ids([term for term in terms if term is not None])
        self._term_of_token.extend(ids)

    def _terms_of(self, words: Sequence[str], token: Ints, ends: Ints, token_counts: Ints) -> tuple[Ints, Ints]:
        """Return the ids of the terms of all words, and how many each has, without stemming a known sub-token again.

        ``token`` holds the sub-tokens of the words, word after word, with token 0 at ``ends``.
        """
        ascii_words = np.fromiter(map(str.isascii, words), np.bool_, len(words))
        term = self._term_of_token.view()[token]
        # The place of a word's end is free: the term of the whole word goes there.
        compounds = np.flatnonzero(ascii_words & (token_counts > 1))
        term[ends[compounds]] = self._terms.ids([whole_word(words[row]) for row in compounds.tolist()])
        term[np.repeat(~ascii_words, token_counts + 1)] = _NO_TERM
        term_counts = np.diff(np.cumsum(term != _NO_TERM)[ends], prepend=0)
        term = term[term != _NO_TERM]
        # Words of other scripts are split by another rule, one by one; their terms are put in between.
        others = np.flatnonzero(~ascii_words)
        other_terms = [terms_of(words[row], []) for row in others.tolist()]
        sizes = np.array([len(terms) for terms in other_terms], np.int64)
        place = np.repeat((np.cumsum(term_counts) - term_counts)[others], sizes)
        term_counts[others] = sizes
        return np.insert(term, place, self._terms.ids(list(chain(*other_terms)))), term_counts
