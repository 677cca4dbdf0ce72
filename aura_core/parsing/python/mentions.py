"""Keeps the mentions of names that may be functions or classes: what code hands on without calling it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    E_ATTR,
    E_BOUND,
    E_IN,
    E_NAME,
    E_SUPER,
    H_SIGNATURE,
    H_TEXT,
    Binding,
    Expr,
    MentionRow,
)
from aura_core.parsing.python.tables import Tables

CARRIERS = frozenset({ast.Name, ast.Attribute, ast.IfExp, ast.BoolOp})
"""Nodes whose value may be a function or class that has a name."""

CODE_BINDINGS = frozenset({B_FUNCTION, B_CLASS, B_FROM, B_IMPORT})
"""Bindings to functions and classes, and to what may be one or hold some."""

QUIET_CALLEES = frozenset({"isinstance", "issubclass", "patch", "setattr", "delattr"})
"""Names of callees that compare or replace what the names in their arguments stand for, and hand nothing on."""

MAX_DOTTED_NAME = 120
"""A longer text is not taken for a dotted name."""

_DOTTED_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_][\w.]*)?")
_ENTRY_POINT = re.compile(r"(?:[\w.-]+\s*=\s*)?[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def is_dotted_name(text: str) -> bool:
    """Tell whether a text looks like the dotted name of something: ``pkg.mod.Class``, ``pkg.mod:Class`` or, as an entry
    point is written, ``name = pkg.mod:Class``.
    """
    if len(text) > MAX_DOTTED_NAME:
        return False
    return bool(_DOTTED_NAME.fullmatch(text) or (":" in text and _ENTRY_POINT.fullmatch(text)))


class CodeNames:
    """The names of one file that may be functions or classes, by what its scopes bind and its classes store.

    ``names``: bound in some scope to a function, a class or what is imported. ``data``: names of attributes that
    methods assign, without the former. ``others``: all other names, or None when the file has no star import, which
    could bind any further name.
    """

    def __init__(
        self, scopes: Iterable[Mapping[str, Sequence[Binding]]], attributes: Iterable[Iterable[str]], *, has_stars: bool
    ) -> None:
        tables = list(scopes)
        self.names = names = {
            name
            for bindings_by_name in tables
            for name, bindings in bindings_by_name.items()
            for binding in bindings
            if binding[0] in CODE_BINDINGS
        }
        self.data = frozenset(name for group in attributes for name in group if name not in names)
        self.others = set[str]().union(*tables) - names if has_stars else None

    def may_be_code(self, row: Expr | None) -> bool:
        """Tell whether an expression may be a function or a class."""
        if row is None:
            return False
        if row[0] in (E_NAME, E_BOUND):
            _, name, *_ = row
            return name in self.names or (self.others is not None and name not in self.others)
        if row[0] == E_ATTR:
            _, _, name = row
            return name not in self.data
        return True


def mentions_of_code(tables: Tables, scopes: Sequence[Mapping[str, Sequence[Binding]]]) -> list[MentionRow]:
    """Return the mentions of one file that may be of functions or classes, each once and in order."""
    if not tables.mentions:
        return []
    attributes = (draft.attributes for draft in tables.classes)
    names = CodeNames(scopes, attributes, has_stars=bool(tables.stars))
    mentions = dict.fromkeys(tables.mentions)
    return [row for row in mentions if row[1] in (H_SIGNATURE, H_TEXT) or _may_be_code(tables, names, row[2])]


def _may_be_code(tables: Tables, names: CodeNames, place: int) -> bool:
    """Tell whether an expression may be a function or class: an attribute only of what is imported, of ``self`` and
    the like, or with the name of a function of the file.
    """
    expressions = tables.expressions
    row = expressions[place]
    if row is not None and row[0] == E_IN:
        _, _, place = row
        row = expressions[place]
    if not names.may_be_code(row):
        return False
    if row is None or row[0] != E_ATTR:
        return True
    _, _, name = row
    return name in names.names or _is_open(expressions, names, row)


def _is_open(expressions: Sequence[Expr | None], names: CodeNames, row: Expr) -> bool:
    """Tell whether an attribute begins with an imported name, a class, ``self``, ``cls`` or ``super()``."""
    base: Expr | None = row
    while base is not None and base[0] == E_ATTR:
        _, place, _ = base
        base = expressions[place]
    if base is None or base[0] == E_SUPER:
        return base is not None
    if base[0] not in (E_NAME, E_BOUND):
        return False
    _, name, *_ = base
    return name in names.names or name in ("self", "cls")
