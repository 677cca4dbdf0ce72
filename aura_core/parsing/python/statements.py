"""Visits simple statements: what they evaluate, return, raise, delete, import and declare."""

from __future__ import annotations

import ast
from typing import Any

from aura_core.parsing.python.assignments import bind_target, export_by_call, store_updates
from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.expressions import visit_member
from aura_core.parsing.python.ir import B_FROM, B_IMPORT, C_RAISE, H_RETURNED, S_FUNCTION, S_MODULE
from aura_core.parsing.python.narrowing import narrow
from aura_core.parsing.python.operators import visit_condition


def visit_pass(_: Builder, __: ast.Pass) -> None:
    """Do nothing."""


def visit_jump(_: Builder, __: ast.Break | ast.Continue) -> bool:
    """Return True: the code after a jump is never reached."""
    return True


def visit_expression(builder: Builder, node: ast.Expr) -> None:
    """Visit an expression that stands alone, unless it is a docstring or another constant."""
    if type(node.value) is not ast.Constant:
        store_updates(builder, builder.visit(node.value))
        if builder.scope.kind == S_MODULE:
            export_by_call(builder, node.value)


def visit_return(builder: Builder, node: ast.Return) -> bool:
    """Add a value to those that the function returns."""
    if node.value is not None:
        value = builder.visit(node.value)
        builder.mention(H_RETURNED, node.value, value)
        if value and builder.scope.function >= 0:
            builder.tables.functions[builder.scope.function].returns[value] = None
    return True


def visit_raise(builder: Builder, node: ast.Raise) -> bool:
    """Visit an exception. A class that is raised is called; a call of it is a call site already."""
    if node.exc is not None:
        exception = builder.visit(node.exc)
        if exception and not isinstance(node.exc, ast.Call):
            builder.scope.sites += (C_RAISE, exception, node.exc.lineno, "")
    if node.cause is not None:
        builder.visit(node.cause)
    return True


def visit_assert(builder: Builder, node: ast.Assert) -> None:
    """Visit a condition that holds from here on."""
    visit_condition(builder, node.test)
    if node.msg is not None:
        builder.visit(node.msg)
    narrow(builder, node.test)


def visit_delete(builder: Builder, node: ast.Delete) -> None:
    """Delete items and attributes; a deleted name keeps its bindings."""
    for target in node.targets:
        _delete(builder, target)


def _delete(builder: Builder, target: ast.expr) -> None:
    if isinstance(target, ast.Subscript):
        builder.special("__delitem__", builder.visit(target.value), target.lineno)
        builder.visit(target.slice)
    elif isinstance(target, ast.Attribute):
        builder.special("__delattr__", visit_member(builder, target), target.lineno)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            _delete(builder, element)


def visit_import(builder: Builder, node: ast.Import) -> None:
    """Bind the modules of ``import a.b, c as d``."""
    for alias in node.names:
        builder.tables.imports.append((0, alias.name, None, node.lineno))
        # ``import a.b`` binds ``a`` to the module ``a``; ``import a.b as c`` binds ``c`` to ``a.b``
        name = alias.asname or alias.name.partition(".")[0]
        builder.bind(name, (B_IMPORT, alias.name if alias.asname else name))


def visit_import_from(builder: Builder, node: ast.ImportFrom) -> None:
    """Bind the names of ``from module import a, b as c``, or note that all public names are imported."""
    tables = builder.tables
    module = node.module or ""
    for alias in node.names:
        tables.imports.append((node.level, module, alias.name, node.lineno))
        if alias.name == "*":
            tables.stars.append((node.level, module))
        else:
            builder.bind(alias.asname or alias.name, (B_FROM, node.level, module, alias.name))


def visit_global(builder: Builder, node: ast.Global) -> None:
    """Declare names as those of the module."""
    # ``global`` in the module itself changes nothing
    if builder.scope.kind != S_MODULE:
        builder.scope.declarations |= dict.fromkeys(node.names, builder.scopes[0])


def visit_nonlocal(builder: Builder, node: ast.Nonlocal) -> None:
    """Declare names as those of the nearest function around the present one that binds them."""
    for name in node.names:
        outer = builder.scope.parent
        while outer is not None and (outer.kind != S_FUNCTION or name not in outer.bindings):
            outer = outer.parent
        if outer is not None:
            builder.scope.declarations[name] = outer


def visit_type_alias(builder: Builder, node: Any) -> None:
    """Bind the name in ``type name = annotation`` (``ast.TypeAlias``, since Python 3.12)."""
    bind_target(builder, node.name, builder.annotation(node.value))
