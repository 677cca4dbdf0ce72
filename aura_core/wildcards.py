"""Writes patterns with wildcards as regular expressions that never go back further than to the last wildcard, so that
none takes more time than the product of pattern and text, whoever wrote them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum


class Wildcard(Enum):
    """What a wildcard stands for, as a regular expression."""

    ANY = ".*"
    IN_FOLDER = "[^/]*"
    FOLDERS = "(?:.*/)?"
    """Any number of whole folders. It begins at the start of a text or behind a slash."""


Part = str | Wildcard
"""A regular expression without repetitions, or a wildcard."""


def wildcard_regex(parts: Iterable[Part]) -> str:
    """Return the regular expression that matches, with ``fullmatch``, the parts one after another. ``ANY`` must not
    stand together with other wildcards.

    What follows a wildcard is taken where it comes first, for good: what could follow a later place can follow the
    first one too, because the next wildcard stands for all between. Only the last one is bound to the end of the text.
    """
    groups = (f"w{number}" for number in itertools.count())
    *chains, last = _split(list(parts), Wildcard.FOLDERS)
    if not chains:
        return _chain(last, groups, is_last=True)
    first, *between = chains
    texts = [_chain(first, groups, is_last=False)]
    texts += [_first_place("(?:.*?/)??", _chain(chain, groups, is_last=False), groups) for chain in between]
    return "".join([*texts, Wildcard.FOLDERS.value, _chain(last, groups, is_last=True)])


def _split(parts: Sequence[Part], wildcard: Wildcard) -> list[list[Part]]:
    chains: list[list[Part]] = [[]]
    for part in parts:
        if part is wildcard:
            chains.append([])
        else:
            chains[-1].append(part)
    return chains


def _chain(parts: Sequence[Part], groups: Iterator[str], *, is_last: bool) -> str:
    """Return the regular expression of parts without ``FOLDERS``."""
    texts = [""]
    wildcards: list[Wildcard] = []
    for part in parts:
        if isinstance(part, Wildcard):
            wildcards.append(part)
            texts.append("")
        else:
            texts[-1] += part
    first, *others = texts
    out = [first]
    for number, (wildcard, text) in enumerate(zip(wildcards, others, strict=True), 1):
        if is_last and number == len(wildcards):
            out.append(wildcard.value + text)
        else:
            out.append(_first_place(f"{wildcard.value}?", text, groups))
    return "".join(out)


def _first_place(skipped: str, text: str, groups: Iterator[str]) -> str:
    """Return a regular expression that skips as little as possible before a text, and never takes that back."""
    # a look-ahead is not entered again; an atomic group would say the same, but is wrong before Python 3.11.5
    group = next(groups)
    return f"(?=(?P<{group}>{skipped}{text}))(?P={group})"
