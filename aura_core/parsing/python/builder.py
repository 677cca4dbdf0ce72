"""What every visit to a node of a Python file shares: the dispatch by type, the scope being read, names and call sites
in it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from aura_core.parsing.python.ir import (
    B_VALUE,
    C_SPECIAL,
    E_BOUND,
    E_CALL,
    E_CONST,
    E_DICT,
    E_FUNCTION,
    E_IN,
    E_INSTANCE,
    E_MANY,
    E_NAME,
    E_SEQUENCE,
    E_TYPE,
    E_UNION,
    S_CLASS,
    S_COMPREHENSION,
)  # fmt: skip
from aura_core.parsing.python.scopes import Scope
from aura_core.parsing.python.source_text import Lines
from aura_core.parsing.python.tables import Tables
from aura_core.parsing.python_annotations import annotation

Visit = Callable[[Any], int]

BUILTIN_VALUES = frozenset({E_CONST, E_TYPE, E_SEQUENCE, E_DICT, E_MANY, E_FUNCTION})
"""Expressions whose special methods are never those of a class of the tree."""

BUILTIN_RESULTS = frozenset(
    {
        "isinstance",
        "issubclass",
        "hasattr",
        "callable",
        "len",
        "any",
        "all",
        "bool",
        "str",
        "repr",
        "int",
        "float",
        "id",
        "hash",
    }
)
"""Functions that give a value of a builtin type, whatever they are given."""


class _Dispatch(dict[type[ast.AST], Visit]):
    """Visits by node type; a type that is not in the table has its children visited."""

    def __init__(self, other: Visit) -> None:
        self._other = other

    def __missing__(self, node: type[ast.AST]) -> Visit:
        self[node] = self._other
        return self._other


class Visits(Tables):
    """Visits nodes. ``scope`` is the scope that is being read."""

    scope: Scope

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines = lines
        self.last = 0
        self.visit: dict[type[ast.AST], Visit] = _Dispatch(self._other)

    def forget(self) -> None:
        """Drop the visits, which hold this object in a cycle that only the garbage collector would find."""
        self.visit = {}

    def value(self, node: ast.expr) -> int:
        """The place of an expression."""
        return self.visit[type(node)](node)

    def union(self, places: list[int]) -> int:
        """Any of several."""
        known = list(dict.fromkeys(p for p in places if p))
        if len(known) < 2:
            return known[0] if known else 0
        return self.intern((E_UNION, *known))

    def instance(self, place: int) -> int:
        """A value of an annotated type."""
        return self.intern((E_INSTANCE, place)) if place else 0

    def annotated(self, node: ast.expr | None) -> int:
        """The place of an annotation; nothing in it is a call."""
        return annotation(self, node) if node is not None else 0

    def site(self, kind: int, place: int, line: int, node: ast.expr) -> None:
        """A call site of the scope."""
        self.scope.sites += (kind, place, line, "" if _plain(node) else self.lines.clipped(node))

    def special(self, method: str, place: int, line: int) -> None:
        """Syntax that calls a special method of a value, unless the value is plainly of a builtin type."""
        if place and self.special_of(place):
            self.scope.sites += (C_SPECIAL, place, line, method)

    def special_of(self, place: int) -> bool:
        """Whether a value may have special methods that the tree defines."""
        row = self.exprs[place]
        if row is None:
            return False
        if row[0] == E_BOUND and len(row) == 3:
            found = self.scope.binds.get(row[1])
            if found is not None and row[2] < len(found) and found[row[2]][0] == B_VALUE:
                row = self.exprs[found[row[2]][1]] or row
        if row[0] == E_CALL:
            callee = self.exprs[row[1]]
            return callee is None or callee[0] != E_NAME or callee[1] not in BUILTIN_RESULTS
        return row[0] not in BUILTIN_VALUES

    def condition(self, node: ast.expr) -> None:
        """An expression whose truth is asked for."""
        place = self.value(node)
        self.special("__bool__", self.last if type(node) is ast.BoolOp else place, node.lineno)

    def open_scope(self, kind: int, unit: int, row: int, lines: int = 1) -> Scope:
        """A scope of so many lines inside the present one, which it is until ``scope`` is set back."""
        outer = self.scope if self.scopes else None
        self.scope = Scope(kind, len(self.scopes), unit, row, outer, lines)
        self.scopes.append(self.scope)
        return self.scope

    def read(self, name: str) -> int:
        """A name as read here."""
        scope = self.scope
        places = scope.reach(name)
        if places is not None:
            return self.intern((E_BOUND, name, *places))
        if scope.kind == S_COMPREHENSION:
            while scope.kind == S_COMPREHENSION and scope.parent is not None and name not in scope.binds:
                scope = scope.parent
            places = scope.reach(name)
            if places is not None and scope.kind != S_CLASS:
                return self.intern((E_IN, scope.place, self.intern((E_BOUND, name, *places))))
        return self.intern((E_NAME, name))

    def _other(self, node: ast.AST) -> int:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
                self._other(child)
        return 0

    # What statements add

    def target(self, node: ast.expr, place: int) -> None:
        """Bind an assignment's target."""
        raise NotImplementedError


def _plain(node: ast.expr) -> bool:
    """Whether an expression is names and dots only, so that its text follows from its row."""
    while type(node) is ast.Attribute:
        node = node.value
    return type(node) is ast.Name
