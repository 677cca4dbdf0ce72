"""From the bytes of a blob to UTF-8 without a byte order mark: what words are counted in, lines are cut in, and people read."""

from __future__ import annotations

import codecs
import io
import tokenize

from aura_core.parsing.languages import PYTHON, family_of

BINARY_WARNING = "holds NUL bytes: binary, not indexed"
"""``FileFacts.warning`` of a blob that turned out to be binary."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's mark, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def to_utf8(data: bytes, language: str = "text") -> bytes | None:
    """The text as UTF-8, line breaks untouched; None when it is binary (a NUL byte, or a mark that lies).

    Tried in order: a byte order mark, UTF-8, the encoding that a Python file declares, Windows-1252, Latin-1 (which takes any byte).
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data, encoding)
    if b"\0" in data:
        return None
    if data.isascii():
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return _legacy(data, language)
    return data


def _marked(data: bytes, encoding: str) -> bytes | None:
    if encoding == "utf-8":
        return to_utf8(data[len(codecs.BOM_UTF8) :])
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.encode()


def _legacy(data: bytes, language: str) -> bytes:
    for encoding in (_declared(data, language), "cp1252"):
        try:
            return data.decode(encoding).encode()
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").encode()


def _declared(data: bytes, language: str) -> str:
    if family_of(language) != PYTHON:
        return "cp1252"
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        return "cp1252"
