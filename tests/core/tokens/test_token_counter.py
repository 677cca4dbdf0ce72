"""Token counts without a network."""

from __future__ import annotations

import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aura_core.errors import InvalidRequest
from aura_core.tokens import ENCODINGS, counter, encoding_for_model
from aura_core.tokens import encodings as encodings_module

TEXT = st.text(alphabet=st.sampled_from("ab Z9'/}#_\n\r\t\u00a0\u2028\x1cé漢\U0001f600"), max_size=30) | st.text(
    max_size=30
)


@pytest.mark.parametrize(
    ("encoding", "ids"),
    [("cl100k_base", [15339, 1917]), ("o200k_base", [24912, 2375])],
)
def test_known_texts_have_their_published_tokens(encoding: str, ids: list[int]) -> None:
    text = "hello world"
    encoded = encodings_module.load(encoding).encode_ordinary(text)
    assert encoded == ids
    assert counter(encoding).count(text) == 2
    assert encodings_module.load(encoding).decode(encoded) == text


def test_counting_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(encodings_module, "_loaded", {})
    assert [counter(name).count("def f(x): return x") for name in ENCODINGS] == [6, 6]


def test_text_that_spells_a_special_token_is_plain_text() -> None:
    for name in ENCODINGS:
        assert counter(name).count("<|endoftext|>") > 1


def test_an_unknown_encoding_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest) as caught:
        counter("p50k_base")
    assert caught.value.details == {"field": "encoding"}
    assert "cl100k_base" in caught.value.remedy


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4", "cl100k_base"),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("text-embedding-3-small", "cl100k_base"),
    ],
)
def test_models_count_in_their_encoding(model: str, encoding: str) -> None:
    assert encoding_for_model(model) == encoding


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        encoding_for_model("some-model")


@given(st.lists(TEXT, max_size=5), st.sampled_from(ENCODINGS))
def test_many_texts_count_like_each_alone_and_never_beyond_the_bound(texts: list[str], encoding: str) -> None:
    count = counter(encoding)
    assert count.count_many(texts) == [count(text) for text in texts]
    assert all(count(text) <= count.at_most(text) for text in texts)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(left=TEXT, right=TEXT, end=st.sampled_from(["", "\n", "\n\n", " \n", "}\n", "//\n"]))
@example(left="}", right="/x", end="\n")
@example(left="a ", right="  /x", end="\n")
@example(left="a", right="   ", end="\n")
@example(left="a", right=" \n x", end="\n")
def test_counts_add_up_where_it_is_said_that_they_do(encoding: str, left: str, right: str, end: str) -> None:
    count = counter(encoding)
    left += end
    if count.adds_up(left, right):
        assert count(left + right) == count(left) + count(right)


def test_blocks_of_lines_add_up() -> None:
    for name in ENCODINGS:
        assert counter(name).adds_up("```\ncode\n```\n", "## Next\n")
        assert counter(name).adds_up("def f():\n", "    return 1\n")
        assert not counter(name).adds_up("def f():", "\n    return 1\n")
        assert not counter(name).adds_up("a\n", "\nb")
    assert not counter("o200k_base").adds_up("a\n", "/b")
