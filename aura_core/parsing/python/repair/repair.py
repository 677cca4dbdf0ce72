"""Rewrites a Python file that the running interpreter refuses, line for line, until it parses.

Statements that parse stay as they are. The others are translated into the running interpreter's Python
(``legacy_grammar``), then taken apart: a broken header costs its compound statement nothing else, a broken simple
statement is replaced by the expressions in it that do parse. Lines keep their numbers, so that everything after parsing
is the same as for any other file.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from aura_core.parsing.python.repair.logical_lines import (
    CONTINUATIONS,
    Line,
    expand_tabs,
    first_word,
    indentation,
    is_keyword,
    lines_after_closing,
    logical_lines,
    reindent,
    remove_comments,
    source_of,
    statements,
)

MAX_BLOCKS = 40
"""Blocks nested deeper than this are not taken apart."""

MAX_EXPRESSIONS = 100
"""Expressions nested deeper than this are left out of a file that holds expressions too deep to follow."""

MAX_CACHED_TEXT = 1_000
"""The answer whether a text parses is cached for texts of up to this many bytes."""

_DEFINITION = re.compile(rb"((?:async\s+)?def|class)\s+(\w+)\s*")
_ARGUMENTS = re.compile(rb"[(,]\s*(\*{0,2}[^\W\d][\w.]*)\s*(?=[,):=]|$)")
_PLAIN_HEADERS = {
    b"elif": b"elif ...:",
    b"except": b"except BaseException:",
    b"case": b"case _:",
    b"match": b"match 1:",
}
_BLOCK, _CASES = b"if ...:\n", b"match 1:\n"


@dataclass(slots=True)
class RepairedFile:
    """A file that parses: its tree, its text (with as many lines as before), and the lines whose statements were left
    out.
    """

    tree: ast.Module
    text: str
    omitted_lines: list[int]


class Block(NamedTuple):
    """The block that statements stand in: the header under which one of them parses ("" for the module), the
    indentation of its lines, and how many blocks are around it.
    """

    header: bytes
    indent: int
    depth: int

    def takes(self, source: bytes) -> bool:
        """Tell whether source parses in this block."""
        return _parses(self.header + source)

    def line(self, code: bytes) -> bytes:
        """Return code as a line of this block."""
        return b" " * self.indent + code


def repair_source(text: str) -> RepairedFile | None:
    """Return the file rewritten so that it parses; None when even that does not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = expand_tabs(text.encode("utf-8", "surrogatepass"))
        source = _translate(data)
        repair = _Repair(source)
        tree = parse_or_none(source)
        if tree is None:
            source = repair.block(data, 1, b"", 0)
            tree = parse_or_none(source)
    if tree is None:
        return None
    return RepairedFile(tree, source.decode("utf-8", "surrogatepass"), sorted(repair.omitted_lines))


