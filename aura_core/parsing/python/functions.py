"""Visits lambdas and yields, and reads the parameters of functions with and without a name."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import (
    B_PARAM,
    E_EACH,
    E_FUNCTION,
    F_DECORATED,
    P_ARGS,
    P_KEYWORD,
    P_KWARGS,
    P_PLAIN,
    S_COMPREHENSION,
    S_FUNCTION,
    ParameterRow,
    Place,
)
from aura_core.parsing.python.tables import FunctionDraft


def visit_lambda(builder: Builder, node: ast.Lambda) -> Place:
    """Return a lambda as a function. Lambdas are numbered within the nearest scope that is not a comprehension."""
    parameters = parameter_rows(builder, node.args)
    outer = counter = builder.scope
    while counter.kind == S_COMPREHENSION and counter.parent is not None:
        counter = counter.parent
    counter.lambda_count += 1
    functions = builder.tables.functions
    place = len(functions)
    function = FunctionDraft(-1, len(builder.scopes), 0, parameters, lambda_number=counter.lambda_count)
    functions.append(function)
    scope = builder.open_scope(S_FUNCTION, place, outer.definition)
    scope.function = place
    bind_parameters(builder, place, parameters)
    body = builder.visit(node.body)
    function.returns = {body: None} if body else {}  # a lambda has no ``return`` that could have added one
    builder.scope = outer
    return builder.intern((E_FUNCTION, place))


def parameter_rows(builder: Builder, arguments: ast.arguments) -> list[ParameterRow]:
    """Return the rows of a function's parameters; their defaults and annotations are read in the present scope."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [builder.visit(default) for default in arguments.defaults]  # those of the last parameters
    defaults = [0] * (len(positional) - len(defaults)) + defaults
    rows: list[ParameterRow] = []

    def append(argument: ast.arg | None, kind: int, default: int = 0) -> None:
        if argument is not None:
            rows.append((argument.arg, kind, default, builder.annotation(argument.annotation)))

    for argument, default in zip(positional, defaults, strict=True):
        append(argument, P_PLAIN, default)
    append(arguments.vararg, P_ARGS)
    for argument, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        append(argument, P_KEYWORD, builder.visit(node) if node is not None else 0)
    append(arguments.kwarg, P_KWARGS)
    return rows


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
