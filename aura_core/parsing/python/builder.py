"""Holds the state that all visitors of one Python file's tree share, and the basic operations on it.

A visitor is a plain function ``visit_x(builder, node)``; visitors reach each other through ``builder.visit`` and
``builder.statements``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from aura_core.parsing.python.ir import (
    B_VALUE,
    C_SPECIAL,
    E_ATTR,
    E_BOUND,
    E_CALL,
    E_CONST,
    E_DICT,
    E_FUNCTION,
    E_GENERIC,
    E_IN,
    E_INSTANCE,
    E_MANY,
    E_NAME,
    E_SEQUENCE,
    E_TYPE,
    E_UNION,
    S_CLASS,
    S_COMPREHENSION,
    S_MODULE,
    Binding,
    BoundExpr,
    CodeTables,
    Expr,
    GenericExpr,
    Place,
    UnionExpr,
)
from aura_core.parsing.python.mentions import CARRIERS, mentions_of_code
from aura_core.parsing.python.reachability import always_leaves
from aura_core.parsing.python.scopes import Scope
from aura_core.parsing.python.source_text import Lines, last_name
from aura_core.parsing.python.tables import Tables

BUILTIN_VALUES = frozenset({E_CONST, E_TYPE, E_SEQUENCE, E_DICT, E_MANY, E_FUNCTION})
"""Expressions whose special methods are never those of a class of the tree."""

BUILTIN_RESULTS = frozenset({
    "isinstance", "issubclass", "hasattr", "callable", "len", "any", "all", "bool", "str", "repr", "int", "float", "id",
    "hash",
})  # fmt: skip
"""Functions that return a value of a builtin type for any arguments."""

WRAPPERS = frozenset({"Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar"})
"""Generic types whose value is one of their first argument's type."""

MAX_ANNOTATION_DEPTH = 20
"""Parts of an annotation that are nested deeper than this are unknown."""

ExpressionVisitor = Callable[["Builder", Any], Place]
"""Visits an expression and returns the place of its row."""

StatementVisitor = Callable[["Builder", Any], bool | None]
"""Visits a statement and returns True when the code after it is never reached from it."""


