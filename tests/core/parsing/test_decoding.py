"""Bytes of any encoding into UTF-8."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.parsing import to_utf8

TEXT = "naïve “quotes” и λ\r\nline\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_or_without_a_mark_is_read_as_written(encoding: str) -> None:
    assert to_utf8(TEXT.encode(encoding)) == TEXT.encode()


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")])
def test_big_endian_marks_are_known(mark: bytes, encoding: str) -> None:
    assert to_utf8(mark + TEXT.encode(encoding)) == TEXT.encode()


def test_what_is_not_utf8_is_read_as_windows_1252_then_latin_1() -> None:
    assert to_utf8(b"caf\xe9 \x93x\x94") == "café “x”".encode()
    assert to_utf8(b"caf\xe9 \x81") == "café \x81".encode()


def test_python_is_read_in_the_encoding_that_it_declares() -> None:
    data = "# -*- coding: koi8-r -*-\nname = 'слово'\n".encode("koi8-r")
    assert to_utf8(data, "python") == data.decode("koi8-r").encode()
    assert to_utf8(data, "text") != data.decode("koi8-r").encode()


def test_an_unknown_declared_encoding_falls_back() -> None:
    assert to_utf8(b"# coding: no-such-thing\ncaf\xe9\n", "python") == "# coding: no-such-thing\ncafé\n".encode()


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfea\0b\0c", b"\xff\xfe\0\0", b"\xff\xfea\0\0\0"])
def test_nul_bytes_and_marks_that_lie_mean_binary(data: bytes) -> None:
    assert to_utf8(data) in (None, b"")
    if data != b"\xff\xfe\0\0":  # the mark of UTF-32 alone: an empty text
        assert to_utf8(data) is None


@given(st.binary())
def test_any_bytes_become_valid_utf8_or_binary(data: bytes) -> None:
    text = to_utf8(data)
    if text is not None:
        text.decode()
        assert b"\0" not in text
