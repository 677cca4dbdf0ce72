"""Words into sub-tokens and terms."""

from __future__ import annotations

import pytest

from aura_core.embedding import stem, sub_tokens, term_hash, text_terms


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("parseHTTPHeader_v2", ["parse", "http", "header", "v", "2"]),
        ("__init__", ["init"]),
        ("HTTPResponse", ["http", "response"]),
        ("snake_case_name", ["snake", "case", "name"]),
        ("utf8", ["utf", "8"]),
        ("___", []),
    ],
)
def test_identifiers_are_split_at_case_digits_and_underscores(word: str, parts: list[str]) -> None:
    assert sub_tokens(word) == parts


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("parsing", "pars"),
        ("parsed", "pars"),
        ("parses", "pars"),
        ("queries", "queri"),
        ("query", "queri"),
        ("validation", "valid"),
        ("url", "url"),
        ("is", "is"),
    ],
)
def test_stems_are_light(token: str, expected: str) -> None:
    assert stem(token) == expected


def test_a_query_has_parts_and_whole_words_but_no_stop_words() -> None:
    assert list(text_terms("How does get_response parse the HTTPRequest?")) == [
        "respons",
        "get_response",
        "pars",
        "http",
        "request",
        "httprequest",
    ]


def test_other_scripts_are_searchable() -> None:
    assert list(text_terms("größe слово—тест")) == ["größe", "слово", "тест"]


def test_hashes_are_the_same_in_every_process() -> None:
    assert term_hash("pars") == 0x38B79F54032C8CF5
    assert len({term_hash(term) for term in ("a", "b", "pars", "")}) == 4
