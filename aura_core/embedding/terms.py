"""Words into sub-tokens, sub-tokens into search terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from aura_core.model.facts import WORD_BYTES

MAX_WORD = 128
"""Bytes of a word that are read: longer runs are data, not words."""

END = "\n"
"""What ends a word where many stand in one text; no word contains it."""

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CAMEL_OR_END = re.compile(f"{_CAMEL.pattern}|{END}")
_LETTERS = re.compile(r"[^\W_]+")
_MIN_STEM = 3
"""Letters that must remain when a suffix is removed."""
_SUFFIX = re.compile(rf"(?<=.{{{_MIN_STEM}}})(?:ations?|ings?|ers?|(i)e[ds]|e[ds]|[se]|(y))\Z", re.DOTALL)
_LAST_LETTERS = frozenset("degnrsy")
"""Letters that suffixes end with: other tokens need no search."""

_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not
of on or our so some such than that the their then there these they this those to was we were what when where which
while who why will with would you your self cls def return none true false import class elif else try except raise
lambda pass yield assert del global should also just like get set use used using
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def words_of(text: bytes) -> list[bytes]:
    """Return the words of a text, in order, as word tables count them."""
    return text.translate(WORD_BYTES).split()


def path_words(path: str) -> list[bytes]:
    """Return the words of a file's path, without its suffix."""
    folder, slash, name = path.rpartition("/")
    stem_of_name, _, _ = name.rpartition(".")
    return words_of(f"{folder}{slash}{stem_of_name or name}".encode(errors="replace"))


def sub_tokens(word: str, *, with_ends: bool = False) -> list[str]:
    """Return the parts of a word in lower case: ``parseHTTPHeader_v2`` → parse, http, header, v, 2.

    Letters outside of ASCII are in none of them. With ``with_ends`` the text holds many words, each with ``END``
    behind it, which stays.
    """
    return list(map(str.lower, (_CAMEL_OR_END if with_ends else _CAMEL).findall(word)))


def stem(token: str) -> str:
    """Return a light English stem; short and non-ASCII tokens stay as they are."""
    if len(token) <= _MIN_STEM or token[-1] not in _LAST_LETTERS or not token.isascii():
        return token
    suffix = _SUFFIX.search(token)
    if suffix is None:
        return token
    # A group of the pattern took part: ``study``, ``studies`` and ``studied`` all become ``studi``.
    return token[: suffix.start()] + ("i" if suffix.lastindex else "")


def term_of(token: str) -> str | None:
    """Return the search term of a lower-case sub-token; None for single letters and stop words."""
    return stem(token) if len(token) > 1 and token not in STOP_WORDS else None


def terms_of(word: str, parts: list[str]) -> list[str]:
    """Return the search terms of a word that was split into ``parts``: theirs, then the whole word when it has several.

    Words of other scripts are split at non-letters instead.
    """
    if not word.isascii():
        parts = [part.lower() for part in _LETTERS.findall(word)]
    terms = [term for part in parts if (term := term_of(part)) is not None]
    if len(parts) > 1 and word.isascii():
        terms.append(whole_word(word))
    return terms


def whole_word(word: str) -> str:
    """Return the search term of a word that has several parts, as a whole."""
    return word.lower().strip("_")


def text_terms(text: str) -> Iterator[str]:
    """Yield the search terms of a query, in order, with repeats."""
    for word in words_of(text.encode(errors="replace")):
        text_of_word = clipped_text(word)
        yield from terms_of(text_of_word, sub_tokens(text_of_word))


def clipped_text(word: bytes) -> str:
    """Return the first ``MAX_WORD`` bytes of a word as text."""
    return word[:MAX_WORD].decode(errors="ignore")


def join_words(words: Iterable[bytes]) -> str:
    """Return words as one text, each clipped and with ``END`` behind it."""
    end = END.encode()
    return b"".join(word[:MAX_WORD] + end for word in words).decode(errors="ignore")


def term_hash(term: str) -> int:
    """Return the 64-bit hash of a term, the same in every process."""
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")
