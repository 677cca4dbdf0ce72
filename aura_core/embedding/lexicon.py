"""A process-local memo: word → sub-tokens and search terms. Its ids never leave the process."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from threading import Lock

import numpy as np
import numpy.typing as npt

from aura_core.embedding.numbered import Numbered
from aura_core.embedding.ragged import Growing, GrowingRagged, Ints, Ragged
from aura_core.embedding.splitting import END, lines_of, sub_tokens, term_hash, term_of, terms_of, whole_word

LARGE = 400_000
"""Words after which a process is better off with a new lexicon."""

_NO_TERM = -1


class Lexicon:
    """Splits every distinct word once. Words, sub-tokens and terms have ids in order of first use; an id stays valid
    as long as the lexicon.

    ``learn`` may be called from several threads. ``tokens`` and ``terms`` are names by id; token 0 ends a word and is
    in none.
    """

    def __init__(self) -> None:
        self._words: Numbered[bytes] = Numbered()
        self._tokens: Numbered[str] = Numbered()
        self._terms: Numbered[str] = Numbered()
        self._tokens.numbers([END])
        self._term_of_token = Growing((_NO_TERM,))
        self._word_tokens = GrowingRagged()
        self._word_terms = GrowingRagged()
        self._hashes = np.zeros(0, np.uint64)
        self._lock = Lock()

    def __len__(self) -> int:
        """Distinct words learned."""
        return len(self._words.names)

    @property
    def tokens(self) -> list[str]:
        """Sub-tokens by id."""
        return self._tokens.names

    @property
    def terms(self) -> list[str]:
        """Search terms by id."""
        return self._terms.names

    def learn(self, words: Sequence[bytes]) -> Ints:
        """The ids of words, new ones split first."""
        with self._lock:
            known = len(self)
            ids = self._words.numbers(words)
            if len(self) > known:
                self._split(self._words.names[known:])
            return ids

    def word_tokens(self) -> Ragged:
        """Word id → ids of its sub-tokens, in order, repeats kept."""
        return self._word_tokens.view()

    def word_terms(self) -> Ragged:
        """Word id → ids of its search terms, in order, repeats kept."""
        return self._word_terms.view()

    def term_hashes(self) -> npt.NDArray[np.uint64]:
        """Term id → 64-bit hash, the same in every process."""
        with self._lock:
            new = self.terms[len(self._hashes) :]
            if new:
                self._hashes = np.concatenate((self._hashes, np.fromiter(map(term_hash, new), np.uint64, len(new))))
            return self._hashes

    def _split(self, new: Sequence[bytes]) -> None:
        """All words at once: one search over a text of them is a third of the time of one for each."""
        text = lines_of(new)
        token = self._tokens.numbers(sub_tokens(text, ends=True))
        self._learn_tokens()
        ends = np.flatnonzero(token == 0)
        many = np.diff(ends, prepend=-1) - 1
        assert len(many) == len(new)
        self._word_tokens.extend(token[token > 0], many)
        self._word_terms.extend(*self._terms_of(text.split(END)[:-1], token, ends, many))

    def _learn_tokens(self) -> None:
        terms = [term_of(token) for token in self.tokens[len(self._term_of_token.view()) :]]
        numbers = np.full(len(terms), _NO_TERM)
        numbers[[term is not None for term in terms]] = self._terms.numbers(
            [term for term in terms if term is not None]
        )
        self._term_of_token.extend(numbers)

    def _terms_of(self, words: Sequence[str], token: Ints, ends: Ints, many: Ints) -> tuple[Ints, Ints]:
        """(the ids of ``terms_of`` each word, how many each has), without stemming again what is known as a sub-token."""
        plain = np.fromiter(map(str.isascii, words), np.bool_, len(words))
        term = self._term_of_token.view()[token]
        whole = np.flatnonzero(plain & (many > 1))
        term[ends[whole]] = self._terms.numbers([whole_word(words[row]) for row in whole.tolist()])
        term[np.repeat(~plain, many + 1)] = _NO_TERM
        lengths = np.diff(np.cumsum(term != _NO_TERM)[ends], prepend=0)
        term, others = term[term != _NO_TERM], np.flatnonzero(~plain)
        found = [terms_of(words[row], []) for row in others.tolist()]
        sizes = np.array([len(terms) for terms in found], np.int64)
        place = np.repeat((np.cumsum(lengths) - lengths)[others], sizes)
        lengths[others] = sizes
        return np.insert(term, place, self._terms.numbers(list(chain(*found)))), lengths


_shared = Lexicon()


def shared_lexicon() -> Lexicon:
    """The lexicon of this process; a new one once it has grown large. Whoever holds the old one keeps using it."""
    global _shared
    if len(_shared) > LARGE:
        _shared = Lexicon()
    return _shared
