"""Reads the text of a Python file: its lines, signatures and docstrings."""

from __future__ import annotations

import ast
import re

from aura_core.parsing.decoding import read_text
from aura_core.parsing.languages import PYTHON

MAX_SITE = 80
"""The text of a call site is clipped to this many characters."""

MAX_DOC = 300
"""The first paragraph of a docstring is clipped to this many characters."""

MAX_SIGNATURE = 600
"""A signature is clipped to this many characters."""

_SPACES = re.compile(r"\s+")
_COMMENT = re.compile(rb"#[^\n]*")
_UNUSUAL = re.compile(rb"[^\x20-\x7e]|[#'\"]|  |\( |, ?\)| :\Z")
"""Matches what may end a header early, hide a bracket in it, or read differently in a one-line signature."""

_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))

Position = tuple[int, int]
"""A line and a column."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def last_name(node: ast.expr) -> str:
    """Return the name of a name, the attribute of an attribute; "" for any other expression."""
    return node.id if type(node) is ast.Name else node.attr if type(node) is ast.Attribute else ""


class Undecodable(ValueError):
    """Raised for bytes that are no text."""


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a source file with plain line ends, and why CPython would refuse its bytes ("" where it
    would not; see ``read_text``).

    Raises ``Undecodable`` with the reason for what is no text at all.
    """
    source = read_text(data, PYTHON)
    if source is None:
        line = data.count(b"\n", 0, max(data.find(b"\0"), 0)) + 1
        raise Undecodable(f"line {line}: NUL byte")
    text = source.utf8.decode()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text, source.problem


class Lines:
    """The lines of a decoded file, addressed as ``ast`` does: 1-based lines, UTF-8 byte columns. ``text`` is the whole
    file as UTF-8 with plain line ends, ``count`` how many lines it has; an empty last one does not count.
    """

    def __init__(self, text: str) -> None:
        self.text = text.encode("utf-8", "surrogatepass")
        self._lines = self.text.split(b"\n")
        self.count = len(self._lines) - (not self._lines[-1])

    def between(self, start: Position, end: Position) -> bytes:
        """Return the bytes between two positions."""
        (first, left), (last, right) = start, end
        if first == last:
            return self._lines[first - 1][left:right]
        middle = self._lines[first : last - 1]
        return b"\n".join([self._lines[first - 1][left:], *middle, self._lines[last - 1][:right]])

    def clipped(self, node: ast.expr) -> str:
        """Return an expression as written, on one line, clipped."""
        return one_line(self.between((node.lineno, node.col_offset), _end(node)))[:MAX_SITE]

    def signature(self, node: Function | ast.ClassDef) -> str:
        """Return the header of a definition on one line, without decorators, comments and the colon."""
        start = node.lineno, node.col_offset
        body = node.body[0]
        if body.lineno > node.lineno and (plain := _plain_header(self._lines[node.lineno - 1][node.col_offset :])):
            return plain[:MAX_SIGNATURE]
        # No part of the header holds the colon that ends it; what follows the last part may only be comments before it.
        header_end = max((_end(part) for part in _header_parts(node)), default=start)
        body_start = body.lineno, body.col_offset
        decorators = getattr(body, "decorator_list", [])
        if decorators:
            body_start = min(decorator.lineno for decorator in decorators), 0
        elif body_start < header_end:
            body_start = body.lineno, 0
        rest = _COMMENT.sub(b"", self.between(header_end, body_start)).partition(b":")[0]
        header = self.between(start, header_end)
        if b"#" in header and b"\n" in header:
            header = _uncommented(header)
        return one_line(header + rest).replace("( ", "(").replace(", )", ")").replace(",)", ")")[:MAX_SIGNATURE]

    def first_line(self, node: ast.stmt) -> int:
        """Return the line that a statement begins in: that of the first ``@``, if it has decorators. Brackets may open
        between that and the decorator's expression.
        """
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        if not decorators:
            return node.lineno
        line = decorators[0].lineno
        while line > 1 and not self._lines[line - 1].lstrip(b" \t\f").startswith(b"@"):
            line -= 1
        return line


def _plain_header(line: bytes) -> str:
    """Return a header that is one line, written as its signature reads; "" for any other line."""
    if (
        not line.endswith(b":")
        or _UNUSUAL.search(line)
        or any(line.count(left) != line.count(right) for left, right in _BRACKETS)
    ):
        return ""
    return line[:-1].decode()


def one_line(text: bytes) -> str:
    """Return source as a text on one line, with single spaces."""
    return _SPACES.sub(" ", text.decode("utf-8", "replace")).strip()


def first_paragraph(body: list[ast.stmt]) -> str:
    """Return the first paragraph of a body's docstring on one line, clipped; "" without one."""
    if not body or not isinstance(body[0], ast.Expr):
        return ""
    value = body[0].value
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
        return ""
    # cut at twice the limit first: joining the white space afterwards makes it shorter
    paragraph = value.value.strip().split("\n\n", 1)[0][: 2 * MAX_DOC]
    return _SPACES.sub(" ", paragraph).strip()[:MAX_DOC].encode("utf-8", "replace").decode()


def _header_parts(node: Function | ast.ClassDef) -> list[ast.expr | ast.arg | ast.keyword]:
    types = list(getattr(node, "type_params", ()))
    if isinstance(node, ast.ClassDef):
        return [*types, *node.bases, *node.keywords]
    arguments = node.args
    parts = [*types, *arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *arguments.defaults]
    parts += [p for p in (*arguments.kw_defaults, arguments.vararg, arguments.kwarg, node.returns) if p is not None]
    return parts


def _end(node: ast.expr | ast.arg | ast.keyword) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _uncommented(header: bytes) -> bytes:
    """Return a header of several lines without comments; a line with a quote before its ``#`` stays as it is."""
    lines = []
    for line in header.split(b"\n"):
        before = line.partition(b"#")[0]
        lines.append(line if b"'" in before or b'"' in before else before)
    return b"\n".join(lines)
