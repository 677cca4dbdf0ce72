"""Definitions of a Python file: functions and classes with their decorators, and the rows that say where they are."""

from __future__ import annotations

import ast

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.python.expressions import Expressions
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FUNCTION,
    C_DECORATE,
    E_CALL,
    E_CLASS,
    E_FUNCTION,
    F_ASYNC,
    F_CLASS,
    F_CONTEXT,
    F_DECORATED,
    F_GENERATOR,
    F_METHOD,
    F_PROPERTY,
    F_STATIC,
    P_CLS,
    P_SELF,
    S_CLASS,
    S_FUNCTION,
)  # fmt: skip
from aura_core.parsing.python.source_text import Function, Lines, first_paragraph, last_name

FLAGS = {
    "staticmethod": F_STATIC, "classmethod": F_CLASS, "property": F_PROPERTY, "cached_property": F_PROPERTY, "abstractproperty": F_PROPERTY,
    "contextmanager": F_CONTEXT, "asynccontextmanager": F_CONTEXT,
}  # fmt: skip

TRANSPARENT = frozenset(
    {*FLAGS, "overload", "override", "final", "abstractmethod", "setter", "getter", "deleter", "wraps"}
)
"""Decorators whose result is called like the function itself."""

ACCESSORS = frozenset({"setter", "getter", "deleter"})

IMPLICIT_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class Definitions(Expressions):
    """Visits functions and classes."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._names: dict[str, int] = {}
        self._prefix = ""
        self._owner = -1

    def _function(self, node: Function) -> None:
        flags, decorators = self._decorators(node)
        if isinstance(node, ast.AsyncFunctionDef):
            flags |= F_ASYNC
        if decorators:
            flags |= F_DECORATED
        params = self.parameters(node.args)
        annotated = self.annotated(node.returns)
        outer = self.scope
        method = outer.kind == S_CLASS
        if method:
            flags |= F_METHOD | (F_CLASS if node.name in IMPLICIT_CLASS else 0)
        place, row = len(self.functions), len(self.definitions)
        returns: list[int] = []
        yields: list[int] = []
        self.functions.append([row, len(self.scopes), flags, params, returns, yields, annotated, 0])
        accessor = any(isinstance(d, ast.Attribute) and d.attr in ACCESSORS for d in node.decorator_list)
        decorated = self._apply(decorators, self.intern((E_FUNCTION, place)), node)
        if accessor and method:
            self._accessor(node, place)
        if not (accessor and node.name in outer.binds):
            before = outer.env.get(node.name, ()) if node.decorator_list and _overloads(node) else ()
            outer.bind(node.name, (B_FUNCTION, place, decorated), self)
            if before and node.name in outer.env:
                outer.env[node.name] = (*before, *(p for p in outer.env[node.name] if p not in before))
        saved = self._define(node, NodeKind.METHOD if method else NodeKind.FUNCTION)
        scope = self.open_scope(S_FUNCTION, place, row, (node.end_lineno or 0) - node.lineno)
        scope.function = place
        role = P_CLS if flags & F_CLASS else P_SELF
        if method and not flags & F_STATIC and params:
            scope.self_name, scope.self_class = params[0][0], outer.unit
            self.bind_parameters(place, params, method=role)
        else:
            if any(p[0] == scope.self_name for p in params):
                scope.self_name = ""
            self.bind_parameters(place, params, method=0)
        self.block(node.body)
        if yields:
            self.functions[place][2] |= F_GENERATOR
        self._leave_definition(saved)
        self.scope = outer

    def _accessor(self, node: Function, place: int) -> None:
        """A property's setter or deleter."""
        kinds = [
            d.attr for d in node.decorator_list if isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter")
        ]
        if kinds:
            self.classes[self.scope.unit][5].setdefault(node.name, []).extend((kinds[0], place))

    def _class(self, node: ast.ClassDef) -> None:
        _, decorators = self._decorators(node)
        bases = [self.annotated(b) if isinstance(b, ast.Subscript) else self.value(b) for b in node.bases]
        for base in node.bases:
            if isinstance(base, ast.Subscript):
                self.value(base)
        metaclass = 0
        for keyword in node.keywords:
            place = self.value(keyword.value)
            metaclass = place if keyword.arg == "metaclass" else metaclass
        outer = self.scope
        place, row = len(self.classes), len(self.definitions)
        self.classes.append([row, len(self.scopes), bases, {}, metaclass, {}])
        self._apply(decorators, self.intern((E_CLASS, place)), node)
        outer.bind(node.name, (B_CLASS, place, 0), self)
        saved = self._define(node, NodeKind.CLASS)
        self.open_scope(S_CLASS, place, row, (node.end_lineno or 0) - node.lineno)
        self.block(node.body)
        self._leave_definition(saved)
        self.scope = outer

    def _decorators(self, node: Function | ast.ClassDef) -> tuple[int, list[tuple[int, ast.expr]]]:
        """Flags that well-known decorators set, and the others from the innermost out."""
        flags = 0
        rows = []
        for decorator in node.decorator_list:
            place = self.value(decorator)
            bare = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = last_name(bare)
            flags |= FLAGS.get(name, 0)
            if place:
                rows.append((place, decorator, name))
        return flags, [(place, decorator) for place, decorator, name in reversed(rows) if name not in TRANSPARENT]

    def _apply(self, decorators: list[tuple[int, ast.expr]], place: int, node: Function | ast.ClassDef) -> int:
        """The value of a definition after its decorators, each of which is called; 0 without any."""
        for decorator, written in decorators:
            place = self.intern((E_CALL, decorator, (place,), ()))
            self.site(C_DECORATE, place, written.lineno, written)
        return place if decorators else 0

    def _define(self, node: Function | ast.ClassDef, kind: NodeKind) -> tuple[str, int]:
        """Append a definition's row; what to put back after its body."""
        saved = self._prefix, self._owner
        row = len(self.definitions)
        qualname = self._unique(self._prefix + node.name)
        start = self.lines.decorator(node.decorator_list[0].lineno) if node.decorator_list else node.lineno
        body = node.body[0]
        inner: list[ast.expr] = getattr(body, "decorator_list", [])
        body_line = self.lines.decorator(inner[0].lineno) if inner else body.lineno
        owner = self._owner if self._owner >= 0 else row
        self.definitions.append(
            Definition(
                kind,
                qualname,
                start,
                node.end_lineno or node.lineno,
                node.lineno,
                body_line,
                self.scope.row,
                owner,
                b"",
                self.lines.signature(node),
                first_paragraph(node.body),
            )
        )
        self._prefix = qualname + "."
        if kind is not NodeKind.CLASS:
            self._owner = owner
        return saved

    def _leave_definition(self, saved: tuple[str, int]) -> None:
        self._prefix, self._owner = saved

    def _unique(self, name: str) -> str:
        count = self._names[name] = self._names.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    # What statements add

    def block(self, body: list[ast.stmt]) -> bool:
        """Visit the statements of a body."""
        raise NotImplementedError


def _overloads(node: Function) -> bool:
    """Whether a function is one of several signatures, of which none replaces another; a definition that follows
    replaces them all.
    """
    return any(last_name(d) == "overload" for d in node.decorator_list)
