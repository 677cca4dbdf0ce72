"""The word table of a file: counted once, in C, and enough for every index over words that is built later."""

from __future__ import annotations

import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import count

from aura_core.model.facts import WordTable

_ITEM_CODES = ((256, "B"), (65_536, "H"), (1 << 32, "I"))


def count_words(texts: Sequence[bytes]) -> WordTable:
    """The words of some texts, one a definition, already translated by ``WORD_BYTES``."""
    places: defaultdict[bytes, int] = defaultdict(count().__next__)
    place_of = places.__getitem__
    sizes: list[int] = []
    index: list[int] = []
    counts: list[int] = []
    for text in texts:
        words = Counter(text.split())
        sizes.append(len(words))
        index += map(place_of, words)
        counts += words.values()
    return WordTable(tuple(places), packed(sizes), packed(index), packed(counts))


def packed(values: Iterable[int]) -> tuple[int, bytes]:
    """A column of whole numbers as (item size, little-endian unsigned bytes), in the smallest size that holds all."""
    values = list(values)
    largest = max(values, default=0)
    column = array(next(code for limit, code in _ITEM_CODES if largest < limit), values)
    if sys.byteorder == "big":
        column.byteswap()
    return column.itemsize, column.tobytes()
