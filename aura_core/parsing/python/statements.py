"""Statements of a Python file, in order: what they define, bind, import, store and call."""

from __future__ import annotations

import ast
from typing import Any

from aura_core.model.facts import Definition
from aura_core.parsing.python.assignments import Assignments
from aura_core.parsing.python.definitions import Definitions
from aura_core.parsing.python.ir import (
    B_FROM,
    B_IMPORT,
    C_RAISE,
    E_EACH,
    E_ENTER,
    E_INSTANCE,
    S_FUNCTION,
    S_MODULE,
)  # fmt: skip
from aura_core.parsing.python.scopes import Env
from aura_core.parsing.python.source_text import Lines

Terminal = bool
"""Whether the code after a statement is not reached from it."""


class Statements(Assignments, Definitions):
    """Visits statements."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._statements: dict[type[ast.AST], Any] = {
            ast.Expr: self._expression, ast.Assign: self._assign, ast.AnnAssign: self._annotated_assign, ast.AugAssign: self._augmented,
            ast.Return: self._return, ast.If: self._branches, ast.For: self._for, ast.AsyncFor: self._for, ast.While: self._while,
            ast.With: self._with, ast.AsyncWith: self._with, ast.Try: self._try, ast.Raise: self._raise, ast.Assert: self._assert,
            ast.Import: self._import, ast.ImportFrom: self._import_from, ast.Global: self._global, ast.Nonlocal: self._nonlocal,
            ast.Pass: self._nothing, ast.Break: self._leave, ast.Continue: self._leave, ast.Delete: self._delete, ast.Match: self._match,
            ast.FunctionDef: self._function, ast.AsyncFunctionDef: self._function, ast.ClassDef: self._class,
        }  # fmt: skip
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._try
        if hasattr(ast, "TypeAlias"):
            self._statements[ast.TypeAlias] = self._type_alias

    def module(self, body: list[ast.stmt], definition: Definition) -> None:
        """Visit a whole module; ``definition`` is its row."""
        self.definitions.append(definition)
        self.open_scope(S_MODULE, -1, 0, self.lines.count)
        self.block(body)

    def forget(self) -> None:
        """Drop the visits, as in ``Expressions``."""
        super().forget()
        self._statements = {}

    def block(self, body: list[ast.stmt]) -> Terminal:
        """Visit statements in order; whether the end of them is never reached."""
        terminal = False
        visits = self._statements
        self.scope.blocks += 1
        for statement in body:
            terminal = bool(visits[type(statement)](statement)) or terminal
        self.scope.blocks -= 1
        return terminal

    # Plain statements

    def _nothing(self, _: ast.stmt) -> None:
        return None

    def _leave(self, _: ast.stmt) -> Terminal:
        return True

    def _expression(self, node: ast.Expr) -> None:
        if type(node.value) is not ast.Constant:
            self.value(node.value)
            if self.scope.kind == S_MODULE:
                self._extend_all(node.value)

    def _return(self, node: ast.Return) -> Terminal:
        if node.value is not None:
            place = self.value(node.value)
            if place and self.scope.function >= 0:
                self.give(self.scope.function, 4, place)
        return True

    def _raise(self, node: ast.Raise) -> Terminal:
        if node.exc is not None:
            place = self.value(node.exc)
            if not isinstance(node.exc, ast.Call) and place:
                self.scope.sites += (C_RAISE, place, node.exc.lineno, "")
        if node.cause is not None:
            self.value(node.cause)
        return True

    def _assert(self, node: ast.Assert) -> None:
        self.condition(node.test)
        if node.msg is not None:
            self.value(node.msg)
        self.narrow(node.test)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._deleted(target)

    def _deleted(self, target: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            self.special("__delitem__", self.value(target.value), target.lineno)
            self.value(target.slice)
        elif isinstance(target, ast.Attribute):
            self.special("__delattr__", self.member(target), target.lineno)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._deleted(element)

    # Branches

    def _branches(self, node: ast.If) -> Terminal:
        scope = self.scope
        ends: list[Env] = []
        following: list[ast.stmt] = [node]
        while len(following) == 1 and isinstance(following[0], ast.If):
            branch = following[0]
            self.condition(branch.test)
            before = dict(scope.env)
            self.narrow(branch.test)
            if not self.block(branch.body):
                ends.append(scope.env)
            scope.env = before
            self.narrow_else(branch.test)
            following = branch.orelse
        if not self.block(following):
            ends.append(scope.env)
        scope.join(ends)
        return not ends

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        place = self.value(node.iter)
        self.special("__iter__" if isinstance(node, ast.For) else "__aiter__", place, node.iter.lineno)
        saved = self.scope.begin_loop()
        self.target(node.target, self.intern((E_EACH, place)) if place else 0)
        self.block(node.body)
        self.scope.end_loop(saved)
        self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        saved = self.scope.begin_loop()
        self.condition(node.test)
        self.narrow(node.test)
        self.block(node.body)
        self.scope.end_loop(saved)
        self.block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> Terminal:
        for item in node.items:
            place = self.value(item.context_expr)
            self.special("__enter__" if isinstance(node, ast.With) else "__aenter__", place, item.context_expr.lineno)
            if item.optional_vars is not None:
                self.target(item.optional_vars, self.intern((E_ENTER, place)) if place else 0)
        return self.block(node.body)

    def _try(self, node: ast.Try) -> Terminal:
        scope = self.scope
        saved = dict(scope.env), len(scope.log)
        ends: list[Env] = []
        ended, after = self.block(node.body), scope.env
        anywhere = scope.reaching(saved)
        for handler in node.handlers:
            scope.env = dict(anywhere)
            self._caught(handler)
            if not self.block(handler.body):
                ends.append(scope.env)
        scope.env = after
        if not self.block(node.orelse) and not ended:
            ends.insert(0, scope.env)
        anywhere = scope.reaching(saved)
        scope.env = anywhere
        scope.join(ends)
        return self.block(node.finalbody) or not ends

    def _caught(self, handler: ast.ExceptHandler) -> None:
        if handler.type is None:
            return
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        place = self.union([self.value(k) for k in kinds])
        if handler.name:
            self.target(ast.Name(handler.name), self.instance(place))

    def _match(self, node: ast.Match) -> Terminal:
        place = self.value(node.subject)
        scope = self.scope
        before = dict(scope.env)
        ends: list[Env] = []
        complete = False
        for case in node.cases:
            scope.env = dict(before)
            self._pattern(case.pattern, place)
            self.narrow_to(node.subject, case.pattern)
            if case.guard is not None:
                self.condition(case.guard)
            complete = complete or (
                case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            )
            if not self.block(case.body):
                ends.append(scope.env)
        scope.env = before
        scope.join(ends if complete else [before, *ends])
        return complete and not ends

    def _pattern(self, pattern: ast.pattern, place: int) -> None:
        if isinstance(pattern, ast.MatchAs):
            inner = pattern.pattern
            if inner is not None:
                self._pattern(inner, place)
            if isinstance(inner, ast.MatchClass):
                place = self.intern((E_INSTANCE, self.value(inner.cls)))
            if pattern.name:
                self.target(ast.Name(pattern.name), place)
            return
        if isinstance(pattern, ast.MatchStar) and pattern.name:
            self.target(ast.Name(pattern.name), 0)
        elif isinstance(pattern, ast.MatchMapping) and pattern.rest:
            self.target(ast.Name(pattern.rest), 0)
        for child in ast.iter_child_nodes(pattern):
            if isinstance(child, ast.pattern):
                self._pattern(child, 0)
            elif isinstance(child, ast.expr):
                self.value(child)

    # Names from elsewhere

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.append((0, alias.name, None, node.lineno))
            name = alias.asname or alias.name.partition(".")[0]
            self.scope.bind(name, (B_IMPORT, alias.name if alias.asname else name), self)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self.imports.append((node.level, module, alias.name, node.lineno))
            if alias.name == "*":
                self.stars.append((node.level, module))
            else:
                self.scope.bind(alias.asname or alias.name, (B_FROM, node.level, module, alias.name), self)

    def _global(self, node: ast.Global) -> None:
        if self.scope.kind != S_MODULE:
            self.scope.declared |= dict.fromkeys(node.names, self.scopes[0])

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            outer = self.scope.parent
            while outer is not None and (outer.kind != S_FUNCTION or name not in outer.binds):
                outer = outer.parent
            if outer is not None:
                self.scope.declared[name] = outer

    def _type_alias(self, node: Any) -> None:
        self.target(node.name, self.annotated(node.value))
