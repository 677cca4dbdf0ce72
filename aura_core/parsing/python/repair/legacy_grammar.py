"""Translates Python of other versions into that of the running interpreter, with tree-sitter's grammar. Loaded only for
files that do not parse.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from tree_sitter import Language, Node, Parser
from tree_sitter_python import language

GRAMMAR = "0.25.0"
"""The version of the grammar package. The facts of translated files depend on it."""

MAX_REFUSED_BYTES = 200_000
"""The search for expressions in one broken statement ends after this many bytes of expressions that do not parse."""

MAX_EXPRESSIONS = 5_000
"""At most this many expressions of one broken statement are salvaged."""

MAX_EDITS = 20_000
"""A statement that needs more edits than this is not translated."""

CHUNK_BYTES = 4_096
"""The parser reads a text in chunks of this size; whole code takes two reads of each."""

MIN_READS, READS_OF_A_CHUNK = 1_000, 32
"""More reads than these, for a text and for each of its chunks, are too many: it is not translated."""

_OCTAL = re.compile(rb"0[0-7]++$")
_LONG = re.compile(rb"[lL]$")
_EXEC = re.compile(rb"^([ \t]*)exec[ \t]+(?=[^\s=.(\[,:)])", re.MULTILINE)
"""Matches a statement that the grammar takes for names without an operator between them."""

_SALVAGED_TYPES = frozenset({"call", "attribute", "subscript"})
"""Types of the expressions that are salvaged from a broken statement."""


class Edit(NamedTuple):
    """Puts ``text`` in the place of the bytes [start, end). ``is_closing``: it ends what an earlier edit began."""

    start: int
    end: int
    text: bytes
    is_closing: bool = False


Edits = Iterator[Edit]


@cache
def _parser() -> Parser:
    return Parser(Language(language()))


@lru_cache(maxsize=1)
def syntax_tree(source: bytes) -> Node | None:
    """Return the grammar's tree of a text; None when that takes too long. A broken statement is translated, then
    salvaged: both need the tree.
    """
    return _parser().parse(source).root_node if _is_read_in_time(source) else None


def _is_read_in_time(source: bytes) -> bool:
    """Tell whether the parser gets through a text without reading it again and again, as it does in order to recover
    from errors. What is counted follows from the text alone.
    """
    if len(source) <= CHUNK_BYTES:
        return True
    limit = MIN_READS + READS_OF_A_CHUNK * (len(source) // CHUNK_BYTES)
    reads = 0

    def read(offset: int, _: object) -> bytes:
        nonlocal reads
        reads += 1
        return source[offset : offset + CHUNK_BYTES]

    def is_over(*_: object) -> bool:
        return reads > limit

    try:
        tree: object = _parser().parse(read, progress_callback=is_over)
    except ValueError:  # it was stopped
        tree = None
    _parser().reset()
    return tree is not None and reads <= limit


def translate(source: bytes) -> bytes:
    """Return the source with the syntax of other Python versions replaced, each line in its place."""
    # with a comma the statement is a tuple of ``exec`` and the code, which parses
    source = _EXEC.sub(rb"\1exec, ", source)
    edits: list[Edit] = []
    opening_count = 0
    root = syntax_tree(source)
    for node in _nodes(root) if root is not None else ():
        rule = _RULES.get(node.type)
        if rule is None:
            continue
        for edit in rule(node, source):
            edits.append(edit)
            opening_count += not edit.is_closing
        if opening_count > MAX_EDITS:
            return source
    return _apply(source, edits)


def salvage_expressions(source: bytes) -> bytes:
    """Return the calls, attributes and items of a broken statement that parse by themselves, as one tuple with each on
    its line; empty when there are none.
    """
    spans: list[tuple[int, int]] = []
    refused_bytes = 0
    root = syntax_tree(source)
    stack = [root] if root is not None else []
    while stack and refused_bytes < MAX_REFUSED_BYTES and len(spans) < MAX_EXPRESSIONS:
        node = stack.pop()
        if node.type in _SALVAGED_TYPES:
            if is_expression(node.text or b""):
                spans.append((node.start_byte, node.end_byte))
                continue
            refused_bytes += node.end_byte - node.start_byte
        stack += reversed(node.children)
    if not spans:
        return b""
    parts, position = [b"("], 0
    for start, end in spans:
        parts += [_line_ends(source, position, start), source[start:end], b","]
        position = end
    return b"".join([*parts, _line_ends(source, position, len(source)), b")"])


@lru_cache(maxsize=64)
def is_expression(text: bytes) -> bool:
    """Tell whether the running interpreter accepts a text as an expression."""
    return _is_valid(b"(" + text + b"\n)")


def _is_valid(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _nodes(root: Node) -> Iterator[Node]:
    """Yield every node, outer before inner, in order."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if node.type != "comment":
            stack += reversed(node.children)


def _apply(source: bytes, edits: list[Edit]) -> bytes:
    """Make edits. At one place what closes comes before what opens, and inner before outer when closing; an edit that
    begins inside an earlier one is dropped.
    """

    def key(entry: tuple[int, Edit]) -> tuple[int, bool, int]:
        number, edit = entry
        return edit.start, not edit.is_closing, -number if edit.is_closing else number

    parts, position = [], 0
    for _, edit in sorted(enumerate(edits), key=key):
        if edit.start >= position:
            parts += [source[position : edit.start], edit.text]
            position = edit.end
    return b"".join([*parts, source[position:]])


def _line_ends(source: bytes, start: int, end: int) -> bytes:
    return b"\n" * source.count(b"\n", start, end)


