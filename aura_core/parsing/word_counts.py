"""Counts the words of a file, once: every index over words is built from its word table."""

from __future__ import annotations

import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import count

from aura_core.model.facts import WordTable

_ITEM_CODES = ((256, "B"), (65_536, "H"), (1 << 32, "I"))


def count_words(texts: Sequence[bytes]) -> WordTable:
    """Return the word table of texts that ``WORD_BYTES`` has translated, one text for each definition."""
    places: defaultdict[bytes, int] = defaultdict(count().__next__)  # a new word gets the next place
    sizes: list[int] = []
    index: list[int] = []
    counts: list[int] = []
    for text in texts:
        words = Counter(text.split())
        sizes.append(len(words))
        index += map(places.__getitem__, words)
        counts += words.values()
    return WordTable(tuple(places), pack_column(sizes), pack_column(index), pack_column(counts))


def pack_column(values: Sequence[int]) -> tuple[int, bytes]:
    """Return whole numbers as (item size, little-endian unsigned bytes), in the smallest size that holds all."""
    largest = max(values, default=0)
    column = array(next(code for limit, code in _ITEM_CODES if largest < limit), values)
    # stored columns are little-endian on every machine
    if sys.byteorder == "big":
        column.byteswap()
    return column.itemsize, column.tobytes()
