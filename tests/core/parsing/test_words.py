"""Word tables against a recount in plain Python."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import WORD_BYTES, WordTable
from aura_core.parsing.word_counts import count_words, packed

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")


def column(of: tuple[int, bytes]) -> list[int]:
    return np.frombuffer(of[1], f"<u{of[0]}").tolist()


def counters(table: WordTable) -> list[dict[bytes, int]]:
    index, count, at = column(table.index), column(table.count), 0
    found = []
    for size in column(table.per_definition):
        found.append({table.words[i]: c for i, c in zip(index[at : at + size], count[at : at + size], strict=True)})
        at += size
    assert at == len(index) == len(count)
    return found


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_counts_equal_a_naive_recount_in_order_of_first_use(texts: list[bytes]) -> None:
    table = count_words([text.translate(WORD_BYTES) for text in texts])
    naive = [Counter(WORD.findall(text)) for text in texts]
    assert [list(found.items()) for found in counters(table)] == [list(expected.items()) for expected in naive]
    assert table.words == tuple(dict.fromkeys(word for text in texts for word in WORD.findall(text)))


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_columns_come_back_as_they_went(values: list[int]) -> None:
    assert column(packed(values)) == values


@pytest.mark.parametrize(("largest", "size"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_columns_take_the_smallest_item(largest: int, size: int) -> None:
    assert packed([0, largest])[0] == size
