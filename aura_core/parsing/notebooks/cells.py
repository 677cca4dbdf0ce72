"""Finds the cells of a notebook in its JSON, with the place of every piece of their source. Outputs are passed over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MAX_CELLS: Final = 20_000
MAX_DEPTH: Final = 200
"""JSON that is nested deeper is not read further."""

_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*(?P<end>"?)|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)

_PYTHON: Final = frozenset({"", "python", "python2", "python3", "ipython", "cython", "sage"})


class Piece(NamedTuple):
    """A text of a cell's source, and the byte at which it begins in the JSON."""

    offset: int
    text: str


@dataclass(slots=True)
class Cell:
    """One cell: its number, from 1; its type (``code``, ``markdown``, …); its source in pieces."""

    number: int
    kind: str = ""
    pieces: list[Piece] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The text of the cell, with plain line ends."""
        return _plain("".join(piece.text for piece in self.pieces))


@dataclass(slots=True)
class Notebook:
    """The cells of a notebook. ``language``: of its code, in lower case, or "". ``problem``: why the JSON could not be
    read to its end, as "line N: …", or "".
    """

    cells: list[Cell] = field(default_factory=list)
    language: str = ""
    problem: str = ""

    @property
    def is_python(self) -> bool:
        """Whether the code cells are Python."""
        return self.language in _PYTHON


def read_notebook(text: bytes) -> Notebook:
    """Return the cells of a notebook. Never raises: what comes before an error in the JSON counts."""
    reader = _Reader(text)
    for match in _TOKEN.finditer(text):
        # a text without an end is a lone quote; searching on behind it would read the rest again from each quote
        token = b'"' if match["end"] == b"" else match[0]
        if not reader.take(token, match.start()):
            break
    return reader.notebook()


class _Reader:
    """Follows the brackets of the JSON. A frame is the key under which the present value of an object or an array
    stands; ``_is_key`` tells whether the next string of the innermost object is a key.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._brackets: list[bytes] = []
        self._keys: list[bytes] = []
        self._is_key = False
        self._cell_depth = 0
        self._notebook = Notebook()
        self._problem = ""

    def notebook(self) -> Notebook:
        """Return what was read."""
        if self._brackets and not self._problem:
            self._fail("the JSON ends early", len(self._text))
        self._notebook.problem = self._problem
        return self._notebook

    def take(self, token: bytes, offset: int) -> bool:
        """Take the next token; tell whether to go on."""
        first = token[:1]
        if token == b'"':
            return self._fail("a text in the JSON has no end", offset)
        if first == b'"':
            if self._is_key:
                self._keys[-1], self._is_key = token[1:-1], False
            else:
                self._value(token, offset)
        elif first in b"{[":
            return self._open(first, offset)
        elif first in b"}]":
            return self._close(first, offset)
        elif first == b",":
            self._is_key = self._innermost() == b"{"
        return True

    def _fail(self, reason: str, offset: int) -> bool:
        line = self._text.count(b"\n", 0, offset) + 1
        self._problem = f"line {line}: {reason}"
        return False

    def _innermost(self) -> bytes:
        return self._brackets[-1] if self._brackets else b""

    def _open(self, bracket: bytes, offset: int) -> bool:
        if len(self._brackets) >= MAX_DEPTH:
            return self._fail("nested too deeply", offset)
        # nbformat 4 has ``cells``, nbformat 3 has ``worksheets``, an array of objects with ``cells``
        if bracket == b"{" and not self._cell_depth and self._keys[1:] in ([b""], [b"", b"cells", b""]):
            path = self._keys[:1] + self._keys[2:3]
            if path in ([b"cells"], [b"worksheets", b"cells"]):
                if len(self._notebook.cells) >= MAX_CELLS:
                    return self._fail(f"more than {MAX_CELLS:,} cells", offset)
                self._cell_depth = len(self._brackets) + 1
                self._notebook.cells.append(Cell(len(self._notebook.cells) + 1))
        self._brackets.append(bracket)
        self._keys.append(b"")
        self._is_key = bracket == b"{"
        return True

    def _close(self, bracket: bytes, offset: int) -> bool:
        if self._innermost() != (b"{" if bracket == b"}" else b"["):
            return self._fail("the brackets of the JSON do not match", offset)
        if len(self._brackets) == self._cell_depth:
            self._cell_depth = 0
        self._brackets.pop()
        self._keys.pop()
        self._is_key = False
        return True

    def _value(self, token: bytes, offset: int) -> None:
        """Take a text that is a value."""
        if self._cell_depth:
            depth = len(self._brackets) - self._cell_depth
            key = self._keys[self._cell_depth - 1]
            cell = self._notebook.cells[-1]
            if depth == 0 and key == b"cell_type":
                cell.kind = _decoded(token)
            elif depth <= 1 and key in (b"source", b"input") and self._innermost() == (b"[" if depth else b"{"):
                cell.pieces.append(Piece(offset, _decoded(token)))
            elif depth == 0 and key == b"language":
                self._notebook.language = _decoded(token).lower()
        elif self._keys in ([b"metadata", b"kernelspec", b"language"], [b"metadata", b"language_info", b"name"]):
            self._notebook.language = _decoded(token).lower()


def _decoded(token: bytes) -> str:
    """Return the text that a JSON string means; one with bad escapes as it is written."""
    try:
        text = json.loads(token, strict=False)
    except ValueError:
        text = token[1:-1].decode(errors="replace")
    # a lone surrogate has no UTF-8, and a NUL ends a text for Python's parser
    return text.encode("utf-8", "replace").decode().replace("\0", " ") if isinstance(text, str) else ""


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
