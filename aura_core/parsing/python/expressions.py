"""Expressions of a Python file: one visit a node, by its type; each gives the place of its row (0: nothing is known of
its value).
"""

from __future__ import annotations

import ast

from aura_core.parsing.python.comprehensions import Comprehensions
from aura_core.parsing.python.ir import (
    C_CALL,
    E_ATTR,
    E_BINARY,
    E_BOUND,
    E_CALL,
    E_CONST,
    E_DICT,
    E_ITEM,
    E_MANY,
    E_REST,
    E_SEQUENCE,
    E_STAR,
    E_SUPER,
    E_TYPE,
)  # fmt: skip
from aura_core.parsing.python.source_text import Lines, last_name
from aura_core.parsing.python.tables import Row

MAX_TEXT = 40
"""Longer string constants are only known to be strings."""

MAX_ELEMENTS = 32
"""More elements of a literal than this are not told apart."""

MAX_NESTED = 60
"""Calls, attributes and items nested deeper than this, or longer sums, are not followed, so that linking needs no deep
stack.
"""

FILLED = frozenset({
    "list", "set", "dict", "deque", "defaultdict", "OrderedDict", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "field",
})  # fmt: skip
"""Names of what may make a new container at each call."""

BINARY = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__", ast.FloorDiv: "__floordiv__", ast.Mod: "__mod__",
    ast.Pow: "__pow__", ast.LShift: "__lshift__", ast.RShift: "__rshift__", ast.BitOr: "__or__", ast.BitXor: "__xor__",
    ast.BitAnd: "__and__", ast.MatMult: "__matmul__",
}  # fmt: skip

COMPARISONS = {
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
}
SWAPPED = {"__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__", "__ge__": "__le__"}
UNARY = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
CONVERSIONS = {-1: "__format__", ord("s"): "__str__", ord("r"): "__repr__", ord("a"): "__repr__"}