def parse_or_none(data: bytes) -> ast.Module | None:
    """Return the tree of some source, or None when it does not parse."""
    try:
        return ast.parse(data.decode("utf-8", "surrogatepass"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def prune_deep_expressions(tree: ast.Module) -> int:
    """Replace expressions that are nested too deeply by None; return the line of the first."""
    lines = []
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        for name, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            for position, child in enumerate(children):
                if not isinstance(child, ast.AST):
                    continue
                if not isinstance(child, ast.expr):
                    stack.append((child, 0 if isinstance(child, ast.stmt) else depth))
                elif depth < MAX_EXPRESSIONS:
                    stack.append((child, depth + 1))
                else:
                    lines.append(child.lineno)
                    children[position] = ast.copy_location(ast.Constant(None), child)
            if not isinstance(value, list):
                setattr(node, name, children[0])
    return min(lines, default=0)


class _Repair:
    """Rewrites blocks. ``omitted_lines`` collects the lines of statements that are left out; ``translation`` is the
    whole file in the running interpreter's Python.
    """

    def __init__(self, translation: bytes) -> None:
        self.omitted_lines: set[int] = set()
        self._translation = re.findall(rb"[^\n]*\n|[^\n]+", translation)

    def block(self, data: bytes, number: int, header: bytes, depth: int) -> bytes:
        """Rewrite the statements of a block that begins in line ``number``; each parses under ``header``."""
        before, lines = logical_lines(data, number)
        if not lines:
            return data
        return before + self._lines(lines, Block(header, indentation(data, len(before)) if header else 0, depth))

    def _lines(self, lines: list[Line], block: Block) -> bytes:
        return b"".join(self._statement(statement, block) for statement in statements(lines))

    def _statement(self, lines: list[Line], block: Block) -> bytes:
        number = lines[0].number
        source = source_of(lines)
        if indentation(source, 0) != block.indent:
            source = reindent(source, block.indent)
            _, lines = logical_lines(source, number)
        # from the least loss to the most: as written, translated, taken apart, left out
        if block.takes(source):
            return source
        translation = self._translated_lines(number, source, block)
        if translation != source and block.takes(translation):
            return translation
        if block.depth >= MAX_BLOCKS:
            return self._omit(number, source, block)
        closed_lines = lines_after_closing(lines)
        if closed_lines:
            return self._lines(closed_lines, block._replace(depth=block.depth + 1))
        parts = [self._line(line, block) for line in lines]
        joined = b"".join(head + body for head, body in parts)
        if block.takes(joined):
            return joined
        joined = b"".join(_own_statement(head, block) + body for head, body in parts)
        return joined if block.takes(joined) else self._omit(number, source, block)

    def _translated_lines(self, number: int, source: bytes, block: Block) -> bytes:
        """Return the lines of a statement as the grammar translated them within the whole file."""
        count = source.count(b"\n") + (not source.endswith(b"\n"))
        translation = b"".join(self._translation[number - 1 : number - 1 + count])
        return translation if indentation(translation, 0) == block.indent else reindent(translation, block.indent)

    def _line(self, line: Line, block: Block) -> tuple[bytes, bytes]:
        """Rewrite a logical line and what is below it, each by itself."""
        below = line.body_number
        line = Line(line.number, remove_comments(line.head), line.body)
        if _opens_block(line, block):
            body = self.block(line.body, below, _CASES if line.has_cases else _BLOCK, block.depth + 1)
            return self._header(line, block), body
        # What is indented below a line that opens no block is more of the same block.
        before, lines = logical_lines(line.body, below)
        body = before + self._lines(lines, block._replace(depth=block.depth + 1))
        return self._simple_statement(line, block), body

    def _simple_statement(self, line: Line, block: Block) -> bytes:
        from aura_core.parsing.python.repair.legacy_grammar import salvage_expressions

        source = block.line(line.head.lstrip(b" \t\f"))
        if line.text.startswith(b"@"):
            is_valid = block.takes(source.rstrip() + b"\n" + block.line(b"def f(): pass\n"))
            return source if is_valid else self._omit(line.number, line.head, block, b"")
        around = block._replace(header=CONTINUATIONS.get(line.word, block.header))
        if around.takes(source):
            return source
        translation = _pad(block.line(_translate(line.text)), line.head)
        if translation != source and around.takes(translation):
            return translation
        if _DEFINITION.match(line.text):
            substitute = self._header(line, block)
        else:
            substitute = block.line(salvage_expressions(line.text)) + b"\n"
        if not substitute.strip() or not around.takes(substitute):
            return self._omit(line.number, line.head, block)
        self.omitted_lines.add(line.number)
        return _pad(substitute, line.head)

    def _header(self, line: Line, block: Block) -> bytes:
        """Return the header of a compound statement, as near to what is written as parses."""
        before = CONTINUATIONS.get(line.word) or (block.header and block.header + b" ")
        rest = b"\n    case _: pass\n" if line.has_cases else b" pass\n"
        candidates = [line.text, _translate(line.text + rest).removesuffix(rest)]
        header = next((header for header in candidates if _parses(before + header + rest)), b"")
        if not header:
            self.omitted_lines.add(line.number)
            header = next(header for header in _substitutes(line, block) if _parses(before + header + rest))
        return _pad(block.line(header + (b"" if line.body.strip() else b" pass")), line.head)

    def _omit(self, number: int, source: bytes, block: Block, substitute: bytes = b"pass") -> bytes:
        self.omitted_lines.add(number)
        return _pad(block.line(substitute), source)


def _opens_block(line: Line, block: Block) -> bool:
    """Tell whether a line opens a block, or was meant to."""
    if line.text.endswith(b":") and not line.text.startswith(b"@"):
        return True
    return bool(line.body.strip()) and is_keyword(line.word) and not block.takes(line.head)


def _parses(source: bytes) -> bool:
    return parses_short(source) if len(source) <= MAX_CACHED_TEXT else parse_or_none(source) is not None


@lru_cache(maxsize=64)
def parses_short(source: bytes) -> bool:
    """Tell whether a short text parses. The same text is asked for again as a part of the statement around it."""
    return parse_or_none(source) is not None


def _translate(source: bytes) -> bytes:
    from aura_core.parsing.python.repair.legacy_grammar import translate

    translation = translate(source)
    return translation if translation.count(b"\n") == source.count(b"\n") else source


def _pad(text: bytes, source: bytes) -> bytes:
    """Return a text with as many line ends as a source, or more where the text itself has more."""
    text = text.rstrip(b"\n")
    return text + b"\n" * max(source.count(b"\n") - text.count(b"\n"), 0)


def _substitutes(line: Line, block: Block) -> Iterator[bytes]:
    """Yield headers that may replace a broken one; the last always parses."""
    definition = _DEFINITION.match(line.text)
    if definition is not None:
        kind, name = definition.groups()
        name = name + b"_" if is_keyword(name) else name
        arguments = _ARGUMENTS.findall(line.text, definition.end())
        yield b"%b %b(%b):" % (kind, name, b", ".join(arguments))
        yield b"%b %b(%b):" % (kind, name, b", ".join(dict.fromkeys(a for a in arguments if b"." not in a)))
        yield b"%b %b():" % (kind, name)
    elif line.word in CONTINUATIONS or line.word in _PLAIN_HEADERS:
        yield _PLAIN_HEADERS.get(line.word, line.word + b":")
    if block.header == _CASES:
        yield _PLAIN_HEADERS[b"case"]
    else:
        yield _PLAIN_HEADERS[b"match"] if line.has_cases else _BLOCK.rstrip()


def _own_statement(head: bytes, block: Block) -> bytes:
    """Return a header whose statement is not complete as one that opens a block by itself."""
    text = head.strip()
    word = first_word(text)
    if word == b"elif":
        return _pad(block.line(text.removeprefix(b"el")), head)
    if word in (b"else", b"finally", b"try"):
        return _pad(block.line(b"if ..." + text.removeprefix(word)), head)
    if word == b"except":
        return _pad(block.line(b"if ...:" if text.endswith(b":") else b"if ...: pass"), head)
    return head
