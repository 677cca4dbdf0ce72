"""Patterns with wildcards match what they say, in time in proportion to the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.wildcards import Part, Wildcard, wildcard_regex
from tests.work import seconds

LETTERS = st.sampled_from(["a", "b", "[^/]", "/"])
IN_FOLDERS = st.lists(st.one_of(LETTERS, st.just(Wildcard.IN_FOLDER)), max_size=8)
WITH_FOLDERS = st.lists(
    st.tuples(
        st.lists(st.one_of(st.sampled_from(["a", "[^/]"]), st.just(Wildcard.IN_FOLDER)), max_size=3), st.booleans()
    ),
    max_size=5,
)
ANY = st.lists(st.one_of(LETTERS, st.just(Wildcard.ANY)), max_size=8)
TEXTS = st.text("ab/", max_size=14)


def matches(parts: list[Part], text: str) -> bool:
    return re.fullmatch(wildcard_regex(parts), text, re.DOTALL) is not None


def matches_by_going_back(parts: list[Part], text: str) -> bool:
    """What the parts mean, with any time."""
    pattern = "".join(part.value if isinstance(part, Wildcard) else part for part in parts)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(parts=st.one_of(IN_FOLDERS, ANY), text=TEXTS)
def test_taking_the_first_place_finds_what_going_back_finds(parts: list[Part], text: str) -> None:
    assert matches(parts, text) == matches_by_going_back(parts, text)


@given(folders=WITH_FOLDERS, last=IN_FOLDERS, text=TEXTS)
def test_so_it_does_across_folders(folders: list[tuple[list[Part], bool]], last: list[Part], text: str) -> None:
    parts: list[Part] = []
    for names, is_any_depth in folders:
        parts += [*names, "/", *([Wildcard.FOLDERS] if is_any_depth else [])]
    parts += last
    assert matches(parts, text) == matches_by_going_back(parts, text)


@pytest.mark.parametrize(
    "parts",
    [
        [Wildcard.ANY, "a"] * 40 + ["b"],
        [Wildcard.IN_FOLDER, "[^/]"] * 40 + ["b"],
        ["a", Wildcard.IN_FOLDER, "/", Wildcard.FOLDERS] * 20 + ["b"],
    ],
)
@pytest.mark.parametrize("text", ["a" * 4_000, "a/" * 2_000, "ab/" * 1_300 + "c"])
def test_many_wildcards_are_no_more_than_the_product_of_pattern_and_text(parts: list[Part], text: str) -> None:
    assert seconds(matches, parts, text) < 1
