"""Expressions of a Python file: one visit a node, by its type; each gives the place of its row (0: nothing is known of its value)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from aura_core.parsing.python_annotations import annotation
from aura_core.parsing.python_code import (
    B_PARAM,
    B_VALUE,
    C_CALL,
    E_ATTR,
    E_BINARY,
    E_BOUND,
    E_CALL,
    E_CONST,
    E_DICT,
    E_EACH,
    E_FUNCTION,
    E_IN,
    E_INSTANCE,
    E_ITEM,
    E_MANY,
    E_NAME,
    E_REST,
    E_SEQUENCE,
    E_STAR,
    E_SUPER,
    E_TYPE,
    E_UNION,
    P_ARGS,
    P_KEYWORD,
    P_KWARGS,
    P_PLAIN,
    S_CLASS,
    S_COMPREHENSION,
    S_FUNCTION,
)  # fmt: skip
from aura_core.parsing.python_rows import Row, Tables
from aura_core.parsing.python_scopes import Scope
from aura_core.parsing.python_text import Lines

MAX_TEXT = 40
"""Longer string constants are only known to be strings."""

MAX_ELEMENTS = 32
"""More elements of a literal than this are not told apart."""

MAX_NESTED = 60
"""Calls, attributes and items nested deeper than this, or longer sums, are not followed, so that linking needs no deep stack."""

Visit = Callable[[Any], int]

BINARY = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__", ast.FloorDiv: "__floordiv__", ast.Mod: "__mod__",
    ast.Pow: "__pow__", ast.LShift: "__lshift__", ast.RShift: "__rshift__", ast.BitOr: "__or__", ast.BitXor: "__xor__",
    ast.BitAnd: "__and__", ast.MatMult: "__matmul__",
}  # fmt: skip

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class _Dispatch(dict[type[ast.AST], Visit]):
    """Visits by node type; a type that is not in the table has its children visited."""

    def __init__(self, other: Visit) -> None:
        self._other = other

    def __missing__(self, node: type[ast.AST]) -> Visit:
        self[node] = self._other
        return self._other


class Expressions(Tables):
    """Visits expressions. ``scope`` is the scope that is being read."""

    scope: Scope
    shallow = False
    """Whether to leave expressions alone, because they are nested too deeply."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines = lines
        self._nested = 0
        self.visit: dict[type[ast.AST], Visit] = _Dispatch(self._other)
        self.visit.update(
            {
                ast.Name: self._name, ast.Attribute: self._attribute, ast.Call: self._call, ast.Constant: self._constant,
                ast.List: self._list, ast.Tuple: self._tuple, ast.Set: self._set, ast.Dict: self._dict, ast.BoolOp: self._bool,
                ast.IfExp: self._if, ast.BinOp: self._binary, ast.UnaryOp: self._unary, ast.Compare: self._compare,
                ast.Subscript: self._subscript, ast.Await: self._await, ast.Yield: self._yield, ast.YieldFrom: self._yield_from,
                ast.Starred: self._starred, ast.JoinedStr: self._joined, ast.ListComp: self._comprehension,
                ast.SetComp: self._comprehension, ast.GeneratorExp: self._comprehension, ast.DictComp: self._comprehension,
                ast.Lambda: self._lambda, ast.NamedExpr: self._named,
            }
        )  # fmt: skip

    def forget(self) -> None:
        """Drop the visits, which hold this object in a cycle that only the garbage collector would find."""
        self.visit = {}

    def value(self, node: ast.expr) -> int:
        """The place of an expression."""
        return 0 if self.shallow else self.visit[type(node)](node)

    def union(self, places: list[int]) -> int:
        """Any of several."""
        known = list(dict.fromkeys(p for p in places if p))
        if len(known) < 2:
            return known[0] if known else 0
        return self.intern((E_UNION, *known))

    def instance(self, place: int) -> int:
        """A value of an annotated type."""
        return self.intern((E_INSTANCE, place)) if place else 0

    def annotated(self, node: ast.expr | None) -> int:
        """The place of an annotation; nothing in it is a call."""
        return annotation(self, node) if node is not None else 0

    def site(self, kind: int, place: int, line: int, node: ast.expr) -> None:
        """A call site of the scope."""
        self.scope.sites += (kind, place, line, "" if _plain(node) else self.lines.clipped(node))

    def open_scope(self, kind: int, unit: int, row: int) -> Scope:
        """A scope inside the present one, which it is until ``scope`` is set back."""
        outer = self.scope if self.scopes else None
        self.scope = Scope(kind, len(self.scopes), unit, row, outer)
        self.scopes.append(self.scope)
        return self.scope

    def read(self, name: str) -> int:
        """A name as read here."""
        scope = self.scope
        places = scope.env.get(name)
        if places is not None:
            return self.intern((E_BOUND, name, *places))
        if scope.kind == S_COMPREHENSION:
            while scope.kind == S_COMPREHENSION and scope.parent is not None and name not in scope.binds:
                scope = scope.parent
            places = scope.env.get(name)
            if places is not None and scope.kind != S_CLASS:
                return self.intern((E_IN, scope.place, self.intern((E_BOUND, name, *places))))
        return self.intern((E_NAME, name))

    # Leaves

    def _other(self, node: ast.AST) -> int:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
                self._other(child)
        return 0

    def _name(self, node: ast.Name) -> int:
        return self.read(node.id)

    def _constant(self, node: ast.Constant) -> int:
        value = node.value
        if isinstance(value, str):
            if len(value) <= MAX_TEXT and value.isprintable():
                return self.intern((E_CONST, value))
        elif value is None or value is ...:
            return 0
        elif type(value) is int and -0x8000_0000 < value < 0x8000_0000:
            return self.intern((E_CONST, value))
        return self.intern((E_TYPE, type(value).__name__))

    # Access and calls

    def _attribute(self, node: ast.Attribute) -> int:
        self._nested += 1
        place = self.visit[type(node.value)](node.value)
        self._nested -= 1
        return self.intern((E_ATTR, place if self._nested <= MAX_NESTED else 0, node.attr))

    def _call(self, node: ast.Call) -> int:
        function = node.func
        self._nested += 1
        place = self.visit[type(function)](function)
        arguments = tuple([self.visit[type(a)](a) for a in node.args])
        keywords: list[object] = []
        for keyword in node.keywords:
            keywords += (keyword.arg or "", self.visit[type(keyword.value)](keyword.value))
        self._nested -= 1
        if type(function) is ast.Name and function.id == "super" and "super" not in self.scope.binds:
            return self.intern((E_SUPER, arguments[0] if arguments else 0))
        if self._nested > MAX_NESTED:
            place, arguments, keywords = 0, (), []
        call = self.intern((E_CALL, place, arguments, tuple(keywords)))
        self.site(C_CALL, call, node.lineno, function)
        return call

    def _subscript(self, node: ast.Subscript) -> int:
        self._nested += 1
        place = self.value(node.value)
        self._nested -= 1
        if self._nested > MAX_NESTED:
            place = 0
        key = node.slice
        if isinstance(key, ast.Slice):
            for part in (key.lower, key.upper, key.step):
                if part is not None:
                    self.value(part)
            start = key.lower.value if isinstance(key.lower, ast.Constant) and isinstance(key.lower.value, int) else 0 if key.lower is None else -1
            return self.intern((E_REST, place, start)) if place else 0
        return self.intern((E_ITEM, place, self.value(key))) if place else self.value(key) * 0

    def _await(self, node: ast.Await) -> int:
        return self.value(node.value)

    def _starred(self, node: ast.Starred) -> int:
        place = self.value(node.value)
        return self.intern((E_STAR, place)) if place else 0

    # Literals

    def _sequence(self, kind: str, elements: list[ast.expr]) -> int:
        places = [self.visit[type(e)](e) for e in elements]
        if len(places) > MAX_ELEMENTS:
            return self.fresh((E_MANY, kind, self.union(places[:MAX_ELEMENTS])))
        row = (E_SEQUENCE, kind, *places)
        return self.intern(row) if kind == "tuple" else self.fresh(row)

    def _list(self, node: ast.List) -> int:
        return self._sequence("list", node.elts)

    def _tuple(self, node: ast.Tuple) -> int:
        return self._sequence("tuple", node.elts)

    def _set(self, node: ast.Set) -> int:
        return self._sequence("set", node.elts)

    def _dict(self, node: ast.Dict) -> int:
        row: list[int] = []
        for key, value in zip(node.keys, node.values, strict=True):
            row += (-1 if key is None else self.value(key), self.value(value))
        if len(row) > 4 * MAX_ELEMENTS:
            return self.fresh((E_MANY, "dict", self.union(row[1 : 2 * MAX_ELEMENTS : 2])))
        return self.fresh((E_DICT, *row))

    def _joined(self, node: ast.JoinedStr) -> int:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.value(part.value)
                if part.format_spec is not None:
                    self.value(part.format_spec)
        return self.intern((E_TYPE, "str"))

    # Operators

    def _bool(self, node: ast.BoolOp) -> int:
        if isinstance(node.op, ast.Or):
            return self.union([self.value(v) for v in node.values])
        before, place = self.scope.env, 0
        for value in node.values:
            place = self.value(value)
            self.narrow(value)
        self.scope.env = before
        return place

    def _if(self, node: ast.IfExp) -> int:
        self.value(node.test)
        before = self.scope.env
        self.narrow(node.test)
        body = self.value(node.body)
        self.scope.env = before
        return self.union([body, self.value(node.orelse)])

    def _binary(self, node: ast.BinOp) -> int:
        spine = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            spine.append(left)
            left = left.left
        place = self.value(left)
        for operation in reversed(spine):
            right = self.value(operation.right)
            place = self._operation(place, BINARY[type(operation.op)], right)
        return place if len(spine) <= MAX_NESTED else 0

    def _operation(self, left: int, method: str, right: int) -> int:
        row = self.exprs[left]
        if row is not None and row[0] in (E_CONST, E_TYPE):
            kind = row[1] if row[0] == E_TYPE else type(row[1]).__name__
            other = self.exprs[right]
            if kind == "str" or other is None or other[0] in (E_CONST, E_TYPE):
                return self.intern((E_TYPE, kind)) if kind == "str" else 0
        return self.intern((E_BINARY, left, method, right)) if left or right else 0

    def _unary(self, node: ast.UnaryOp) -> int:
        place = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and type(node.operand.value) is int:
            return self.intern((E_CONST, -node.operand.value)) if node.operand.value < 0x8000_0000 else 0
        return self.intern((E_TYPE, "bool")) if isinstance(node.op, ast.Not) else place

    def _compare(self, node: ast.Compare) -> int:
        self.value(node.left)
        for other in node.comparators:
            self.value(other)
        return self.intern((E_TYPE, "bool"))

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
        rows: list[Row] = [(a.arg, P_PLAIN, d, self.annotated(a.annotation)) for a, d in zip(plain, defaults, strict=True)]
        if arguments.vararg is not None:
            rows.append((arguments.vararg.arg, P_ARGS, 0, self.annotated(arguments.vararg.annotation)))
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            rows.append((a.arg, P_KEYWORD, self.value(default) if default is not None else 0, self.annotated(a.annotation)))
        if arguments.kwarg is not None:
            rows.append((arguments.kwarg.arg, P_KWARGS, 0, self.annotated(arguments.kwarg.annotation)))
        return rows

    def bind_parameters(self, function: int, params: list[Row], *, method: int) -> None:
        """Bind the parameters in the present scope; ``method`` is the role of the first one if it is bound by the call."""
        for position, (name, kind, _, _) in enumerate(params):
            role = method if method and not position and kind == P_PLAIN else kind
            self.scope.bind(name, (B_PARAM, function, position, role), self)

    def _yield(self, node: ast.Yield) -> int:
        if node.value is not None:
            self._yields(self.value(node.value))
        else:
            self._yields(0)
        return 0

    def _yield_from(self, node: ast.YieldFrom) -> int:
        place = self.value(node.value)
        self._yields(self.intern((E_EACH, place)) if place else 0)
        return 0

    def _yields(self, place: int) -> None:
        if self.scope.function >= 0:
            found = self.functions[self.scope.function][5]
            if place not in found:
                found.append(place)

    def _comprehension(self, node: Comprehension) -> int:
        outer = self.scope
        first = self.iterated(node.generators[0])
        scope = self.open_scope(S_COMPREHENSION, outer.unit, outer.row)
        for position, generator in enumerate(node.generators):
            place = self.iterated(generator) if position else self.intern((E_IN, outer.place, first)) if first else 0
            self.target(generator.target, self.intern((E_EACH, place)) if place else 0)
            for condition in generator.ifs:
                self.value(condition)
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

    # What statements add

    def iterated(self, generator: ast.comprehension) -> int:
        """What a comprehension's clause runs over."""
        return self.value(generator.iter)

    def target(self, node: ast.expr, place: int) -> None:
        """Bind an assignment's target."""
        raise NotImplementedError

    def narrow(self, test: ast.expr) -> None:
        """Where a condition holds, ``isinstance`` in it says what a name is."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for value in test.values:
                self.narrow(value)
            return
        if not isinstance(test, ast.Call) or not isinstance(test.func, ast.Name) or test.func.id != "isinstance" or len(test.args) != 2:
            return
        name, types = test.args
        scope = self.scope
        if not isinstance(name, ast.Name) or name.id not in scope.binds or name.id in scope.declared:
            return
        before = self.scope.sites
        self.scope.sites = []
        kinds = types.elts if isinstance(types, ast.Tuple) else [types]
        place = self.union([self.value(k) for k in kinds])
        self.scope.sites = before
        if place:
            scope.env = dict(scope.env)
            scope.env[name.id] = (scope.place_of(name.id, (B_VALUE, self.instance(place))),)


def _plain(node: ast.expr) -> bool:
    """Whether an expression is names and dots only, so that its text follows from its row."""
    while type(node) is ast.Attribute:
        node = node.value
    return type(node) is ast.Name
