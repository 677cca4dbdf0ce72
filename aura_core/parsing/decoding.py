"""Decodes the bytes of a blob to UTF-8 without a byte order mark. In this text words are counted and lines are cut, and
people read it.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from aura_core.parsing.languages import NOTEBOOK, PYTHON, PYTHON_STUB
from aura_core.parsing.notebooks.text import notebook_text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's mark, which begins alike
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NO_CODE = re.compile(rb"[ \t\f]*(?:#.*)?")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ANY_DECLARATION = re.compile(rb"""(?:encoding|charset|coding)[ \t]*+(?:[:=][ \t]*+)?["']?([-\w.]+)""", re.IGNORECASE)
HEAD_BYTES = 4_096
"""A declaration of an encoding is looked for in this many first bytes."""

_WORD_CODECS = frozenset({
    "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape",
})  # fmt: skip
"""Codecs of single words or escapes: no file is written in them, and some take quadratic time."""


class Text(NamedTuple):
    """A text as UTF-8, with the line breaks that it had. ``problem``: why Python would refuse the bytes, as
    "line N: …", or "".
    """

    utf8: bytes
    problem: str = ""


def to_utf8(data: bytes, language: str = "text") -> bytes | None:
    """Return the text as UTF-8, with its own line breaks; None when it is binary. See ``read_text``. The text of a
    notebook is that of its cells, see ``notebooks.text``.
    """
    text = read_text(data, language)
    if text is None:
        return None
    notebook = notebook_text(text.utf8) if language == NOTEBOOK else None
    return notebook.encode() if notebook is not None else text.utf8


def read_text(data: bytes, language: str = "text") -> Text | None:
    """Return the decoded text; None for binary data, which has a NUL byte or is not what its byte order mark says.

    These are tried in order: a byte order mark, the encoding that a Python file declares (PEP 263), UTF-8, what another
    file declares (XML, HTML, CSS, modelines), Windows-1252, Latin-1 (which takes any byte). A Python file that CPython
    would refuse is read all the same, with a ``problem``.
    """
    is_python = language in (PYTHON, PYTHON_STUB)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read_marked(data, mark, encoding, is_python)
    if b"\0" in data:
        return None
    return _read_python(data) if is_python else Text(_guess(data))


def text_lines(data: bytes, language: str) -> list[str]:
    r"""Return the lines of a blob as the parser counts them: ``\n``, ``\r\n`` and a lone ``\r`` end a line and become
    ``\n``. A binary has no lines.
    """
    text = to_utf8(data, language)
    if text is None:
        return []
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _LINE.findall(text.decode())


def _read_marked(data: bytes, mark: bytes, encoding: str, is_python: bool) -> Text | None:
    if encoding == "utf-8":
        return _read_after_utf8_mark(data.removeprefix(mark), is_python)
    text = _decode(data, encoding)
    if text is None or "\0" in text:
        return None
    problem = f"line 1: Python does not read {encoding.upper()}; read by its byte order mark" if is_python else ""
    return Text(text.encode(), problem)


def _read_after_utf8_mark(data: bytes, is_python: bool) -> Text | None:
    if b"\0" in data:
        return None
    if not is_python:
        return Text(_guess(data))
    match _declaration(data):
        case line, name if _codec(name) != "utf-8":
            problem = f"line {line}: the byte order mark says utf-8, the declaration {name}"
            return Text(_guess(data), problem)
    return _read_utf8(data)


def _read_python(data: bytes) -> Text:
    """Decode a file by its declaration, as CPython reads it."""
    declaration = _declaration(data)
    if declaration is None:
        return _read_utf8(data)
    line, name = declaration
    codec = _codec(name)
    if codec is None:
        return Text(_guess(data), f"line {line}: unknown encoding: {name}")
    if codec == "utf-8":
        return _read_utf8(data)
    text = _decode(data, codec)
    if text is None:
        return Text(_guess(data), f"line {_bad_line(data, codec)}: not valid {name}")
    utf8 = text.encode("utf-8", "replace")
    # a text in that encoding would still hold the declaration itself after decoding
    if b"\0" in utf8 or _declaration(utf8) != declaration:
        return Text(_guess(data), f"line {line}: it is not written in {name}")
    return Text(utf8)


def _read_utf8(data: bytes) -> Text:
    """Decode UTF-8, or else guess and name the problem."""
    if _is_utf8(data):
        return Text(data)
    return Text(_guess(data), f"line {_bad_line(data, 'utf-8')}: not valid utf-8")


def _is_utf8(data: bytes) -> bool:
    return data.isascii() or _decode(data, "utf-8") is not None


def _guess(data: bytes) -> bytes:
    """Decode a text that may not be UTF-8. A declaration is believed when the decoded text still holds it."""
    if _is_utf8(data):
        return data
    declaration = _ANY_DECLARATION.search(data[:HEAD_BYTES])
    # cp1252 comes before latin-1, which takes any byte; five bytes are undefined in cp1252
    for codec in (_codec(declaration[1].decode()) if declaration else None, "cp1252", "latin-1"):
        text = _decode(data, codec) if codec is not None else None
        if text is not None and (declaration is None or declaration[0].decode("latin-1") in text):
            break
    assert text is not None, "latin-1 takes any byte"
    return text.encode("utf-8", "replace")


def _declaration(data: bytes) -> tuple[int, str] | None:
    """Return (line, name) of an encoding declaration: in the first line, or in the second if the first has no code."""
    # PEP 263: only the first two lines count
    for number, line in enumerate(_LINE_ENDS.split(data[:HEAD_BYTES], maxsplit=2)[:2], 1):
        cookie = _COOKIE.match(line)
        if cookie is not None:
            return number, cookie[1].decode()
        if _NO_CODE.fullmatch(line) is None:
            return None
    return None


def _codec(name: str) -> str | None:
    """Return the normal name of a codec; None when files are not written in it, or there is none."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # codecs such as base64 and rot13 do not turn bytes into text
    is_usable = getattr(codec, "_is_text_encoding", True) and codec.name not in _WORD_CODECS
    return codec.name if is_usable else None


def _decode(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except ValueError:
        return None


def _bad_line(data: bytes, codec: str) -> int:
    """Return the line of the first byte that ``codec`` does not take."""
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        return len(_LINE_ENDS.findall(data, 0, error.start)) + 1
    except ValueError:
        pass
    return 1
