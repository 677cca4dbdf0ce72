"""A process-local memo: word → sub-tokens and search terms. Its ids never leave the process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from threading import Lock

import numpy as np
import numpy.typing as npt

from aura_core.embedding.ragged import GrowingRagged, Ints, Ragged
from aura_core.embedding.splitting import decoded, sub_tokens, term_hash, term_of, terms_of, whole_word

LARGE = 400_000
"""Words after which a process is better off with a new lexicon."""


class Lexicon:
    """Splits every distinct word once. Words, sub-tokens and terms have ids in order of first use; an id stays valid as long as the lexicon.

    ``learn`` may be called from several threads. ``tokens`` and ``terms`` are names by id.
    """

    def __init__(self) -> None:
        self._words: defaultdict[bytes, int] = defaultdict(count().__next__)
        self._tokens: dict[str, int] = {}
        self._terms: dict[str, int] = {}
        self.tokens: list[str] = []
        self.terms: list[str] = []
        self._term_of_token: list[int] = []
        self._word_tokens = GrowingRagged()
        self._word_terms = GrowingRagged()
        self._hashes = np.zeros(0, np.uint64)
        self._lock = Lock()

    def __len__(self) -> int:
        """Distinct words learned."""
        return len(self._words)

    def learn(self, words: Sequence[bytes]) -> Ints:
        """The ids of words, new ones split first."""
        with self._lock:
            known = len(self._words)
            ids = np.fromiter(map(self._words.__getitem__, words), np.int64, len(words))
            if len(self._words) > known:
                self._split([word for word, place in zip(words, ids.tolist(), strict=True) if place >= known], known)
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

    def _split(self, new: Sequence[bytes], first: int) -> None:
        tokens, terms = [], []
        for word in dict.fromkeys(new):
            shown = decoded(word)
            parts = sub_tokens(shown)
            ids = [self._token(part) for part in parts]
            tokens.append(ids)
            terms.append(self._terms_of(shown, parts, ids))
        assert first + len(tokens) == len(self._words)
        self._word_tokens.extend(tokens)
        self._word_terms.extend(terms)

    def _terms_of(self, word: str, parts: list[str], ids: list[int]) -> list[int]:
        """The ids of ``terms_of(word, parts)``, without stemming again what is known as a sub-token."""
        if not word.isascii():
            return [self._term(term) for term in terms_of(word, parts)]
        known = self._term_of_token
        terms = [known[token] for token in ids if known[token] >= 0]
        if len(ids) > 1:
            terms.append(self._term(whole_word(word)))
        return terms

    def _token(self, token: str) -> int:
        known = self._tokens.get(token)
        if known is not None:
            return known
        self._tokens[token] = len(self.tokens)
        self.tokens.append(token)
        term = term_of(token)
        self._term_of_token.append(-1 if term is None else self._term(term))
        return len(self.tokens) - 1

    def _term(self, term: str) -> int:
        known = self._terms.get(term)
        if known is None:
            known = self._terms[term] = len(self.terms)
            self.terms.append(term)
        return known


_shared = Lexicon()


def shared_lexicon() -> Lexicon:
    """The lexicon of this process; a new one once it has grown large. Whoever holds the old one keeps using it."""
    global _shared
    if len(_shared) > LARGE:
        _shared = Lexicon()
    return _shared