class Expressions(Comprehensions):
    """Visits expressions."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._nested = 0
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

    # Leaves

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
        place = self.member(node)
        if place:
            self.scope.reads += (place, node.end_lineno or node.lineno)
            if self.scope.attributes:
                return self._narrowed(node, place)
        return place

    def _narrowed(self, node: ast.Attribute, place: int) -> int:
        """An attribute of which a condition said what it is."""
        name = f"{node.value.id}.{node.attr}" if type(node.value) is ast.Name else ""
        places = self.scope.env.get(name)
        return self.intern((E_BOUND, name, *places)) if places is not None else place

    def member(self, node: ast.Attribute) -> int:
        """An attribute that is not read by itself: it is called, or written."""
        self._nested += 1
        place = self.visit[type(node.value)](node.value)
        self._nested -= 1
        return self.intern((E_ATTR, place if self._nested <= MAX_NESTED else 0, node.attr))

    def _call(self, node: ast.Call) -> int:
        function = node.func
        self._nested += 1
        place = self.member(function) if type(function) is ast.Attribute else self.visit[type(function)](function)
        arguments = tuple([self.visit[type(a)](a) for a in node.args])
        keywords: list[object] = []
        for keyword in node.keywords:
            keywords += (keyword.arg or "", self.visit[type(keyword.value)](keyword.value))
        self._nested -= 1
        if type(function) is ast.Name and function.id == "super" and "super" not in self.scope.binds:
            return self.intern((E_SUPER, arguments[0] if arguments else 0))
        if self._nested > MAX_NESTED:
            place, arguments, keywords = 0, (), []
        row = (E_CALL, place, arguments, tuple(keywords))
        call = self.fresh(row) if last_name(function) in FILLED else self.intern(row)
        self.site(C_CALL, call, node.lineno, function)
        if type(function) is ast.Name and function.id == "getattr" and len(arguments) > 1:
            return self._named_attribute(node, call, arguments)
        return call

    def _named_attribute(self, node: ast.Call, call: int, arguments: tuple[int, ...]) -> int:
        """``getattr`` with a constant name reads that attribute."""
        name = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
        if (
            not isinstance(name, str)
            or not arguments[0]
            or "getattr" in self.scope.binds
            or "getattr" in self.scopes[0].binds
        ):
            return call
        place = self.intern((E_ATTR, arguments[0], name))
        self.scope.reads += (place, node.lineno)
        return self.union([place, *arguments[2:]])

    def _subscript(self, node: ast.Subscript) -> int:
        self._nested += 1
        place = self.value(node.value)
        self._nested -= 1
        if self._nested > MAX_NESTED:
            place = 0
        if type(node.ctx) is ast.Load:
            self.special("__getitem__", place, node.lineno)
        key = node.slice
        if isinstance(key, ast.Slice):
            for part in (key.lower, key.upper, key.step):
                if part is not None:
                    self.value(part)
            start = 0 if key.lower is None else _integer(key.lower, -1)
            return self.intern((E_REST, place, start, _integer(key.upper, None))) if place else 0
        return self.intern((E_ITEM, place, self.value(key))) if place else self.value(key) * 0

    def _await(self, node: ast.Await) -> int:
        place = self.value(node.value)
        self.special("__await__", place, node.lineno)
        return place

    def _starred(self, node: ast.Starred) -> int:
        place = self.value(node.value)
        self.special("__iter__", place, node.lineno)
        return self.intern((E_STAR, place)) if place else 0

    def starred(self, place: int) -> bool:
        """Whether an element stands for any number of them."""
        row = self.exprs[place]
        return row is not None and row[0] == E_STAR

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
                self.special(CONVERSIONS[part.conversion], self.value(part.value), part.lineno)
                if part.format_spec is not None:
                    self.value(part.format_spec)
        return (
            self._text(_constant(node.values[0]), _constant(node.values[-1]))
            if node.values
            else self.intern((E_CONST, ""))
        )

    def _text(self, start: str, end: str) -> int:
        """A text of which the start or the end is known."""
        if not (start or end) or len(start) + len(end) > MAX_TEXT:
            return self.intern((E_TYPE, "str"))
        return self.intern((E_TYPE, "str", start, end))

    # Operators

    def _bool(self, node: ast.BoolOp) -> int:
        before = self.scope.env
        places = []
        for value in node.values:
            places.append(self.value(value))
            if value is not node.values[-1]:
                self.special("__bool__", places[-1], value.lineno)
            if isinstance(node.op, ast.And):
                self.narrow(value)
        self.scope.env = before
        self.last = places[-1]
        return self.last if isinstance(node.op, ast.And) else self.union(places)

    def _if(self, node: ast.IfExp) -> int:
        self.condition(node.test)
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
            place = self.operation(place, BINARY[type(operation.op)], right, operation.right.lineno)
        return place if len(spine) <= MAX_NESTED else 0

    def operation(self, left: int, method: str, right: int, line: int) -> int:
        """An operator between two values."""
        row = self.exprs[left]
        if row is not None and row[0] in (E_CONST, E_TYPE):
            kind = row[1] if row[0] == E_TYPE else type(row[1]).__name__
            other = self.exprs[right]
            if kind == "str" or other is None or other[0] in (E_CONST, E_TYPE):
                return self._formatted(row, method) if kind == "str" else 0
        if not left and not right:
            return 0
        place = self.intern((E_BINARY, left, method, right))
        if self.special_of(left) or self.special_of(right):
            self.special(method, place, line)
        return place

    def _formatted(self, row: Row, method: str) -> int:
        """``"text" + value`` and ``"text %s" % value``."""
        if row[0] == E_TYPE:
            return self._text(row[2], "") if len(row) == 4 and method == "__add__" else self.intern((E_TYPE, "str"))
        if method == "__mod__":
            return self._text(row[1].partition("%")[0], row[1].rpartition("%")[2][1:])
        return self._text(row[1], "") if method == "__add__" else self.intern((E_TYPE, "str"))

    def _unary(self, node: ast.UnaryOp) -> int:
        place = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and type(node.operand.value) is int:
            return self.intern((E_CONST, -node.operand.value)) if node.operand.value < 0x8000_0000 else 0
        if isinstance(node.op, ast.Not):
            self.special("__bool__", self.last if type(node.operand) is ast.BoolOp else place, node.lineno)
            return self.intern((E_TYPE, "bool"))
        self.special(UNARY[type(node.op)], place, node.lineno)
        return place

    def _compare(self, node: ast.Compare) -> int:
        left = self.value(node.left)
        for operator, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other)
            method = COMPARISONS.get(type(operator))
            if method is not None:
                self._compared(left, method, right, other.lineno)
            elif isinstance(operator, ast.In | ast.NotIn):
                self.special("__contains__", right, other.lineno)
            left = right
        return self.intern((E_TYPE, "bool"))

    def _compared(self, left: int, method: str, right: int, line: int) -> None:
        if not self.special_of(right):
            self.special(method, left, line)
        elif not self.special_of(left):
            self.special(SWAPPED.get(method, method), right, line)
        else:
            self.special(method, self.intern((E_BINARY, left, method, right)), line)


def _constant(part: ast.expr) -> str:
    """The text of a part of an f-string that is written out."""
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _integer(node: ast.expr | None, otherwise: int | None) -> int | None:
    """The value of an integer constant of 32 bits, which may be negative."""
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    if not isinstance(number, ast.Constant) or type(number.value) is not int or number.value >= 0x8000_0000:
        return otherwise
    return number.value if number is node else -number.value
