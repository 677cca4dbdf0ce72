"""Narrows names and attributes to the classes that conditions name: ``isinstance(x, C)``, ``type(self.x) is C``."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import B_VALUE, E_CALL, S_COMPREHENSION, S_FUNCTION, Place

EQUAL = (ast.Is, ast.Eq)
UNEQUAL = (ast.IsNot, ast.NotEq)


def narrow(builder: Builder, test: ast.expr) -> None:
    """Narrow the names and attributes that a condition tests, for the code where it holds."""
    match test:
        case ast.BoolOp(ast.And(), operands):
            for operand in operands:
                narrow(builder, operand)
        case ast.Call(ast.Name("isinstance"), [subject, types]):
            _narrow_to_types(builder, subject, types, exactly=False)
        case ast.Compare():
            _narrow_compared_type(builder, test, EQUAL)


def narrow_else(builder: Builder, test: ast.expr) -> None:
    """Narrow the names and attributes that a condition tests, for the code where it does not hold."""
    match test:
        case ast.UnaryOp(ast.Not(), operand):
            narrow(builder, operand)
        case ast.Compare():
            _narrow_compared_type(builder, test, UNEQUAL)


def narrow_pattern(builder: Builder, subject: ast.expr, pattern: ast.pattern) -> None:
    """Narrow the subject of a ``match`` to the classes of a pattern, for the code where the pattern fits."""
    while isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
        pattern = pattern.pattern
    alternatives = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    types = [alternative.cls for alternative in alternatives if isinstance(alternative, ast.MatchClass)]
    if len(types) == len(alternatives):
        _narrow_to_types(builder, subject, ast.Tuple(elts=types), exactly=False)


def _narrow_compared_type(builder: Builder, test: ast.Compare, operators: tuple[type[ast.cmpop], ...]) -> None:
    """Narrow by ``type(x) is C`` and ``x.__class__ is C``."""
    match test:
        case ast.Compare(
            ast.Attribute(subject, "__class__") | ast.Call(ast.Name("type"), [subject]), [operator], [types]
        ) if isinstance(operator, operators):
            _narrow_to_types(builder, subject, types, exactly=True)


def _narrow_to_types(builder: Builder, subject: ast.expr, types: ast.expr, *, exactly: bool) -> None:
    """Bind a name or attribute to an instance of one of some types; ``exactly``: not of a subclass of them."""
    scope = builder.scope
    name = _narrowed_name(subject)
    if not name or not scope.is_flow_sensitive or name.partition(".")[0] in scope.declarations:
        return
    is_attribute = "." in name
    if scope.kind not in (S_FUNCTION, S_COMPREHENSION) if is_attribute else name not in scope.bindings:
        return
    classes = _visit_again(builder, types.elts if isinstance(types, ast.Tuple) else [types])
    if exactly:
        # a call of the class, because its result is exactly of that class; an annotation allows subclasses
        value = builder.union([builder.intern((E_CALL, cls, (), ())) for cls in classes if cls])
    else:
        value = builder.instance(builder.union(classes))
    if value:
        scope.env = {**scope.env, name: (scope.add_binding(name, (B_VALUE, value)),)}
        scope.has_narrowed_attributes = scope.has_narrowed_attributes or is_attribute


def _visit_again(builder: Builder, nodes: list[ast.expr]) -> list[Place]:
    """Return the values of expressions that were visited before: their calls and reads do not count twice."""
    scope = builder.scope
    sites, read_count = scope.sites, len(scope.reads)
    scope.sites = []
    values = [builder.visit(node) for node in nodes]
    scope.sites = sites
    del scope.reads[read_count:]
    return values


def _narrowed_name(node: ast.expr) -> str:
    """Return ``x`` or ``x.y``; "" for any other expression."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(name), attribute):
            return f"{name}.{attribute}"
    return ""
