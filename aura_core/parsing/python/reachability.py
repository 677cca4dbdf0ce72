"""Tells which code never runs: below a test that is always false, and after a statement that leaves its block."""

from __future__ import annotations

import ast

TYPE_CHECKING = "TYPE_CHECKING"


def static_truth(test: ast.expr) -> bool | None:
    """Return whether a condition always or never holds when the program runs; None when that depends on values."""
    match test:
        case ast.Constant(value) if value is None or isinstance(value, bool | int):
            return bool(value)
        case ast.Name(name) | ast.Attribute(_, name) if name == TYPE_CHECKING:
            return False
        case ast.UnaryOp(ast.Not(), operand):
            truth = static_truth(operand)
            return None if truth is None else not truth
        case ast.BoolOp(operator, operands):
            return _joined_truth([static_truth(operand) for operand in operands], isinstance(operator, ast.And))
    return None


def _joined_truth(truths: list[bool | None], is_and: bool) -> bool | None:
    """Return the truth of an ``and`` or ``or`` of conditions: one of them may decide alone."""
    if (not is_and) in truths:
        return not is_and
    return is_and if all(truth is is_and for truth in truths) else None


def always_leaves(statement: ast.stmt) -> bool:
    """Tell whether the code after a statement never runs. A ``with`` may swallow what its block raises."""
    match statement:
        case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
            return True
        case ast.If():
            return _every_branch_leaves(statement)
        case ast.Try(body, handlers, orelse, finalbody):
            is_left = _block_leaves(body) or _block_leaves(orelse)
            return _block_leaves(finalbody) or (is_left and all(_block_leaves(handler.body) for handler in handlers))
    return False


def _every_branch_leaves(statement: ast.If) -> bool:
    """Tell whether each branch that may run leaves the block. A long chain nests, so it is followed in a loop."""
    rest: list[ast.stmt] = [statement]
    while len(rest) == 1 and isinstance(branch := rest[0], ast.If):
        truth = static_truth(branch.test)
        if truth is not False and not _block_leaves(branch.body):
            return False
        if truth:
            return True
        rest = branch.orelse
    return _block_leaves(rest)


def _block_leaves(block: list[ast.stmt]) -> bool:
    return any(map(always_leaves, block))
