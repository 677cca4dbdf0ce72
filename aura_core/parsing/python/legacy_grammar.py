"""Python of other versions in the running interpreter's words, found with tree-sitter's grammar. Loaded only for files
that do not parse.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from tree_sitter import Language, Node, Parser
from tree_sitter_python import language

GRAMMAR = "0.25.0"
"""The version of the grammar package: what facts say of such files depends on it."""

MAX_TRIED = 200_000
"""Most bytes of expressions of one broken statement that are tried in vain."""

MAX_KEPT = 5_000
"""Most expressions of one broken statement that are kept."""

MAX_EDITS = 20_000
"""More edits than this in one statement are not worth it."""

Edit = tuple[int, int, bytes]
"""Bytes from, to, and what stands there instead."""

_OCTAL = re.compile(rb"0+[0-7]+$")
_EXEC = re.compile(rb"^([ \t]*)exec[ \t]+(?=[^\s=.(\[,:)])", re.MULTILINE)
"""A statement that the grammar takes for names without an operator between them."""

_LONG = re.compile(rb"[lL]$")
_PARTS = frozenset({"call", "attribute", "subscript"})
"""Expressions worth keeping out of a broken statement."""


@cache
def _parser() -> Parser:
    return Parser(Language(language()))


@lru_cache(maxsize=1)
def _root(source: bytes) -> Node:
    """The grammar's tree of a text. A broken statement is translated, and then what is good in it is kept."""
    return _parser().parse(source).root_node


def translated(source: bytes) -> bytes:
    """A statement with what other versions write differently replaced, on the same lines; as it is when there is
    nothing of the kind.
    """
    opening: list[Edit] = []
    closing: list[Edit] = []
    source = _EXEC.sub(rb"\1exec, ", source)
    for node in _nodes(_root(source)):
        rule = _RULES.get(node.type)
        if rule is None:
            continue
        for at, edit in rule(node, source):
            (closing if at else opening).append(edit)
        if len(opening) > MAX_EDITS:
            return source
    return _edited(source, opening, closing)


def salvaged(source: bytes) -> bytes:
    """The calls and attributes of a broken statement that parse by themselves, on their lines, as one tuple; empty
    without any.
    """
    kept: list[tuple[int, int]] = []
    tried = 0
    todo = [_root(source)]
    while todo and tried < MAX_TRIED and len(kept) < MAX_KEPT:
        node = todo.pop()
        if node.type in _PARTS:
            if is_expression(node.text or b""):
                kept.append((node.start_byte, node.end_byte))
                continue
            tried += node.end_byte - node.start_byte
        todo += reversed(node.children)
    if not kept:
        return b""
    out, at = [b"("], 0
    for start, end in kept:
        out += [_breaks(source, at, start), source[start:end], b","]
        at = end
    return b"".join([*out, _breaks(source, at, len(source)), b")"])


@lru_cache(maxsize=64)
def is_expression(text: bytes) -> bool:
    """Whether the running interpreter takes a text as an expression."""
    return _runs(b"(" + text + b"\n)")


