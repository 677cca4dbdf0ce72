"""Token counts without a network."""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from aura_core.errors import InvalidRequest
from aura_core.tokens import ENCODINGS, TokenCounter, encodings

TEXT = st.text(alphabet=st.sampled_from("ab Z9'/}#_\n\r\t\u00a0\u2028\x1cé漢\U0001f600"), max_size=30) | st.text(
    max_size=30
)


@pytest.mark.parametrize(
    ("encoding", "ids"),
    [("cl100k_base", [15339, 1917]), ("o200k_base", [24912, 2375])],
)
def test_known_texts_have_their_published_tokens(encoding: str, ids: list[int]) -> None:
    text = "hello world"
    encoded = encodings.load(encoding).encode_ordinary(text)
    assert encoded == ids
    assert TokenCounter(encoding).count(text) == 2
    assert encodings.load(encoding).decode(encoded) == text


def test_counting_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    encodings.load.cache_clear()
    assert [TokenCounter(name).count("def f(x): return x") for name in ENCODINGS] == [6, 6]


def test_text_that_spells_a_special_token_is_plain_text() -> None:
    for name in ENCODINGS:
        assert TokenCounter(name).count("<|endoftext|>") > 1


def test_an_unknown_encoding_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest) as caught:
        TokenCounter("p50k_base")
    assert caught.value.details == {"field": "encoding"}
    assert "cl100k_base" in caught.value.remedy


@given(TEXT, st.sampled_from(ENCODINGS))
def test_a_token_is_at_least_one_byte_long(text: str, encoding: str) -> None:
    assert TokenCounter(encoding).count(text) <= len(text.encode())


def ends_and_begins_lines(encoding: str, left: str, right: str) -> bool:
    """Whether ``left`` ends a line and ``right`` begins with a line that is not blank, as pieces of an answer do.

    Both patterns end a piece after the last line break of a run of white space, read nothing before it, and read ahead
    only from white space that is no line break. o200k_base takes ``/`` together with the break before it.
    """
    is_taken_along = encoding == "o200k_base" and right.startswith("/")
    return left.endswith("\n") and re.match(r"[^\S\r\n]*\S", right) is not None and not is_taken_along


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(left=TEXT, right=TEXT, end=st.sampled_from(["", "\n", "\n\n", " \n", "}\n", "//\n"]))
@example(left="}", right="/x", end="\n")
@example(left="a ", right="  /x", end="\n")
@example(left="```\ncode\n```", right="## Next\n", end="\n")
@example(left="def f():", right="    return 1\n", end="\n")
def test_counts_add_up_between_lines(encoding: str, left: str, right: str, end: str) -> None:
    count = TokenCounter(encoding).count
    left += end
    assume(ends_and_begins_lines(encoding, left, right))
    assert count(left + right) == count(left) + count(right)
