"""Visits operators and comparisons, and adds the special methods that they call."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.expressions import INTEGER_LIMIT, MAX_DEPTH, text_between
from aura_core.parsing.python.ir import E_BINARY, E_CONST, E_TYPE, Expr, Place
from aura_core.parsing.python.narrowing import narrow
from aura_core.parsing.python.reachability import static_truth

BINARY = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__", ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__", ast.Pow: "__pow__", ast.LShift: "__lshift__", ast.RShift: "__rshift__", ast.BitOr: "__or__",
    ast.BitXor: "__xor__", ast.BitAnd: "__and__", ast.MatMult: "__matmul__",
}  # fmt: skip
COMPARISONS = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__",
}  # fmt: skip
REFLECTIONS = {"__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__", "__ge__": "__le__"}
UNARY = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}


def visit_boolean(builder: Builder, node: ast.BoolOp) -> Place:
    """Return the last operand of an ``and``, or the union of the operands of an ``or``."""
    value, _ = _visit_operands(builder, node)
    return value


def visit_condition(builder: Builder, node: ast.expr, line: int = 0) -> None:
    """Visit an expression whose truth is tested. Of ``a and b`` and ``a or b`` the last operand is tested here; the
    others are tested by the operator. ``line`` is the line of the test, if it differs from the expression's.
    """
    if type(node) is ast.BoolOp:
        _, decisive = _visit_operands(builder, node)
    else:
        decisive = builder.visit(node)
    builder.special("__bool__", decisive, line or node.lineno)


def _visit_operands(builder: Builder, node: ast.BoolOp) -> tuple[int, int]:
    """Return the value of an ``and`` or ``or``, and its last operand."""
    is_and = isinstance(node.op, ast.And)
    before = builder.scope.env
    values = []
    for operand in node.values:
        values.append(builder.visit(operand))
        # the last operand is not tested by ``and`` and ``or``, it is their result
        if operand is not node.values[-1]:
            builder.special("__bool__", values[-1], operand.lineno)
        if is_and:
            narrow(builder, operand)
    builder.scope.env = before
    last = values[-1]
    return last if is_and else builder.union(values), last


def visit_conditional(builder: Builder, node: ast.IfExp) -> Place:
    """Return either branch of ``a if c else b``."""
    visit_condition(builder, node.test)
    truth = static_truth(node.test)
    if truth is not None:  # the other branch never runs
        return builder.visit(node.body if truth else node.orelse)
    before = builder.scope.env
    narrow(builder, node.test)
    body = builder.visit(node.body)
    builder.scope.env = before
    return builder.union([body, builder.visit(node.orelse)])


def visit_binary(builder: Builder, node: ast.BinOp) -> Place:
    """Return the result of an operator. A long sum nests to the left, so it is followed in a loop."""
    operations = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        operations.append(left)
        left = left.left
    result = builder.visit(left)
    for operation in reversed(operations):
        right = builder.visit(operation.right)
        result = apply_operator(builder, result, BINARY[type(operation.op)], right, operation.right.lineno)
    return result if len(operations) <= MAX_DEPTH else 0


def apply_operator(builder: Builder, left: Place, method: str, right: Place, line: int) -> Place:
    """Return the result of an operator between two values, given by the special method of its left operand."""
    expressions = builder.tables.expressions
    row, other = expressions[left], expressions[right]
    if row is not None and (row[0] == E_CONST or row[0] == E_TYPE):
        _, constant, *_ = row
        is_text = isinstance(constant, str) if row[0] == E_CONST else constant == "str"
        if is_text:
            return _format(builder, row, method)
        if other is None or other[0] in (E_CONST, E_TYPE):
            return 0
    if not left and not right:
        return 0
    result = builder.intern((E_BINARY, left, method, right))
    if builder.may_be_special(left) or builder.may_be_special(right):
        builder.special(method, result, line)
    return result


def _format(builder: Builder, row: Expr, method: str) -> Place:
    """Return the text that ``"text" + value`` or ``"text %s" % value`` makes; its start or end may be known."""
    match method, row:
        case "__add__", (opcode, str(text)) if opcode == E_CONST:
            return text_between(builder, text, "")
        case "__add__", (_, _, str(start), str(_)):
            return text_between(builder, start, "")
        case "__mod__", (opcode, str(text)) if opcode == E_CONST:
            (start, _, _), (_, _, end) = text.partition("%"), text.rpartition("%")
            # "%s.py" -> start "", end ".py": the letter of the conversion goes
            return text_between(builder, start, end[1:])
    return text_between(builder, "", "")


def visit_unary(builder: Builder, node: ast.UnaryOp) -> Place:
    """Return the result of ``not``, a sign or ``~``."""
    if isinstance(node.op, ast.Not):
        visit_condition(builder, node.operand, node.lineno)
        return builder.intern((E_TYPE, "bool"))
    value = builder.visit(node.operand)
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant) and type(node.operand.value) is int:
        return builder.intern((E_CONST, -node.operand.value)) if node.operand.value < INTEGER_LIMIT else 0
    builder.special(UNARY[type(node.op)], value, node.lineno)
    return value


def visit_compare(builder: Builder, node: ast.Compare) -> Place:
    """Return the boolean of a comparison; a special method of either operand may answer it."""
    mark = len(builder.tables.mentions)
    left = builder.visit(node.left)
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = builder.visit(comparator)
        method = COMPARISONS.get(type(operator))
        if method is not None:
            _compare(builder, left, method, right, comparator.lineno)
        elif isinstance(operator, ast.In | ast.NotIn):
            builder.special("__contains__", right, comparator.lineno)
        left = right
    del builder.tables.mentions[mark:]  # what is compared is not handed on
    return builder.intern((E_TYPE, "bool"))


def _compare(builder: Builder, left: Place, method: str, right: Place, line: int) -> None:
    if not builder.may_be_special(right):
        builder.special(method, left, line)
    # a builtin left operand has no answer, so the right one is asked by the reflected method
    elif not builder.may_be_special(left):
        builder.special(REFLECTIONS.get(method, method), right, line)
    else:
        builder.special(method, builder.intern((E_BINARY, left, method, right)), line)
