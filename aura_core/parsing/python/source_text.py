"""A Python file's bytes as text and lines: encodings, signatures, docstrings."""

from __future__ import annotations

import ast
import re
from functools import cached_property

from aura_core.parsing.decoding import read_text
from aura_core.parsing.languages import PYTHON

CLIP = 80
"""Longest text kept of a call site."""

DOC = 300
"""Longest part kept of a docstring's first paragraph."""

SIGNATURE = 600
"""Longest signature kept."""

_SPACES = re.compile(r"\s+")
_COMMENT = re.compile(rb"#[^\n]*")
_UNUSUAL = re.compile(rb"[^\x20-\x7e]|[#'\"]|  |\( |, ?\)| :\Z")
"""In a header: what may end it early, hide a bracket, or be written otherwise on one line."""

_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def last_name(node: ast.expr) -> str:
    """The name of a name, the attribute of an attribute; "" for anything else."""
    return node.id if type(node) is ast.Name else node.attr if type(node) is ast.Attribute else ""


class Undecodable(ValueError):
    """The bytes are no text."""


def decode(data: bytes) -> tuple[str, str]:
    """The text of a source file with plain line ends, and why CPython would refuse its bytes ("" where it would not;
    see ``read_text``).

    Raises ``Undecodable`` with a sentence for what is no text at all.
    """
    found = read_text(data, PYTHON)
    if found is None:
        line = data.count(b"\n", 0, max(data.find(b"\0"), 0)) + 1
        raise Undecodable(f"line {line}: NUL byte")
    text = found.utf8.decode()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text, found.problem


class Lines:
    """The lines of a decoded file, addressed as ``ast`` does: 1-based lines, UTF-8 byte columns."""

    def __init__(self, text: str) -> None:
        self._text = text.encode("utf-8", "surrogatepass")
        self._lines = self._text.split(b"\n")

    @cached_property
    def count(self) -> int:
        """How many lines there are; an empty last one does not count."""
        return len(self._lines) - (not self._lines[-1])

    def text(self) -> bytes:
        """The whole file as UTF-8 with plain line ends."""
        return self._text

    def has(self, part: bytes) -> bool:
        """Whether the file holds these bytes."""
        return part in self._text

    def raw(self, start: tuple[int, int], end: tuple[int, int]) -> bytes:
        """The bytes between two (line, column) places."""
        (first, left), (last, right) = start, end
        if first == last:
            return self._lines[first - 1][left:right]
        middle = self._lines[first : last - 1]
        return b"\n".join([self._lines[first - 1][left:], *middle, self._lines[last - 1][:right]])

    def clipped(self, node: ast.expr) -> str:
        """An expression as written, on one line, clipped."""
        end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return one_line(self.raw((node.lineno, node.col_offset), end))[:CLIP]

    def signature(self, node: Function | ast.ClassDef) -> str:
        """The header of a definition on one line, without decorators, comments and the colon."""
        start = node.lineno, node.col_offset
        if node.body[0].lineno > node.lineno and (
            plain := _plain_header(self._lines[node.lineno - 1][node.col_offset :])
        ):
            return plain[:SIGNATURE]
        anchor = max((_end(part) for part in _header_parts(node)), default=start)
        body = node.body[0]
        until = body.lineno, body.col_offset
        if until < anchor or (isinstance(body, Function | ast.ClassDef) and body.decorator_list):
            until = self._decorated(body)
        rest = _COMMENT.sub(b"", self.raw(anchor, until)).partition(b":")[0]
        head = self.raw(start, anchor)
        if b"#" in head and b"\n" in head:
            head = _uncommented(head)
        return one_line(head + rest).replace("( ", "(").replace(", )", ")").replace(",)", ")")[:SIGNATURE]

    def decorator(self, line: int) -> int:
        """The line of the ``@`` before an expression that begins in some line: brackets may open in between."""
        while line > 1 and not self._lines[line - 1].lstrip(b" \t\f").startswith(b"@"):
            line -= 1
        return line

    def _decorated(self, node: ast.stmt) -> tuple[int, int]:
        first = min((d.lineno for d in getattr(node, "decorator_list", ())), default=node.lineno)
        return first, 0


def _plain_header(line: bytes) -> str:
    """The header that a line begins and ends and that reads as it is written; "" for any other line."""
    if (
        not line.endswith(b":")
        or _UNUSUAL.search(line)
        or any(line.count(left) != line.count(right) for left, right in _BRACKETS)
    ):
        return ""
    return line[:-1].decode()


def one_line(text: bytes) -> str:
    """Bytes of source on one line."""
    return _SPACES.sub(" ", text.decode("utf-8", "replace")).strip()


def first_paragraph(body: list[ast.stmt]) -> str:
    """The first paragraph of a body's docstring on one line, clipped; "" without one."""
    if not body or not isinstance(body[0], ast.Expr):
        return ""
    value = body[0].value
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
        return ""
    paragraph = value.value.strip().split("\n\n", 1)[0][: 2 * DOC]
    return _SPACES.sub(" ", paragraph).strip()[:DOC].encode("utf-8", "replace").decode()


def _header_parts(node: Function | ast.ClassDef) -> list[ast.expr | ast.arg | ast.keyword]:
    types = list(getattr(node, "type_params", ()))
    if isinstance(node, ast.ClassDef):
        return [*types, *node.bases, *node.keywords]
    arguments = node.args
    parts = [*types, *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *arguments.defaults]
    parts += [p for p in (*arguments.kw_defaults, arguments.vararg, arguments.kwarg, node.returns) if p is not None]
    return parts


def _end(node: ast.expr | ast.arg | ast.keyword) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _uncommented(head: bytes) -> bytes:
    """A header that runs over lines, without comments; a line with a quote before its ``#`` is left as it is."""
    lines = []
    for line in head.split(b"\n"):
        before = line.partition(b"#")[0]
        lines.append(line if b"'" in before or b'"' in before else before)
    return b"\n".join(lines)
