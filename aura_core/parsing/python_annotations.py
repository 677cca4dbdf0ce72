"""Annotations as types: names, attributes, unions and generics, also where they are written as strings."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aura_core.parsing.python.ir import E_ATTR, E_GENERIC, E_NAME
from aura_core.parsing.python.source_text import last_name

if TYPE_CHECKING:
    from aura_core.parsing.python.builder import Visits

WRAPPERS = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar"})
"""Generics that say something about a value of their first argument's type."""

MAX_DEPTH = 20


def annotation(into: Visits, node: ast.expr, depth: int = 0) -> int:
    """The place of the type that an annotation names; 0 when it names none."""
    if depth > MAX_DEPTH:
        return 0
    kind = type(node)
    if kind is ast.Name:
        return into.intern((E_NAME, node.id))  # type: ignore[attr-defined]
    if isinstance(node, ast.Attribute):
        base = annotation(into, node.value, depth + 1)
        return into.intern((E_ATTR, base, node.attr)) if base else 0
    if isinstance(node, ast.Constant):
        return _written(into, node.value, depth) if isinstance(node.value, str) else 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return into.union([annotation(into, node.left, depth + 1), annotation(into, node.right, depth + 1)])
    if isinstance(node, ast.Subscript):
        return _generic(into, node, depth)
    return 0


def _written(into: Visits, text: str, depth: int) -> int:
    try:
        return annotation(into, ast.parse(text.strip(), mode="eval").body, depth + 1)
    except (SyntaxError, ValueError, MemoryError):
        return 0


def _generic(into: Visits, node: ast.Subscript, depth: int) -> int:
    base = node.value
    name = last_name(base)
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        return 0
    if name in WRAPPERS:
        return annotation(into, arguments[0], depth + 1) if arguments else 0
    places = [annotation(into, a, depth + 1) for a in arguments]
    if name == "Union":
        return into.union(places)
    place = annotation(into, base, depth + 1)
    return into.intern((E_GENERIC, place, *places)) if place else 0
