"""Visits functions and classes with their decorators, and adds the definitions that say where they are."""

from __future__ import annotations

import ast
from typing import NamedTuple

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.functions import bind_parameters, own_mentions, parameter_rows
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
    ParameterRow,
    Place,
)
from aura_core.parsing.python.scopes import Scope
from aura_core.parsing.python.source_text import Function, first_paragraph, last_name
from aura_core.parsing.python.tables import ClassDraft, FunctionDraft

FLAGS = {
    "staticmethod": F_STATIC, "classmethod": F_CLASS, "property": F_PROPERTY, "cached_property": F_PROPERTY,
    "abstractproperty": F_PROPERTY, "contextmanager": F_CONTEXT, "asynccontextmanager": F_CONTEXT,
}  # fmt: skip
"""The flags that decorators set, by their names."""

TRANSPARENT = frozenset(
    {*FLAGS, "overload", "override", "final", "abstractmethod", "setter", "getter", "deleter", "wraps"}
)
"""Decorators whose result is called like the function itself."""

ACCESSORS = frozenset({"setter", "getter", "deleter"})

IMPLICIT_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class Decorator(NamedTuple):
    """A decorator that may change what it decorates: its value, and where it is written."""

    value: Place
    node: ast.expr


def visit_function(builder: Builder, node: Function) -> None:
    """Add a function or method and visit its body."""
    tables, outer = builder.tables, builder.scope
    flags, decorators = _visit_decorators(builder, node)
    is_method = outer.kind == S_CLASS
    if isinstance(node, ast.AsyncFunctionDef):
        flags |= F_ASYNC
    if decorators:
        flags |= F_DECORATED
    if is_method:
        flags |= F_METHOD | (F_CLASS if node.name in IMPLICIT_CLASS_METHODS else 0)
    mark = len(tables.mentions)
    parameters = parameter_rows(builder, node.args)
    _annotate_registered(builder, node, parameters, int(is_method and not flags & F_STATIC))
    annotation = builder.annotation(node.returns)
    place = len(tables.functions)
    own_mentions(builder, mark, place)
    function = FunctionDraft(len(tables.definitions), len(builder.scopes), flags, parameters, annotation)
    tables.functions.append(function)
    _bind_function(builder, node, place, decorators)
    scope = _open_definition(builder, node, NodeKind.METHOD if is_method else NodeKind.FUNCTION, place)
    scope.function = place
    if is_method and parameters and not flags & F_STATIC:
        receiver, *_ = parameters
        scope.self_name, *_ = receiver
        scope.self_class = outer.unit
        bind_parameters(builder, place, parameters, P_CLS if flags & F_CLASS else P_SELF)
    else:
        if any(name == scope.self_name for name, *_ in parameters):
            scope.self_name = ""
        bind_parameters(builder, place, parameters)
    builder.statements(node.body)
    if function.yields:
        function.flags |= F_GENERATOR
    builder.scope = outer


