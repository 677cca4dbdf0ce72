"""From the bytes of a blob to UTF-8 without a byte order mark: what words are counted in, lines are cut in, and people
read.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from aura_core.parsing.languages import PYTHON, PYTHON_STUB

BINARY_WARNING = "holds NUL bytes: binary, not indexed"
"""``FileFacts.warning`` of a blob that turned out to be binary."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's mark, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NO_CODE = re.compile(rb"[ \t\f]*(?:#.*)?")
_DECLARED = re.compile(rb"""(?:encoding|charset|coding)[ \t]*[:=]?[ \t]*["']?([-\w.]+)""", re.IGNORECASE)
HEAD_BYTES = 4_096
"""A declaration further down than this is not looked for."""

_NOT_READ = frozenset(
    ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape")
)
"""Codecs of single words or escapes: they are not what a file is written in, and some take quadratic time."""


class Text(NamedTuple):
    """A text as UTF-8, line breaks untouched. ``problem``: why Python would refuse the bytes, as "line N: …"; "" where
    it would not.
    """

    utf8: bytes
    problem: str = ""


def to_utf8(data: bytes, language: str = "text") -> bytes | None:
    """The text as UTF-8, line breaks untouched; None when it is binary. See ``read_text``."""
    found = read_text(data, language)
    return found.utf8 if found is not None else None


def read_text(data: bytes, language: str = "text") -> Text | None:
    """The text of some bytes; None when they are binary (a NUL byte, or a mark that lies).

    Tried in order: a byte order mark, the encoding that a Python file declares (PEP 263), UTF-8, what another file
    declares (XML, HTML, CSS, modelines), Windows-1252, Latin-1 (which takes any byte). A Python file that CPython
    would refuse is read all the same, with a ``problem``.
    """
    python = language in (PYTHON, PYTHON_STUB)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data, mark, encoding, python)
    if b"\0" in data:
        return None
    return _python(data) if python else Text(_other(data))


def text_lines(data: bytes, language: str) -> list[str]:
    r"""The lines of a blob as the parser counts them: ``\n``, ``\r\n`` and a lone ``\r`` end one, and are all ``\n``
    here. None in a binary.
    """
    text = to_utf8(data, language)
    if text is None:
        return []
    return _LINE.findall((text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text).decode())


_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def _marked(data: bytes, mark: bytes, encoding: str, python: bool) -> Text | None:
    if encoding == "utf-8":
        return _after_utf8_mark(data[len(mark) :], python)
    text = _decoded(data, encoding)
    if text is None or "\0" in text:
        return None
    return Text(
        text.encode(), f"line 1: Python does not read {encoding.upper()}; read by its byte order mark" if python else ""
    )


def _after_utf8_mark(data: bytes, python: bool) -> Text | None:
    if b"\0" in data:
        return None
    found = _cookie(data) if python else None
    if found is not None and _codec(found[1]) != "utf-8":
        said = f"line {found[0]}: the byte order mark says utf-8, the declaration {found[1]}"
        return Text(_other(data), said)
    return _plain(data) if python else Text(_other(data))


def _python(data: bytes) -> Text:
    """By its declaration, as CPython reads it."""
    found = _cookie(data)
    if found is None:
        return _plain(data)
    line, name = found
    codec = _codec(name)
    if codec is None:
        return Text(_other(data), f"line {line}: unknown encoding: {name}")
    if codec == "utf-8":
        return _plain(data)
    text = _decoded(data, codec)
    if text is None:
        return Text(_other(data), f"line {_bad_line(data, codec)}: not valid {name}")
    utf8 = text.encode("utf-8", "replace")
    if b"\0" in utf8 or _cookie(utf8) != found:
        return Text(_other(data), f"line {line}: it is not written in {name}")
    return Text(utf8)


def _plain(data: bytes) -> Text:
    """UTF-8, or else a guess with a problem."""
    if data.isascii() or _decoded(data, "utf-8") is not None:
        return Text(data)
    return Text(_other(data), f"line {_bad_line(data, 'utf-8')}: not valid utf-8")


def _other(data: bytes) -> bytes:
    if data.isascii() or _decoded(data, "utf-8") is not None:
        return data
    declared = _DECLARED.search(data[:HEAD_BYTES])
    for codec in (_codec(declared[1].decode()) if declared else None, "cp1252", "latin-1"):
        text = _decoded(data, codec) if codec is not None else None
        if text is not None and (declared is None or declared[0].decode("latin-1") in text):
            break
    assert text is not None, "latin-1 takes any byte"
    return text.encode("utf-8", "replace")


def _cookie(data: bytes) -> tuple[int, str] | None:
    """(line, name) of an encoding declaration: in the first line, or in the second when the first has no code."""
    for number, line in enumerate(_LINE_ENDS.split(data[:HEAD_BYTES], maxsplit=2)[:2], 1):
        found = _COOKIE.match(line)
        if found is not None:
            return number, found[1].decode()
        if _NO_CODE.fullmatch(line) is None:
            return None
    return None


def _codec(name: str) -> str | None:
    """The codec of a name, None when there is none that files are written in."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    usable = getattr(found, "_is_text_encoding", True) and found.name not in _NOT_READ
    return found.name if usable else None


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except ValueError:
        return None


def _bad_line(data: bytes, codec: str) -> int:
    """The line of the first byte that ``codec`` does not take."""
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        return len(_LINE_ENDS.findall(data, 0, error.start)) + 1
    except ValueError:
        pass
    return 1
