"""Visits comprehensions, generator expressions, and names that are bound within them."""

from __future__ import annotations

import ast

from aura_core.parsing.python.assignments import bind_target
from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import B_VALUE, E_EACH, E_IN, E_MANY, S_COMPREHENSION, Place
from aura_core.parsing.python.narrowing import narrow
from aura_core.parsing.python.operators import visit_condition

TYPE_NAMES = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator", ast.DictComp: "dict"}


def visit_comprehension(builder: Builder, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Place:
    """Return a new container. The first iterable is evaluated in the scope around the comprehension, as Python does."""
    outer = builder.scope
    iterable = _visit_iterable(builder, node.generators[0])
    scope = builder.open_scope(S_COMPREHENSION, outer.unit, outer.definition)
    if iterable:
        iterable = builder.intern((E_IN, outer.place, iterable))
    for position, clause in enumerate(node.generators):
        if position:
            iterable = _visit_iterable(builder, clause)
        bind_target(builder, clause.target, builder.intern((E_EACH, iterable)) if iterable else 0)
        for condition in clause.ifs:
            visit_condition(builder, condition)
            narrow(builder, condition)
    if isinstance(node, ast.DictComp):
        key = builder.visit(node.key)  # keys are not followed
        builder.special("__hash__", key, node.key.lineno)
        element = builder.visit(node.value)
    else:
        element = builder.visit(node.elt)
        if isinstance(node, ast.SetComp):
            builder.special("__hash__", element, node.elt.lineno)
    builder.scope = outer
    return builder.fresh(
        (E_MANY, TYPE_NAMES[type(node)], builder.intern((E_IN, scope.place, element)) if element else 0)
    )


def _visit_iterable(builder: Builder, clause: ast.comprehension) -> Place:
    iterable = builder.visit(clause.iter)
    builder.special("__aiter__" if clause.is_async else "__iter__", iterable, clause.iter.lineno)
    return iterable


def visit_named_expression(builder: Builder, node: ast.NamedExpr) -> Place:
    """Bind the name in ``name := value``, in the nearest scope that is not a comprehension."""
    value = builder.visit(node.value)
    inner = scope = builder.scope
    while scope.kind == S_COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    outer_value = builder.intern((E_IN, inner.place, value)) if value and scope is not inner else value
    scope.bind(node.target.id, (B_VALUE, outer_value), builder.intern)
    return value