def _annotate_registered(builder: Builder, node: Function, parameters: list[ParameterRow], first: int) -> None:
    """Annotate the first argument of what ``@f.register(T)`` decorates with ``T``, unless it has an annotation."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(ast.Attribute(_, "register"), [ast.Name() | ast.Attribute() as kind], []):
                for place, (name, parameter_kind, default, annotation) in enumerate(parameters[first:][:1], first):
                    if not annotation:
                        parameters[place] = name, parameter_kind, default, builder.annotation(kind)


def _bind_function(builder: Builder, node: Function, place: int, decorators: list[Decorator]) -> None:
    """Bind a function's name to what its decorators make of it. A setter or deleter is added to its property, which
    keeps the name; an overload is bound beside the overloads before it.
    """
    scope = builder.scope
    name = node.name
    accessors = [d.attr for d in node.decorator_list if isinstance(d, ast.Attribute) and d.attr in ACCESSORS]
    value = _apply_decorators(builder, decorators, builder.intern((E_FUNCTION, place)))
    kinds = [accessor for accessor in accessors if accessor != "getter"]
    if kinds and scope.kind == S_CLASS:
        builder.tables.classes[scope.unit].accessors.setdefault(name, []).extend((kinds[0], place))
    if accessors and name in scope.bindings:
        return
    is_overload = any(last_name(decorator) == "overload" for decorator in node.decorator_list)
    overloads = scope.env.get(name, ()) if is_overload else ()
    builder.bind(name, (B_FUNCTION, place, value))
    if overloads and name in scope.env:
        scope.env[name] = (*overloads, *(index for index in scope.env[name] if index not in overloads))


def visit_class(builder: Builder, node: ast.ClassDef) -> None:
    """Add a class and visit its body."""
    tables, outer = builder.tables, builder.scope
    _, decorators = _visit_decorators(builder, node)
    bases = [builder.annotation(b) if isinstance(b, ast.Subscript) else builder.visit(b) for b in node.bases]
    for base in node.bases:
        if isinstance(base, ast.Subscript):  # a generic base is a type above; here its parts are read
            builder.visit(base)
    keywords = {keyword.arg: builder.visit(keyword.value) for keyword in node.keywords}
    place = len(tables.classes)
    tables.classes.append(ClassDraft(len(tables.definitions), len(builder.scopes), bases, keywords.get("metaclass", 0)))
    _apply_decorators(builder, decorators, builder.intern((E_CLASS, place)))
    builder.bind(node.name, (B_CLASS, place, 0))
    _open_definition(builder, node, NodeKind.CLASS, place)
    builder.statements(node.body)
    builder.scope = outer


def _visit_decorators(builder: Builder, node: Function | ast.ClassDef) -> tuple[int, list[Decorator]]:
    """Return the flags that well-known decorators set, and the other decorators from the innermost out."""
    flags = 0
    decorators = []
    for decorator in node.decorator_list:
        value = builder.visit(decorator)
        name = last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        flags |= FLAGS.get(name, 0)
        if value and name not in TRANSPARENT:
            decorators.append(Decorator(value, decorator))
    return flags, decorators[::-1]


def _apply_decorators(builder: Builder, decorators: list[Decorator], value: Place) -> Place:
    """Return the value of a definition after its decorators, each of which is called; 0 when there are none."""
    for decorator, node in decorators:
        value = builder.intern((E_CALL, decorator, (value,), ()))
        builder.site(C_DECORATE, value, node.lineno, node)
    return value if decorators else 0


def _open_definition(builder: Builder, node: Function | ast.ClassDef, kind: NodeKind, unit: int) -> Scope:
    """Append a definition and enter its scope."""
    lines, outer, definitions = builder.lines, builder.scope, builder.tables.definitions
    row = len(definitions)
    qualname = _unique_name(builder, outer.prefix + node.name)
    owner = outer.owner if outer.owner >= 0 else row
    end_line = node.end_lineno or node.lineno
    definitions.append(
        Definition(
            kind=kind,
            qualname=qualname,
            start_line=lines.first_line(node),
            end_line=end_line,
            def_line=node.lineno,
            body_line=lines.first_line(node.body[0]),
            parent=outer.definition,
            owner=owner,
            digest=b"",  # of the text, which is not known here
            signature=lines.signature(node),
            doc=first_paragraph(node.body),
        )
    )
    scope = builder.open_scope(S_CLASS if kind is NodeKind.CLASS else S_FUNCTION, unit, row, end_line - node.lineno)
    scope.prefix = qualname + "."
    # A class leaves its methods their own text; a function owns the text of all that is defined inside it.
    scope.owner = outer.owner if kind is NodeKind.CLASS else owner
    return scope


def _unique_name(builder: Builder, name: str) -> str:
    count = builder.name_counts[name] = builder.name_counts.get(name, 0) + 1
    # "load", then "load#2" for the second definition of the name
    return name if count == 1 else f"{name}#{count}"
