"""Word tables against a recount in plain Python."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import WORD_BYTES, WordTable
from aura_core.parsing.word_counts import count_words, pack_column

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")


def unpack_column(column: tuple[int, bytes]) -> list[int]:
    item_size, data = column
    return np.frombuffer(data, f"<u{item_size}").tolist()


def counters(table: WordTable) -> list[dict[bytes, int]]:
    pairs = zip(unpack_column(table.index), unpack_column(table.count), strict=True)
    counts = [{table.words[i]: n for i, n in islice(pairs, size)} for size in unpack_column(table.per_definition)]
    assert not list(pairs)
    return counts


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_counts_equal_a_naive_recount_in_order_of_first_use(texts: list[bytes]) -> None:
    table = count_words([text.translate(WORD_BYTES) for text in texts])
    naive = [Counter(WORD.findall(text)) for text in texts]
    assert [list(counts.items()) for counts in counters(table)] == [list(counts.items()) for counts in naive]
    assert table.words == tuple(dict.fromkeys(word for text in texts for word in WORD.findall(text)))


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_columns_come_back_as_they_went(values: list[int]) -> None:
    assert unpack_column(pack_column(values)) == values


@pytest.mark.parametrize(("largest", "size"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_columns_take_the_smallest_item(largest: int, size: int) -> None:
    item_size, _ = pack_column([0, largest])
    assert item_size == size
