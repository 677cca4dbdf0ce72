"""Visits lambdas and yields, and reads the parameters of functions with and without a name."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import (
    B_PARAM,
    E_EACH,
    E_FUNCTION,
    F_DECORATED,
    H_DEFAULT,
    H_RETURNED,
    H_SIGNATURE,
    P_ARGS,
    P_KEYWORD,
    P_KWARGS,
    P_PLAIN,
    S_COMPREHENSION,
    S_FUNCTION,
    ParameterRow,
    Place,
)
from aura_core.parsing.python.source_text import last_name
from aura_core.parsing.python.tables import FunctionDraft

PENDING = -2
"""Stands in a mention for the function whose parameters are being read: it gets its place after them."""


def visit_lambda(builder: Builder, node: ast.Lambda) -> Place:
    """Return a lambda as a function. Lambdas are numbered within the nearest scope that is not a comprehension."""
    mark = len(builder.tables.mentions)
    parameters = parameter_rows(builder, node.args)
    outer = counter = builder.scope
    while counter.kind == S_COMPREHENSION and counter.parent is not None:
        counter = counter.parent
    counter.lambda_count += 1
    functions = builder.tables.functions
    place = len(functions)
    own_mentions(builder, mark, place)
    function = FunctionDraft(-1, len(builder.scopes), 0, parameters, lambda_number=counter.lambda_count)
    functions.append(function)
    scope = builder.open_scope(S_FUNCTION, place, outer.definition)
    scope.function = place
    bind_parameters(builder, place, parameters)
    body = builder.visit(node.body)
    builder.mention(H_RETURNED, node.body, body)
    function.returns = {body: None} if body else {}  # a lambda has no ``return`` that could have added one
    builder.scope = outer
    return builder.intern((E_FUNCTION, place))


def parameter_rows(builder: Builder, arguments: ast.arguments) -> list[ParameterRow]:
    """Return the rows of a function's parameters; their defaults and annotations are read in the present scope."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [_default(builder, default) for default in arguments.defaults]  # those of the last parameters
    defaults = [0] * (len(positional) - len(defaults)) + defaults
    rows: list[ParameterRow] = []

    def append(argument: ast.arg | None, kind: int, default: int = 0) -> None:
        if argument is not None:
            annotation = builder.annotation(argument.annotation)
            rows.append((argument.arg, kind, default, annotation))
            if argument.annotation is not None:
                visit_metadata(builder, argument.annotation, annotation)

    for argument, default in zip(positional, defaults, strict=True):
        append(argument, P_PLAIN, default)
    append(arguments.vararg, P_ARGS)
    for argument, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        append(argument, P_KEYWORD, _default(builder, node) if node is not None else 0)
    append(arguments.kwarg, P_KWARGS)
    return rows


def _default(builder: Builder, node: ast.expr) -> Place:
    value = builder.visit(node)
    builder.mention(H_DEFAULT, node, value, PENDING)
    _mention_call(builder, node, value, 0)
    return value


def _mention_call(builder: Builder, node: ast.expr, call: Place, annotation: Place) -> None:
    """Note a call in a default or an annotation: what it gets is handed on by the function that has the parameter."""
    if type(node) is ast.Call and call:
        builder.tables.mentions.append((builder.scope.place, H_SIGNATURE, call, node.lineno, PENDING, annotation))


def visit_metadata(builder: Builder, node: ast.expr, annotation: Place | None = None) -> None:
    """Visit the calls in the metadata of ``Annotated[T, …]``, which run like any other. ``annotation``: that of the
    parameter, if it is one of a parameter.
    """
    if type(node) is ast.BinOp:
        visit_metadata(builder, node.left, annotation)
        visit_metadata(builder, node.right, annotation)
    if type(node) is not ast.Subscript:
        return
    name, inner = last_name(node.value), node.slice
    if name == "Annotated" and isinstance(inner, ast.Tuple):
        for item in inner.elts[1:]:
            if type(item) is ast.Call:
                call = builder.visit(item)
                if annotation is not None:
                    _mention_call(builder, item, call, annotation)
    elif name == "Optional":
        visit_metadata(builder, inner, annotation)


def own_mentions(builder: Builder, mark: int, function: int) -> None:
    """Say of the mentions since ``mark`` that stand among the parameters of a function whose they are."""
    mentions = builder.tables.mentions
    for number in range(mark, len(mentions)):
        scope, manner, place, line, owner, annotation = mentions[number]
        if owner == PENDING:
            mentions[number] = scope, manner, place, line, function, annotation


def bind_parameters(builder: Builder, function: int, parameters: list[ParameterRow], first_role: int = P_PLAIN) -> None:
    """Bind the parameters in the present scope. ``first_role`` is the role of the first one, if it is positional."""
    for position, (name, kind, _, _) in enumerate(parameters):
        role = first_role if not position and kind == P_PLAIN else kind
        builder.bind(name, (B_PARAM, function, position, role))


def visit_yield(builder: Builder, node: ast.Yield) -> Place:
    """Add what is yielded. The expression stands for what was yielded when a decorator may drive the generator, as
    coroutines were written before ``await``; else its value is unknown.
    """
    value = builder.visit(node.value) if node.value is not None else 0
    if node.value is not None:
        builder.mention(H_RETURNED, node.value, value)
    function = _add_yield(builder, value)
    return value if function is not None and function.flags & F_DECORATED else 0


def visit_yield_from(builder: Builder, node: ast.YieldFrom) -> Place:
    """Add what iterating over an expression yields."""
    iterable = builder.visit(node.value)
    builder.special("__iter__", iterable, node.lineno)
    _add_yield(builder, builder.intern((E_EACH, iterable)) if iterable else 0)
    return 0


def _add_yield(builder: Builder, value: Place) -> FunctionDraft | None:
    """Add a value to those that the function around it yields, and return that function."""
    place = builder.scope.function
    if place < 0:
        return None
    function = builder.tables.functions[place]
    function.yields[value] = None
    return function
