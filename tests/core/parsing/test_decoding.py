"""Bytes of any encoding into UTF-8."""

from __future__ import annotations

import codecs
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.parsing import parse_blob, text_lines, to_utf8
from aura_core.parsing.decoding import read_text

TEXT = "naïve “quotes” и λ\r\nline\n"
SOURCE = "def größe():\n    return 'ä'\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_or_without_a_mark_is_read_as_written(encoding: str) -> None:
    assert to_utf8(TEXT.encode(encoding)) == TEXT.encode()


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")])
def test_big_endian_marks_are_read(mark: bytes, encoding: str) -> None:
    assert to_utf8(mark + TEXT.encode(encoding)) == TEXT.encode()


def test_what_is_not_utf8_is_read_as_windows_1252_then_latin_1() -> None:
    assert to_utf8(b"caf\xe9 \x93x\x94") == "café “x”".encode()
    assert to_utf8(b"caf\xe9 \x81") == "café \x81".encode()


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<?xml version="1.0" encoding="KOI8-R"?>', "koi8-r"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"),
        ('<meta charset="shift_jis">', "shift_jis"),
        ('@charset "iso-8859-7";', "iso-8859-7"),
        ("-- -*- coding: iso-8859-2 -*-", "iso-8859-2"),
    ],
)
def test_what_is_not_utf8_is_read_as_it_declares(declaration: str, encoding: str) -> None:
    word = {"iso-8859-7": "λόγος", "iso-8859-2": "żółw", "shift_jis": "言葉"}.get(encoding, "слово")
    data = f"{declaration}\n{word}\n".encode(encoding)
    assert to_utf8(data, "xml") == f"{declaration}\n{word}\n".encode()


@pytest.mark.parametrize(
    "declaration", ["charset=utf-16", "encoding: ascii", "coding: nonsense", "charset=utf-8", "encoding = rot13"]
)
def test_a_declaration_that_cannot_be_true_is_not_followed(declaration: str) -> None:
    assert to_utf8(f"{declaration} caf\xe9\n".encode("latin-1")) == f"{declaration} café\n".encode()


def test_utf8_that_declares_something_else_is_utf8_but_in_python() -> None:
    data = "# coding: latin-1\nname = 'é'\n".encode()
    assert to_utf8(data, "yaml") == data
    assert to_utf8(data, "python") == "# coding: latin-1\nname = 'Ã©'\n".encode()


# ---- Python files: by the rules of PEP 263, and read all the same when they break them


def facts_of(data: bytes) -> FileFacts:
    facts = parse_blob("module.py", data)
    assert facts.lines == len(text_lines(data, "python"))
    return facts


@pytest.mark.parametrize(
    "data",
    [
        SOURCE.encode(),
        SOURCE.encode("utf-8-sig"),
        ("# -*- coding: latin-1 -*-\n" + SOURCE).encode("latin-1"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + SOURCE).encode("cp1252"),
        ("\n# coding=iso-8859-15\n" + SOURCE).encode("iso-8859-15"),
        b"# caf\xe9 in the first line\n# coding: latin-1\n" + SOURCE.encode("latin-1"),
        ("\ufeff# coding: utf-8\n" + SOURCE).encode(),
        ("# coding: utf-7\n" + SOURCE).encode("utf-7"),
        ("# coding: mac-roman\r\n" + SOURCE).replace("\n", "\r\n").encode("mac-roman"),
        ("# coding: latin-1\r" + SOURCE).replace("\n", "\r").encode("latin-1"),
    ],
)
def test_a_python_file_is_read_as_it_declares(data: bytes) -> None:
    facts = facts_of(data)
    assert (facts.status, facts.warning, facts.definitions[-1].qualname) == (ParseStatus.OK, "", "größe")
    assert "größe".encode() in facts.words.words