def _replace(node: Node, text: bytes) -> Edit:
    return Edit(node.start_byte, node.end_byte, text)


def _close(position: int, text: bytes) -> Edit:
    return Edit(position, position, text, is_closing=True)


def _translate_print(node: Node, source: bytes) -> Edits:
    """Translate ``print >>f, x`` into a call."""
    word, *rest = node.children
    if not rest:
        return
    first, *_ = rest
    if first.type == "chevron":
        _, first, *_ = first.children
    yield Edit(word.start_byte, first.start_byte, b"print(" + _line_ends(source, word.end_byte, first.start_byte))
    yield _close(node.end_byte, b")")


def _translate_raise(node: Node, source: bytes) -> Edits:
    """Translate ``raise E, value, traceback``: the class alone is raised, the rest is evaluated."""
    expressions = next((child.children for child in node.children if child.type == "expression_list"), [])
    comma = next((child for child in expressions if child.type == ","), None)
    if comma is not None:
        yield _replace(comma, b" from (")
        yield _close(node.end_byte, b")")


def _translate_except(node: Node, source: bytes) -> Edits:
    """Translate ``except E, e``: a lower-case name is what is caught, anything else another class."""
    parts = [child for child in node.children if child.type not in ("except", ":", "block", "comment")]
    commas = [child for child in parts if child.type == ","]
    match [child for child in parts if child.type != ","]:
        case [_, name] if commas and name.type == "identifier" and (name.text or b"").islower():
            yield _replace(commas[0], b" as ")
        case [first, *others] if commas:
            yield Edit(first.start_byte, first.start_byte, b"(")
            yield _close((others or [first])[-1].end_byte, b")")


def _translate_integer(node: Node, source: bytes) -> Edits:
    """Translate ``0777`` and ``1L``."""
    text = node.text or b""
    number = _LONG.sub(b"", text)
    number = b"0o" + number.lstrip(b"0") if _OCTAL.match(number) and number.strip(b"0") else number
    if number != text:
        yield _replace(node, number)


def _translate_unequal(node: Node, source: bytes) -> Edits:
    """Translate ``<>``."""
    yield _replace(node, b"!=")


def _translate_tuple_parameter(node: Node, source: bytes) -> Edits:
    """Translate ``def f(a, (b, c)=d)``: each name becomes a parameter."""
    parameter, default = node, b""
    if node.parent is not None and node.parent.type == "default_parameter":
        parameter, default = node.parent, b"=None"
    if parameter.parent is None or parameter.parent.type not in ("parameters", "lambda_parameters"):
        return
    names = [child.text or b"" for child in _nodes(node) if child.type == "identifier"]
    line_ends = _line_ends(source, parameter.start_byte, parameter.end_byte)
    yield _replace(parameter, b", ".join(name + default for name in names) + line_ends)


def _translate_definition(node: Node, source: bytes) -> Edits:
    """Remove parameters of types (PEP 695, 696) that the running interpreter does not know."""
    types = node.child_by_field_name("type_parameters")
    if types is not None and not _is_valid(b"def f" + (types.text or b"") + b"(): pass"):
        yield _replace(types, _line_ends(source, types.start_byte, types.end_byte))


def _translate_type_alias(node: Node, source: bytes) -> Edits:
    """Translate ``type X[T] = …`` into an assignment."""
    if _is_valid(node.text or b"") or len(node.children) < 3:
        return
    word, left, *_ = node.children
    name = next((child for child in _nodes(left) if child.type == "identifier"), None)
    if name is not None:
        yield Edit(word.start_byte, left.end_byte, name.text or b"_")


def _translate_string(node: Node, source: bytes) -> Edits:
    """Translate a literal that the running interpreter refuses: backquotes, other prefixes, quotes inside the
    replacement fields of an f-string (PEP 701).
    """
    text = node.text or b""
    whole = node.parent if node.parent is not None and node.parent.type == "concatenated_string" else None
    if is_expression(text) or (whole is not None and not is_expression(whole.text or b"")):
        return
    if text.startswith(b"`"):
        yield Edit(node.start_byte, node.start_byte + 1, b"repr(")
        yield Edit(node.end_byte - 1, node.end_byte, b")", is_closing=True)
        return
    fields = [child for child in _nodes(node) if child.type in ("interpolation", "format_expression")]
    expressions = [expression for field in fields if (expression := _field_expression(field)) is not None]
    if not expressions:
        yield _replace(node, b'""' + _line_ends(source, node.start_byte, node.end_byte))
        return
    # f"a{x}b{y}" -> ("" % ((x),(y),)): the expressions stay, the text between them goes
    position, before = node.start_byte, b'("" % ('
    for expression in expressions:
        start = expression.start_byte
        if start >= position:
            yield Edit(position, start, before + _line_ends(source, position, start) + b"(")
            position, before = expression.end_byte, b"),"
    line_ends = _line_ends(source, position, node.end_byte)
    yield Edit(position, node.end_byte, b"),))" + line_ends, is_closing=True)


def _field_expression(node: Node) -> Node | None:
    return node.child_by_field_name("expression") or next(iter(node.named_children), None)


_RULES: dict[str, Callable[[Node, bytes], Edits]] = {
    "print_statement": _translate_print,
    "raise_statement": _translate_raise,
    "except_clause": _translate_except,
    "integer": _translate_integer,
    "<>": _translate_unequal,
    "tuple_pattern": _translate_tuple_parameter,
    "function_definition": _translate_definition,
    "class_definition": _translate_definition,
    "type_alias_statement": _translate_type_alias,
    "string": _translate_string,
    "concatenated_string": _translate_string,
}
