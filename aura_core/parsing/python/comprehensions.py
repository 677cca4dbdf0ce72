"""Expressions with scopes: functions without a name and parameters of any, generators, comprehensions and names bound
within them.
"""

from __future__ import annotations

import ast
from typing import Any

from aura_core.parsing.python.ir import (
    B_PARAM,
    B_VALUE,
    E_EACH,
    E_FUNCTION,
    E_IN,
    E_MANY,
    F_DECORATED,
    P_ARGS,
    P_KEYWORD,
    P_KWARGS,
    P_PLAIN,
    S_COMPREHENSION,
    S_FUNCTION,
)  # fmt: skip
from aura_core.parsing.python.narrowing import Narrowing
from aura_core.parsing.python.tables import Row

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Comprehensions(Narrowing):
    """Visits expressions that have a scope of their own, or reach out of one."""

    # Functions without a name, generators, comprehensions

    def _lambda(self, node: ast.Lambda) -> int:
        params = self.parameters(node.args)
        outer = self.scope
        holder = outer
        while holder.kind == S_COMPREHENSION and holder.parent is not None:
            holder = holder.parent
        holder.lambdas += 1
        place = len(self.functions)
        row: list[Any] = [-1, len(self.scopes), 0, params, [], [], 0, holder.lambdas]
        self.functions.append(row)
        scope = self.open_scope(S_FUNCTION, place, outer.row)
        scope.function = place
        self.bind_parameters(place, params, method=0)
        body = self.value(node.body)
        row[4] = [body] if body else []
        self.scope = outer
        return self.intern((E_FUNCTION, place))

    def parameters(self, arguments: ast.arguments) -> list[Row]:
        """Rows of a function's parameters; their defaults and annotations are read in the present scope."""
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = [0] * (len(plain) - len(arguments.defaults)) + [self.value(d) for d in arguments.defaults]
        rows: list[Row] = [
            (a.arg, P_PLAIN, d, self.annotated(a.annotation)) for a, d in zip(plain, defaults, strict=True)
        ]
        if arguments.vararg is not None:
            rows.append((arguments.vararg.arg, P_ARGS, 0, self.annotated(arguments.vararg.annotation)))
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            rows.append(
                (a.arg, P_KEYWORD, self.value(default) if default is not None else 0, self.annotated(a.annotation))
            )
        if arguments.kwarg is not None:
            rows.append((arguments.kwarg.arg, P_KWARGS, 0, self.annotated(arguments.kwarg.annotation)))
        return rows

    def bind_parameters(self, function: int, params: list[Row], *, method: int) -> None:
        """Bind the parameters in the present scope; ``method`` is the role of the first one if it is bound by the
        call.
        """
        for position, (name, kind, _, _) in enumerate(params):
            role = method if method and not position and kind == P_PLAIN else kind
            self.scope.bind(name, (B_PARAM, function, position, role), self)

    def _yield(self, node: ast.Yield) -> int:
        """What is yielded; it stands for what comes back when a decorator may drive the generator, as coroutines were
        written before ``await``.
        """
        place = self.value(node.value) if node.value is not None else 0
        self._yields(place)
        function = self.scope.function
        return place if function >= 0 and self.functions[function][2] & F_DECORATED else 0

    def _yield_from(self, node: ast.YieldFrom) -> int:
        place = self.value(node.value)
        self.special("__iter__", place, node.lineno)
        self._yields(self.intern((E_EACH, place)) if place else 0)
        return 0

    def _yields(self, place: int) -> None:
        if self.scope.function >= 0:
            self.give(self.scope.function, 5, place)

    def _comprehension(self, node: Comprehension) -> int:
        outer = self.scope
        first = self.iterated(node.generators[0])
        scope = self.open_scope(S_COMPREHENSION, outer.unit, outer.row)
        for position, generator in enumerate(node.generators):
            place = self.iterated(generator) if position else self.intern((E_IN, outer.place, first)) if first else 0
            self.target(generator.target, self.intern((E_EACH, place)) if place else 0)
            for condition in generator.ifs:
                self.condition(condition)
                self.narrow(condition)
        if isinstance(node, ast.DictComp):
            kind = "dict"
            self.value(node.key)
            place = self.value(node.value)
        else:
            kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}[type(node)]
            place = self.value(node.elt)
        self.scope = outer
        return self.fresh((E_MANY, kind, self.intern((E_IN, scope.place, place)) if place else 0))

    def _named(self, node: ast.NamedExpr) -> int:
        place = self.value(node.value)
        inner = self.scope
        scope = inner
        while scope.kind == S_COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        wrapped = self.intern((E_IN, inner.place, place)) if place and scope is not inner else place
        scope.bind(node.target.id, (B_VALUE, wrapped), self)
        return place

    def iterated(self, generator: ast.comprehension) -> int:
        """What a comprehension's clause runs over."""
        place = self.value(generator.iter)
        self.special("__aiter__" if generator.is_async else "__iter__", place, generator.iter.lineno)
        return place
