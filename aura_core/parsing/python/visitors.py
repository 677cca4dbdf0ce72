"""Which function visits which kind of node."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from aura_core.parsing.python.assignments import visit_annotated_assign, visit_assign, visit_augmented_assign
from aura_core.parsing.python.builder import ExpressionVisitor, StatementVisitor
from aura_core.parsing.python.comprehensions import visit_comprehension, visit_named_expression
from aura_core.parsing.python.control_flow import visit_for, visit_if, visit_match, visit_try, visit_while, visit_with
from aura_core.parsing.python.definitions import visit_class, visit_function
from aura_core.parsing.python.expressions import (
    visit_attribute,
    visit_await,
    visit_call,
    visit_children,
    visit_constant,
    visit_dict,
    visit_joined_string,
    visit_list,
    visit_name,
    visit_set,
    visit_starred,
    visit_subscript,
    visit_tuple,
)
from aura_core.parsing.python.functions import visit_lambda, visit_yield, visit_yield_from
from aura_core.parsing.python.operators import (
    visit_binary,
    visit_boolean,
    visit_compare,
    visit_conditional,
    visit_unary,
)
from aura_core.parsing.python.statements import (
    visit_assert,
    visit_delete,
    visit_expression,
    visit_global,
    visit_import,
    visit_import_from,
    visit_jump,
    visit_nonlocal,
    visit_pass,
    visit_raise,
    visit_return,
    visit_type_alias,
)

EXPRESSION_VISITORS: Mapping[type[ast.AST], ExpressionVisitor] = {
    **dict.fromkeys(ast.expr.__subclasses__(), visit_children),
    ast.Attribute: visit_attribute,
    ast.Await: visit_await,
    ast.BinOp: visit_binary,
    ast.BoolOp: visit_boolean,
    ast.Call: visit_call,
    ast.Compare: visit_compare,
    ast.Constant: visit_constant,
    ast.Dict: visit_dict,
    ast.DictComp: visit_comprehension,
    ast.GeneratorExp: visit_comprehension,
    ast.IfExp: visit_conditional,
    ast.JoinedStr: visit_joined_string,
    ast.Lambda: visit_lambda,
    ast.List: visit_list,
    ast.ListComp: visit_comprehension,
    ast.Name: visit_name,
    ast.NamedExpr: visit_named_expression,
    ast.Set: visit_set,
    ast.SetComp: visit_comprehension,
    ast.Starred: visit_starred,
    ast.Subscript: visit_subscript,
    ast.Tuple: visit_tuple,
    ast.UnaryOp: visit_unary,
    ast.Yield: visit_yield,
    ast.YieldFrom: visit_yield_from,
}

STATEMENT_VISITORS: Mapping[type[ast.AST], StatementVisitor] = {
    ast.AnnAssign: visit_annotated_assign,
    ast.Assert: visit_assert,
    ast.Assign: visit_assign,
    ast.AsyncFor: visit_for,
    ast.AsyncFunctionDef: visit_function,
    ast.AsyncWith: visit_with,
    ast.AugAssign: visit_augmented_assign,
    ast.Break: visit_jump,
    ast.ClassDef: visit_class,
    ast.Continue: visit_jump,
    ast.Delete: visit_delete,
    ast.Expr: visit_expression,
    ast.For: visit_for,
    ast.FunctionDef: visit_function,
    ast.Global: visit_global,
    ast.If: visit_if,
    ast.Import: visit_import,
    ast.ImportFrom: visit_import_from,
    ast.Match: visit_match,
    ast.Nonlocal: visit_nonlocal,
    ast.Pass: visit_pass,
    ast.Raise: visit_raise,
    ast.Return: visit_return,
    ast.Try: visit_try,
    ast.TryStar: visit_try,
    ast.While: visit_while,
    ast.With: visit_with,
    **({ast.TypeAlias: visit_type_alias} if hasattr(ast, "TypeAlias") else {}),
}