def _nodes(root: Node) -> Iterator[Node]:
    """Every node, outer before inner, in order."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        if node.type not in _WHOLE:
            todo += reversed(node.children)


def _edited(source: bytes, opening: list[Edit], closing: list[Edit]) -> bytes:
    """A source with edits made. At one place what closes comes before what opens, and inner before outer when closing."""
    edits = [(edit[0], 0, -i, edit) for i, edit in enumerate(closing)] + [
        (edit[0], 1, i, edit) for i, edit in enumerate(opening)
    ]
    out, at = [], 0
    for _, _, _, (start, end, text) in sorted(edits, key=lambda e: e[:3]):
        if start < at:
            continue
        out += [source[at:start], text]
        at = end
    return b"".join([*out, source[at:]])


def _breaks(source: bytes, start: int, end: int) -> bytes:
    return b"\n" * source.count(b"\n", start, end)


Made = Iterator[tuple[bool, Edit]]
"""Edits, and whether each closes its node."""


def _replaced(node: Node, text: bytes) -> tuple[bool, Edit]:
    return False, (node.start_byte, node.end_byte, text)


def _print(node: Node, source: bytes) -> Made:
    """``print >>f, x`` as a call."""
    word = node.children[0]
    rest = node.children[1:]
    if not rest:
        return
    first = rest[0].children[1] if rest[0].type == "chevron" else rest[0]
    yield False, (word.start_byte, first.start_byte, b"print(" + _breaks(source, word.end_byte, first.start_byte))
    yield True, (node.end_byte, node.end_byte, b")")


def _raise(node: Node, source: bytes) -> Made:
    """``raise E, value, traceback``: the class alone is raised, the rest is evaluated."""
    listed = next((c for c in node.children if c.type == "expression_list"), None)
    comma = next((c for c in listed.children if c.type == ","), None) if listed is not None else None
    if comma is not None:
        yield _replaced(comma, b";")


def _except(node: Node, source: bytes) -> Made:
    """``except E, e``: a lower-case name is what is caught, anything else another class."""
    parts = [c for c in node.children if c.type not in ("except", ":", "block", "comment")]
    commas = [c for c in parts if c.type == ","]
    if not commas:
        return
    kinds = [c for c in parts if c.type != ","]
    if len(kinds) == 2 and kinds[1].type == "identifier" and (kinds[1].text or b"").islower():
        yield _replaced(commas[0], b" as ")
    else:
        yield False, (kinds[0].start_byte, kinds[0].start_byte, b"(")
        yield True, (kinds[-1].end_byte, kinds[-1].end_byte, b")")


def _integer(node: Node, source: bytes) -> Made:
    """``0777`` and ``1L``."""
    text = node.text or b""
    number = _LONG.sub(b"", text)
    number = b"0o" + number.lstrip(b"0") if _OCTAL.match(number) and number.strip(b"0") else number
    if number != text:
        yield _replaced(node, number)


def _unequal(node: Node, source: bytes) -> Made:
    yield _replaced(node, b"!=")


def _tuple_parameter(node: Node, source: bytes) -> Made:
    """``def f(a, (b, c)=d)``: each name is a parameter."""
    parent = node.parent
    default = parent is not None and parent.type == "default_parameter"
    holder = parent.parent if default and parent is not None else parent
    if holder is None or holder.type not in ("parameters", "lambda_parameters"):
        return
    names = [n.text or b"" for n in _nodes(node) if n.type == "identifier"]
    whole = parent if default and parent is not None else node
    ends = b"=None" if default else b""
    yield _replaced(
        whole, b", ".join(name + ends for name in names) + _breaks(source, whole.start_byte, whole.end_byte)
    )


def _definition(node: Node, source: bytes) -> Made:
    """Parameters of types (PEP 695, 696), where the running interpreter does not know them."""
    types = node.child_by_field_name("type_parameters")
    if types is not None and not _runs(b"def f" + (types.text or b"") + b"(): pass"):
        yield _replaced(types, _breaks(source, types.start_byte, types.end_byte))


def _alias(node: Node, source: bytes) -> Made:
    """``type X[T] = …``."""
    if _runs(node.text or b"") or len(node.children) < 3:
        return
    word, left = node.children[0], node.children[1]
    name = next((n for n in _nodes(left) if n.type == "identifier"), None)
    if name is not None:
        yield False, (word.start_byte, left.end_byte, name.text or b"_")


def _string(node: Node, source: bytes) -> Made:
    """A literal that the running interpreter refuses: backquotes, other prefixes, quotes inside an f-string's fields
    (PEP 701).
    """
    text = node.text or b""
    parent = node.parent
    if is_expression(text) or (
        parent is not None and parent.type == "concatenated_string" and not is_expression(parent.text or b"")
    ):
        return
    fields = [
        e for n in _nodes(node) if n.type in ("interpolation", "format_expression") if (e := _field(n)) is not None
    ]
    if text.startswith(b"`"):
        yield False, (node.start_byte, node.start_byte + 1, b"repr(")
        yield True, (node.end_byte - 1, node.end_byte, b")")
    elif not fields:
        yield _replaced(node, b'""' + _breaks(source, node.start_byte, node.end_byte))
    else:
        at, word = node.start_byte, b'("" % ('
        for part in fields:
            if part.start_byte < at:
                continue
            yield False, (at, part.start_byte, word + _breaks(source, at, part.start_byte) + b"(")
            at, word = part.end_byte, b"),"
        yield True, (at, node.end_byte, b"),))" + _breaks(source, at, node.end_byte))


def _field(node: Node) -> Node | None:
    found = node.child_by_field_name("expression")
    return found if found is not None else next((c for c in node.named_children), None)


def _runs(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_WHOLE = frozenset({"comment"})

_RULES: dict[str, Callable[[Node, bytes], Made]] = {
    "print_statement": _print,
    "raise_statement": _raise,
    "except_clause": _except,
    "integer": _integer,
    "<>": _unequal,
    "tuple_pattern": _tuple_parameter,
    "function_definition": _definition,
    "class_definition": _definition,
    "type_alias_statement": _alias,
    "string": _string,
    "concatenated_string": _string,
}
