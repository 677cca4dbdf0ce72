"""What a task mentions is found in time in proportion to its length."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.context import MAX_TASK_CHARS
from aura_core.views.segments.mention_keys import find_mentions, paths_in
from tests.work import assert_linear, seconds

PATH = r"[\w\-]+(?:[./][\w\-]+)*\.[A-Za-z]\w{0,9}\b|[\w.\-]+(?:/[\w.\-]+)+"
DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"
TEXTS = st.lists(
    st.sampled_from(["a", "b1", "9", ".", "/", "-", ".py", "_", "é", " ", "abcdefghijkl", "..", "(", "\n"]), max_size=12
).map("".join)


@given(TEXTS)
def test_paths_are_what_their_pattern_says(text: str) -> None:
    assert list(paths_in(text)) == re.findall(PATH, text)


@given(TEXTS)
def test_dotted_names_are_what_their_pattern_says(text: str) -> None:
    tails = {".".join(name.split(".")[-2:]) for name in re.findall(DOTTED, text)}
    assert find_mentions(text).dotted_names == tuple(sorted(tails))


def test_a_word_before_a_bracket_is_code() -> None:
    assert find_mentions("call total() and rest").words == {"and": False, "call": False, "rest": False, "total": True}


@pytest.mark.parametrize("unit", ["a", "a.", "a/", "a.1.", "1", "a-", "`", "a(", "a..", "_a.", "é", 'File "', "/", "."])
def test_a_long_task_is_read_at_once(unit: str) -> None:
    text = (unit * MAX_TASK_CHARS)[: MAX_TASK_CHARS - 1] + "!"
    assert seconds(find_mentions, text) < 2
    assert_linear(lambda size: unit * size, find_mentions, 2_000)
    keys = find_mentions(text).file_keys
    assert sum(map(len, keys)) < 100 * len(text)
