"""Visits branches, loops, ``with``, ``try`` and ``match``: finds which environments reach the code after them."""

from __future__ import annotations

import ast

from aura_core.parsing.python.assignments import bind_target
from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import E_EACH, E_ENTER, E_INSTANCE, Place
from aura_core.parsing.python.narrowing import narrow, narrow_else, narrow_pattern
from aura_core.parsing.python.operators import visit_condition
from aura_core.parsing.python.reachability import static_truth
from aura_core.parsing.python.scopes import Env


def visit_if(builder: Builder, node: ast.If) -> bool:
    """Visit ``if``, every ``elif`` and ``else``. A long chain nests, so it is followed in a loop."""
    scope = builder.scope
    ends: list[Env] = []
    rest: list[ast.stmt] = [node]
    while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
        visit_condition(builder, branch.test)
        truth = static_truth(branch.test)
        if truth is False:
            builder.dead_statements(branch.body)
            rest = branch.orelse
            continue
        before = dict(scope.env)  # a copy, because to bind a name changes the environment in place
        narrow(builder, branch.test)
        is_terminal = builder.statements(branch.body)
        if truth:
            builder.dead_statements(branch.orelse)
        if not is_terminal:
            ends.append(scope.env)
        if truth:
            break
        scope.env = before
        narrow_else(builder, branch.test)
        rest = branch.orelse
    else:
        if not builder.statements(rest):
            ends.append(scope.env)
    scope.join(ends)
    return not ends


def visit_for(builder: Builder, node: ast.For | ast.AsyncFor) -> None:
    """Visit a loop over an iterable."""
    iterable = builder.visit(node.iter)
    builder.special("__iter__" if isinstance(node, ast.For) else "__aiter__", iterable, node.iter.lineno)
    checkpoint = builder.scope.begin_loop()
    bind_target(builder, node.target, builder.intern((E_EACH, iterable)) if iterable else 0)
    builder.statements(node.body)
    builder.scope.end_loop(checkpoint)
    builder.statements(node.orelse)


def visit_while(builder: Builder, node: ast.While) -> None:
    """Visit a loop with a condition."""
    if static_truth(node.test) is False:
        builder.dead_statements(node.body)
        builder.statements(node.orelse)
        return
    checkpoint = builder.scope.begin_loop()
    visit_condition(builder, node.test)
    narrow(builder, node.test)
    builder.statements(node.body)
    builder.scope.end_loop(checkpoint)
    builder.statements(node.orelse)


def visit_with(builder: Builder, node: ast.With | ast.AsyncWith) -> bool:
    """Visit context managers and the block inside them."""
    method = "__enter__" if isinstance(node, ast.With) else "__aenter__"
    for item in node.items:
        manager = builder.visit(item.context_expr)
        builder.special(method, manager, item.context_expr.lineno)
        if item.optional_vars is not None:
            bind_target(builder, item.optional_vars, builder.intern((E_ENTER, manager)) if manager else 0)
    return builder.statements(node.body)


def visit_try(builder: Builder, node: ast.Try) -> bool:
    """Visit ``try``. Any binding of its body may reach a handler, and any of body and handlers reaches ``finally``."""
    scope = builder.scope
    checkpoint = dict(scope.env), len(scope.log)
    ends: list[Env] = []
    is_body_terminal, env_after_body = builder.statements(node.body), scope.env
    env_in_handlers = scope.env_since(checkpoint)
    for handler in node.handlers:
        scope.env = dict(env_in_handlers)
        _bind_exception(builder, handler)
        if not builder.statements(handler.body):
            ends.append(scope.env)
    scope.env = env_after_body
    if not builder.statements(node.orelse) and not is_body_terminal:
        ends.insert(0, scope.env)  # first, as it comes first in the source
    # stays when no branch ends normally: ``finally`` runs even then, after any of the bindings
    scope.env = scope.env_since(checkpoint)
    scope.join(ends)
    return builder.statements(node.finalbody) or not ends


def _bind_exception(builder: Builder, handler: ast.ExceptHandler) -> None:
    if handler.type is None:
        return
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    exception = builder.union([builder.visit(node) for node in types])
    if handler.name:
        bind_target(builder, ast.Name(handler.name), builder.instance(exception))


def visit_match(builder: Builder, node: ast.Match) -> bool:
    """Visit ``match`` and its cases. It is complete when a pattern without a guard fits anything."""
    subject = builder.visit(node.subject)
    scope = builder.scope
    before = dict(scope.env)
    ends: list[Env] = []
    is_complete = False
    for case in node.cases:
        scope.env = dict(before)
        _bind_pattern(builder, case.pattern, subject)
        narrow_pattern(builder, node.subject, case.pattern)
        if case.guard is not None:
            visit_condition(builder, case.guard)
        elif isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
            is_complete = True
        if not builder.statements(case.body):
            ends.append(scope.env)
    scope.env = before
    scope.join(ends if is_complete else [before, *ends])
    return is_complete and not ends


def _bind_pattern(builder: Builder, pattern: ast.pattern, subject: Place) -> None:
    """Bind the names in a pattern. The value of a part of the subject is unknown unless the pattern names its class."""
    if isinstance(pattern, ast.MatchAs):
        inner = pattern.pattern
        if inner is not None:
            _bind_pattern(builder, inner, subject)
        if isinstance(inner, ast.MatchClass):
            subject = builder.intern((E_INSTANCE, builder.visit(inner.cls)))
        if pattern.name:
            bind_target(builder, ast.Name(pattern.name), subject)
        return
    if isinstance(pattern, ast.MatchStar) and pattern.name:
        bind_target(builder, ast.Name(pattern.name), 0)
    elif isinstance(pattern, ast.MatchMapping) and pattern.rest:
        bind_target(builder, ast.Name(pattern.rest), 0)
    for child in ast.iter_child_nodes(pattern):
        if isinstance(child, ast.pattern):
            _bind_pattern(builder, child, 0)
        elif isinstance(child, ast.expr):
            builder.visit(child)
