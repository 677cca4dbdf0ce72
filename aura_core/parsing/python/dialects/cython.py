"""Reads Cython (``.pyx``, ``.pxd``, ``.pxi``) by translating it into Python, each logical line in its place. Types of C
are dropped; what is not understood is left to the repair of broken Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from aura_core.parsing.decoding import read_text
from aura_core.parsing.languages import CYTHON
from aura_core.parsing.python.dialects.c_declarations import declare, function_header, mask, translate_expressions
from aura_core.parsing.python.parse import PythonFile, parse_python

_BREAK: Final = re.compile(r"[\[({]|[\])}]|\\\n|\n")
_STATEMENT: Final = re.compile(r"[ \t]*(?:cdef|cpdef|ctypedef|def|class|import|from|cimport|return|with|include)\b")
_WORDS: Final = re.compile(r"[ \t]*(?P<first>\w+)(?:[ \t]+(?P<second>\w+))?")
_MODIFIERS: Final = re.compile(r"(?:(?:inline|public|readonly|api|extern|packed|volatile|static)[ \t]+)*")
_CLASS: Final = re.compile(r"class[ \t]+(?P<name>[\w.]+)[ \t]*(?P<bases>\([^()]*\))?[^:]*(?P<colon>:)?")
_STRUCT: Final = re.compile(
    r"(?:enum[ \t]+class|struct|union|enum|cppclass|fused)\b(?:[ \t]+(?P<name>\w+))?[ \t]*(?:[\"'][^\"'\n]*[\"'])?"
    r"[ \t]*(?:\[[^\[\]]*\])?[ \t]*(?:\([^()]*\))?[ \t]*(?:nogil)?[ \t]*:"
)
_EXTERN: Final = re.compile(r"extern[ \t]+from\b|from[ \t]+[\"']")
_INCLUDE: Final = re.compile(r"include[ \t]+[\"'](?P<path>[\w./-]+?)\.p[xy][xid][\"']")
_PROPERTY: Final = re.compile(r"property[ \t]+(?P<name>\w+)[ \t]*:")
_CIMPORT: Final = re.compile(r"(?P<head>from[ \t]+[\w.]+[ \t]+)?cimport\b")
_CONDITION: Final = re.compile(r"(?P<word>IF|ELIF|ELSE)\b")
_ASYNC: Final = re.compile(r"async[ \t]+def[ \t]+")
_RANGE: Final = re.compile(r"for[ \t]+(?P<name>\w+)[ \t]+from\b.*:[ \t]*", re.DOTALL)


def parse_cython(data: bytes) -> PythonFile:
    """Parse one file. Never raises for what the bytes say, as ``parse_python``."""
    source = read_text(data)
    text = source.utf8.decode() if source is not None else ""
    return parse_python(cython_to_python(text.replace("\r\n", "\n").replace("\r", "\n")).encode())


def cython_to_python(text: str) -> str:
    """Return the Python that says what Cython source says of definitions, imports and calls, with as many lines."""
    translator = _Translator()
    return "".join(translator.translate(line) for line in _logical_lines(text))


class _Line(NamedTuple):
    """A logical line: its text, and the same with its strings and comments blotted out."""

    text: str
    masked: str


def _logical_lines(text: str) -> Iterator[_Line]:
    masked = mask(text)
    start = depth = 0
    for match in _BREAK.finditer(masked):
        mark = match[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(depth - 1, 0)
        elif mark == "\n" and (not depth or _STATEMENT.match(masked, match.end())):
            depth = 0
            yield _Line(text[start : match.end()], masked[start : match.end()])
            start = match.end()
    if start < len(text):
        yield _Line(text[start:], masked[start:])


class _Translator:
    """Translates one logical line after another. ``_blocks`` are the indentations of the blocks of C declarations
    around the line: inside of one, every line is a declaration.
    """

    def __init__(self) -> None:
        self._blocks: list[int] = []

    def translate(self, line: _Line) -> str:
        """Return the Python for a logical line, with as many line ends."""
        code = line.masked.strip()
        if not code:
            return line.text
        indent = line.text[: len(line.text) - len(line.text.lstrip(" \t\f"))]
        while self._blocks and len(indent.expandtabs(8)) <= self._blocks[-1]:
            self._blocks.pop()
        statement = self._statement(line, code, indent)
        ends = line.text.count("\n") - statement.count("\n")
        return indent + statement.rstrip("\n") + "\n" * (ends + statement[len(statement.rstrip("\n")) :].count("\n"))

    def _statement(self, line: _Line, code: str, indent: str) -> str:
        text = line.text.strip(" \t\f\n")
        words = _WORDS.match(code)
        first = words["first"] if words is not None else ""
        if first in ("cdef", "cpdef", "ctypedef"):
            return self._declaration(text[len(first) :].lstrip(" \t"), indent, is_type=first == "ctypedef")
        if self._blocks and first not in ("def", "class", "pass", "if", "else") and not code.startswith("@"):
            return self._declaration(text, indent, is_type=False)
        simple = self._simple(text, first)
        return simple if simple is not None else translate_expressions(text)

    def _declaration(self, text: str, indent: str, *, is_type: bool) -> str:
        """Return the Python for what stands after ``cdef``, ``cpdef``, ``ctypedef``, or in a block of declarations."""
        if text.startswith(":") or _EXTERN.match(text):
            return self._begin_block(indent, "if 1:")
        text = text[_MODIFIERS.match(text).end() :]  # type: ignore[union-attr]
        kind = _CLASS.match(text)
        if kind is not None:
            name = kind["name"].rpartition(".")[2]
            return f"class {name}{kind['bases'] or ''}:" + ("" if kind["colon"] else " ...")
        structure = _STRUCT.match(text)
        if structure is not None:
            return self._begin_block(indent, f"class {structure['name']}:" if structure["name"] else "if 1:")
        if text.startswith(":"):
            return self._begin_block(indent, "if 1:")
        header = None if is_type else function_header(text)
        if header is not None:
            return header
        return "pass" if is_type else declare(text)

    def _begin_block(self, indent: str, header: str) -> str:
        self._blocks.append(len(indent.expandtabs(8)))
        return header

    def _simple(self, text: str, first: str) -> str | None:
        """Return the Python for a statement of Cython that begins with another word; None for one of Python."""
        if first in ("cimport", "from") and (match := _CIMPORT.match(text)) is not None:
            return f"{match['head'] or ''}import{text[match.end() :]}"
        if first == "include" and (match := _INCLUDE.match(text)) is not None:
            return f"from .{match['path'].strip('./').replace('/', '.')} import *"
        if first == "property" and (match := _PROPERTY.match(text)) is not None:
            return f"class {match['name']}:"
        if first in ("IF", "ELIF", "ELSE") and (match := _CONDITION.match(text)) is not None:
            return match["word"].lower() + text[match.end() :]
        if first == "DEF":
            return text.removeprefix("DEF").lstrip()
        if first == "for" and (match := _RANGE.match(text)) is not None:
            return f"for {match['name']} in ():" + text[match.end() :]
        if first == "def":
            return function_header(text.removeprefix("def").lstrip())
        if first == "async" and (match := _ASYNC.match(text)) is not None:
            header = function_header(text[match.end() :])
            return header and f"async {header}"
        return None


__all__ = ["CYTHON", "cython_to_python", "parse_cython"]
