"""Tables of visitors: which function visits which kind of node."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from aura_core.parsing.python import (
    assignments,
    comprehensions,
    control_flow,
    definitions,
    expressions,
    functions,
    operators,
    statements,
)  # fmt: skip
from aura_core.parsing.python.builder import ExpressionVisitor, StatementVisitor

# Expressions of every other kind, those of later Python versions included, are only read for what is in them.
EXPRESSION_VISITORS: Mapping[type[ast.AST], ExpressionVisitor] = {
    **dict.fromkeys(ast.expr.__subclasses__(), expressions.visit_children),
    ast.Attribute: expressions.visit_attribute,
    ast.Await: expressions.visit_await,
    ast.BinOp: operators.visit_binary,
    ast.BoolOp: operators.visit_boolean,
    ast.Call: expressions.visit_call,
    ast.Compare: operators.visit_compare,
    ast.Constant: expressions.visit_constant,
    ast.Dict: expressions.visit_dict,
    ast.DictComp: comprehensions.visit_comprehension,
    ast.GeneratorExp: comprehensions.visit_comprehension,
    ast.IfExp: operators.visit_conditional,
    ast.JoinedStr: expressions.visit_joined_string,
    ast.Lambda: functions.visit_lambda,
    ast.List: expressions.visit_sequence,
    ast.ListComp: comprehensions.visit_comprehension,
    ast.Name: expressions.visit_name,
    ast.NamedExpr: comprehensions.visit_named_expression,
    ast.Set: expressions.visit_sequence,
    ast.SetComp: comprehensions.visit_comprehension,
    ast.Starred: expressions.visit_starred,
    ast.Subscript: expressions.visit_subscript,
    ast.Tuple: expressions.visit_sequence,
    ast.UnaryOp: operators.visit_unary,
    ast.Yield: functions.visit_yield,
    ast.YieldFrom: functions.visit_yield_from,
}

STATEMENT_VISITORS: Mapping[type[ast.AST], StatementVisitor] = {
    ast.AnnAssign: assignments.visit_annotated_assign,
    ast.Assert: statements.visit_assert,
    ast.Assign: assignments.visit_assign,
    ast.AsyncFor: control_flow.visit_for,
    ast.AsyncFunctionDef: definitions.visit_function,
    ast.AsyncWith: control_flow.visit_with,
    ast.AugAssign: assignments.visit_augmented_assign,
    ast.Break: statements.visit_jump,
    ast.ClassDef: definitions.visit_class,
    ast.Continue: statements.visit_jump,
    ast.Delete: statements.visit_delete,
    ast.Expr: statements.visit_expression,
    ast.For: control_flow.visit_for,
    ast.FunctionDef: definitions.visit_function,
    ast.Global: statements.visit_global,
    ast.If: control_flow.visit_if,
    ast.Import: statements.visit_import,
    ast.ImportFrom: statements.visit_import_from,
    ast.Match: control_flow.visit_match,
    ast.Nonlocal: statements.visit_nonlocal,
    ast.Pass: statements.visit_pass,
    ast.Raise: statements.visit_raise,
    ast.Return: statements.visit_return,
    ast.Try: control_flow.visit_try,
    ast.TryStar: control_flow.visit_try,
    ast.While: control_flow.visit_while,
    ast.With: control_flow.visit_with,
    **({ast.TypeAlias: statements.visit_type_alias} if hasattr(ast, "TypeAlias") else {}),
}
