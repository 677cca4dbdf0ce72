"""What a caller's headers ask for."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zstandard import ZstdDecompressor

from aura_api.stream import PIECE_BYTES, coded, coding_of, is_cached, shape_of, tag_of


@pytest.mark.parametrize(
    ("accept", "lines"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/x-ndjson", True),
        ("application/jsonl", True),
        ("application/x-ndjson, */*", True),
        ("application/json, application/x-ndjson", False),
        ("application/json;q=0.5, application/x-ndjson", True),
        ("application/x-ndjson;q=0.1, */*", False),
        ("application/x-ndjson;q=0", False),
        ("text/html", False),
        (";;q=,", False),
    ],
)
def test_the_shape_is_the_one_liked_best(accept: str, lines: bool) -> None:
    assert (shape_of(accept) == "application/x-ndjson") is lines


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("ZSTD", "zstd"),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("identity", "identity"),
        ("gzip;q=0", "identity"),
        ("br", "identity"),
        ("identity;q=0, *;q=0", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=much", "gzip"),
    ],
)
def test_the_coding_is_the_one_liked_best(header: str, coding: str) -> None:
    assert coding_of(header) == coding


@given(st.text(max_size=60))
def test_any_header_has_an_answer(header: str) -> None:
    assert shape_of(header)
    assert coding_of(header)
    assert is_cached(header, tag_of("d", header)) is ("*" in [part.strip() for part in header.split(",")])


@given(st.lists(st.integers(0, 3 * PIECE_BYTES), max_size=5))
def test_pieces_are_small_and_make_the_whole(sizes: list[int]) -> None:
    texts = ["x" * size for size in sizes]
    whole = "".join(texts).encode()
    assert b"".join(coded(texts, "identity")) == whole
    assert gzip.decompress(b"".join(coded(texts, "gzip"))) == whole
    assert ZstdDecompressor().decompressobj().decompress(b"".join(coded(texts, "zstd"))) == whole
    assert list(coded(texts, "gzip")) == list(coded(texts, "gzip"))