class Builder:
    """Builds the tables of one file while visitors walk over its tree.

    ``scope`` is the scope that is being read. An expression is written as the place of its row in the table of
    expressions; 0 stands for an unknown value. ``depth`` counts the calls, attributes and items around the present
    expression, ``name_counts`` the definitions of each qualified name.
    """

    __slots__ = (
        "depth", "intern", "lines", "name_counts", "scope", "scopes", "statement_visitors", "tables", "visitors",
    )  # fmt: skip

    def __init__(
        self,
        lines: Lines,
        visitors: Mapping[type[ast.AST], ExpressionVisitor],
        statement_visitors: Mapping[type[ast.AST], StatementVisitor],
    ) -> None:
        self.lines = lines
        self.visitors = visitors
        self.statement_visitors = statement_visitors
        self.tables = Tables()
        self.intern = self.tables.intern
        self.scope = Scope(S_MODULE, 0, -1, 0, None, lines.count)
        self.scopes = [self.scope]
        self.depth = 0
        self.name_counts: dict[str, int] = {}

    def visit(self, node: ast.expr) -> Place:
        """Visit an expression and return its place."""
        return self.visitors[type(node)](self, node)

    def statements(self, body: list[ast.stmt]) -> bool:
        """Visit statements in order; return whether the end of them is never reached."""
        terminal = False
        visitors = self.statement_visitors
        self.scope.block_depth += 1
        for number, statement in enumerate(body, 1):
            if visitors[type(statement)](self, statement):
                terminal = True
                if number < len(body) and always_leaves(statement):
                    self.dead_statements(body[number:])
                    break
        self.scope.block_depth -= 1
        return terminal

    def dead_statements(self, body: list[ast.stmt]) -> None:
        """Visit statements that never run. What they bind and annotate gives types where nothing else binds the name;
        they call, store and return nothing.
        """
        scope, tables = self.scope, self.tables
        before, site_count, read_count = dict(scope.env), len(scope.sites), len(scope.reads)
        scope_count, store_count = len(self.scopes), len(tables.stores)
        function = tables.functions[scope.function] if scope.function >= 0 else None
        returns = dict(function.returns) if function is not None else {}
        self.statements(body)
        del scope.sites[site_count:], scope.reads[read_count:], tables.stores[store_count:]
        for inner in self.scopes[scope_count:]:
            inner.sites.clear()
            inner.reads.clear()
        if function is not None:
            function.returns = returns
        scope.env = {**{name: indexes for name, indexes in scope.env.items() if "." not in name}, **before}

    def open_scope(self, kind: int, unit: int, definition: int, lines: int = 1) -> Scope:
        """Enter a scope of ``lines`` lines inside the present one; the caller sets ``scope`` back."""
        self.scope = Scope(kind, len(self.scopes), unit, definition, self.scope, lines)
        self.scopes.append(self.scope)
        return self.scope

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name in the present scope."""
        self.scope.bind(name, binding, self.intern)

    def fresh(self, row: Expr) -> Place:
        """Append an expression that makes a new container each time, so that no two of them are the same one."""
        expressions = self.tables.expressions
        expressions.append(row)
        return len(expressions) - 1

    def union(self, values: list[Place]) -> Place:
        """Return an expression that may be any of several; 0 when all are unknown."""
        distinct = list(dict.fromkeys(value for value in values if value))
        if len(distinct) < 2:
            return distinct[0] if distinct else 0
        row: UnionExpr = (E_UNION, *distinct)
        return self.intern(row)

    def instance(self, annotation: Place) -> Place:
        """Return an expression for a value of an annotated type; 0 when the type is unknown."""
        return self.intern((E_INSTANCE, annotation)) if annotation else 0

    def annotation(self, node: ast.expr | None) -> Place:
        """Return the expression of the type that an annotation names; what stands in it adds no call sites."""
        return _annotation(self, node, 0) if node is not None else 0

    def read_name(self, name: str) -> Place:
        """Return the value of a name that is read here."""
        scope = self.scope
        indexes = scope.reaching_bindings(name)
        if indexes is not None:
            row: BoundExpr = (E_BOUND, name, *indexes)  # as ``bound_name`` does, for the most frequent expression
            return self.intern(row)
        if scope.kind == S_COMPREHENSION:
            while scope.kind == S_COMPREHENSION and scope.parent is not None and name not in scope.bindings:
                scope = scope.parent
            indexes = scope.reaching_bindings(name)
            # A comprehension does not see the names of the class body around it.
            if indexes is not None and scope.kind != S_CLASS:
                return self.intern((E_IN, scope.place, self.bound_name(name, indexes)))
        return self.intern((E_NAME, name))

    def bound_name(self, name: str, indexes: tuple[int, ...]) -> Place:
        """Return the expression of a name whose bindings at these indexes reach here: ``(E_BOUND, name, *indexes)``."""
        row: BoundExpr = (E_BOUND, name, *indexes)
        return self.intern(row)

    def site(self, kind: int, value: Place, line: int, node: ast.expr) -> None:
        """Add a call site, which ``node`` writes, to the present scope."""
        self.scope.sites += (kind, value, line, "" if _is_dotted_name(node) else self.lines.clipped(node))

    def special(self, method: str, value: Place, line: int) -> None:
        """Add the site of a special method that syntax calls, unless the value is plainly of a builtin type."""
        if value and self.may_be_special(value):
            self.scope.sites += (C_SPECIAL, value, line, method)

    def may_be_special(self, value: Place) -> bool:
        """Tell whether a value may have special methods that the tree defines."""
        expressions = self.tables.expressions
        row = expressions[value]
        if row is None:
            return False
        # a name with one binding has the value of that binding
        if row[0] == E_BOUND and len(row) == 3:
            _, name, index = row
            bindings = self.scope.bindings.get(name, ())
            binding = bindings[index] if index < len(bindings) else None
            if binding is not None and binding[0] == B_VALUE:
                _, place = binding
                row = expressions[place] or row
        if row[0] == E_CALL:
            callee = expressions[row[1]]
            return callee is None or callee[0] != E_NAME or callee[1] not in BUILTIN_RESULTS
        return row[0] not in BUILTIN_VALUES

    def mention(self, manner: int, node: ast.expr, value: Place, function: int = -1) -> None:
        """Note that code hands on the value of a name or attribute, which may be a function or a class."""
        if value and type(node) in CARRIERS:
            self.tables.mentions.append((self.scope.place, manner, value, node.lineno, function, 0))

    def code(self) -> CodeTables:
        """Return the tables as plain values, as ``ir`` describes them."""
        tables, scopes = self.tables, self.scopes
        return {
            "exprs": tables.expressions,
            "scopes": [scope.row() for scope in scopes],
            "functions": [function.row() for function in tables.functions],
            "classes": [cls.row() for cls in tables.classes],
            "sites": [scope.sites for scope in scopes],
            "reads": [scope.reads for scope in scopes],
            "stores": tables.stores,
            "imports": tables.imports,
            "stars": tables.stars,
            "all": tables.exported_names,
            "mentions": mentions_of_code(tables, [scope.bindings for scope in scopes]),
        }


def _is_dotted_name(node: ast.expr) -> bool:
    """Tell whether an expression is names and dots only, so that its text follows from its row."""
    while type(node) is ast.Attribute:
        node = node.value
    return type(node) is ast.Name


def _annotation(builder: Builder, node: ast.expr, depth: int) -> Place:
    if depth > MAX_ANNOTATION_DEPTH:
        return 0
    match node:
        case ast.Name(name):
            return builder.intern((E_NAME, name))
        case ast.Attribute(value, name):
            base = _annotation(builder, value, depth + 1)
            return builder.intern((E_ATTR, base, name)) if base else 0
        case ast.Constant(str(text)):
            return _text_annotation(builder, text, depth)
        case ast.BinOp(left, ast.BitOr(), right):
            return builder.union([_annotation(builder, left, depth + 1), _annotation(builder, right, depth + 1)])
        case ast.Subscript():
            return _generic(builder, node, depth)
    return 0


def _text_annotation(builder: Builder, text: str, depth: int) -> Place:
    try:
        return _annotation(builder, ast.parse(text.strip(), mode="eval").body, depth + 1)
    except (SyntaxError, ValueError, MemoryError):
        return 0


def _generic(builder: Builder, node: ast.Subscript, depth: int) -> Place:
    name = last_name(node.value)
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        return 0
    if name in WRAPPERS:
        return _annotation(builder, arguments[0], depth + 1) if arguments else 0
    types = [_annotation(builder, argument, depth + 1) for argument in arguments]
    if name == "Union":
        return builder.union(types)
    base = _annotation(builder, node.value, depth + 1)
    row: GenericExpr = (E_GENERIC, base, *types)
    return builder.intern(row) if base else 0