def test_a_stateful_encoding_that_looks_like_ascii_is_decoded() -> None:
    text = "# coding: iso2022_jp\nname = '言葉'\n"
    assert text.encode("iso2022_jp").isascii()
    assert to_utf8(text.encode("iso2022_jp"), "python") == text.encode()


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (SOURCE.encode("latin-1"), "line 1: not valid utf-8"),
        (b"x = 1\r\ry = '\xe9'\n" + SOURCE.encode("latin-1"), "line 3: not valid utf-8"),
        (b"# coding: utf-8\n" + SOURCE.encode("cp1252"), "line 2: not valid utf-8"),
        (b"# coding: ascii\n" + SOURCE.encode(), "line 2: not valid ascii"),
        (b"# coding: no-such-thing\n" + SOURCE.encode("cp1252"), "line 1: unknown encoding: no-such-thing"),
        (b"\n# coding: rot13\n" + SOURCE.encode(), "line 2: unknown encoding: rot13"),
        (b"# coding: unicode_escape\n" + SOURCE.encode(), "line 1: unknown encoding: unicode_escape"),
        (b"# coding: utf-16\n" + SOURCE.encode(), "line 1: it is not written in utf-16"),
        (b"# coding: utf-16 \n" + SOURCE.encode(), "line 3: not valid utf-16"),
        (
            b"\xef\xbb\xbf# coding: latin-1\n" + SOURCE.encode(),
            "line 1: the byte order mark says utf-8, the declaration latin-1",
        ),
        (SOURCE.encode("utf-16"), "line 1: Python does not read UTF-16; read by its byte order mark"),
        (
            codecs.BOM_UTF16_BE + SOURCE.encode("utf-16-be"),
            "line 1: Python does not read UTF-16; read by its byte order mark",
        ),
        (SOURCE.encode("utf-32"), "line 1: Python does not read UTF-32; read by its byte order mark"),
        (
            codecs.BOM_UTF32_BE + SOURCE.encode("utf-32-be"),
            "line 1: Python does not read UTF-32; read by its byte order mark",
        ),
    ],
)
def test_a_python_file_that_python_refuses_keeps_its_definitions_and_names_why(data: bytes, warning: str) -> None:
    facts = facts_of(data)
    assert (facts.status, facts.warning, facts.definitions[-1].qualname) == (ParseStatus.PARTIAL, warning, "größe")
    assert "größe".encode() in facts.words.words


def test_a_file_that_is_also_wrong_python_names_its_encoding_first() -> None:
    facts = facts_of(b"caf\xe9 = (\n")
    assert facts.status is not ParseStatus.OK
    assert facts.warning.startswith("line 1: not valid utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_python_whatever_ends_them(end: str) -> None:
    source = "x = '\u2028 \u0085 \x1c'\n\x0c\ndef f():\n    return '''a\nb'''\n\nclass C:\n    pass\n"
    text = source.replace("\n", end)
    facts = facts_of(text.encode())
    assert [(d.qualname, d.start_line, d.end_line) for d in facts.definitions] == [("", 1, 8), ("f", 3, 5), ("C", 7, 8)]
    lines = text_lines(text.encode(), "python")
    assert "".join(lines) == source
    assert lines[2] == "def f():\n"


def test_line_ends_may_be_mixed_in_one_file() -> None:
    facts = facts_of(b"a = 1\r\ndef f():\r    pass\n\r\ndef g():\n\tpass")
    assert [(d.qualname, d.start_line, d.end_line) for d in facts.definitions[1:]] == [("f", 2, 3), ("g", 5, 6)]


HEADS = st.sampled_from(
    [
        b"",
        b"\n",
        b"\r",
        b"\xef\xbb\xbf",
        b"# coding: latin-1\n",
        b"#coding=utf-8\r\n",
        b"#!x\n# -*- coding: cp1252 -*-\n",
        b"x = 1\n# coding: latin-1\n",
        b"\x0c# coding: koi8-r\n",
        b"\n\n# coding: latin-1\n",
        b"# coding: ascii\n",
        b"\xef\xbb\xbf# coding: utf-8\n",
        b"\xef\xbb\xbf# coding: cp1252\n",
        b"# coding: none-such\n",
        b"# encoding: big5\n",
        b"# no coding here\n",
    ]
)
TAILS = st.lists(st.integers(0x41, 0x5A) | st.integers(0x80, 0xFF), max_size=12).map(bytes)


def compiles(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "module.py", "exec")
    except SyntaxError:
        return False
    return True


@given(HEADS, TAILS)
@example(b"# coding: latin-1\n", "é".encode())
def test_there_is_a_problem_exactly_where_cpython_refuses_the_bytes(head: bytes, tail: bytes) -> None:
    data = head + b"x = '" + tail + b"'\n"
    text = read_text(data, "python")
    assert text is not None
    assert (not text.problem) == compiles(data)


@pytest.mark.parametrize(
    "data", [b"a\0b", b"\xff\xfea\0b\0c", b"\xff\xfe\0\0", b"\xff\xfea\0\0\0", b"\xef\xbb\xbfa\0b"]
)
def test_nul_bytes_and_marks_that_lie_mean_binary(data: bytes) -> None:
    assert to_utf8(data) in (None, b"")
    if data != b"\xff\xfe\0\0":  # the mark of UTF-32 alone: an empty text
        assert to_utf8(data) is None
        assert to_utf8(data, "python") is None
        assert text_lines(data, "python") == []


LANGUAGES = st.sampled_from(["text", "python", "python-stub", "xml"])


@given(st.binary() | st.builds(bytes.__add__, HEADS, st.binary()), LANGUAGES)
def test_any_bytes_become_valid_utf8_or_binary(data: bytes, language: str) -> None:
    text = to_utf8(data, language)
    if text is not None:
        text.decode()
        assert b"\0" not in text
