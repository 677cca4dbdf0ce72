"""What conditions say of the names and attributes in them: ``isinstance(x, C)``, ``type(self.x) is C``."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Visits
from aura_core.parsing.python.ir import B_VALUE, E_CALL, S_COMPREHENSION, S_FUNCTION

SAME = (ast.Is, ast.Eq)
OTHER = (ast.IsNot, ast.NotEq)


class Narrowing(Visits):
    """Narrows names, and attributes of names, where a condition holds."""

    def narrow(self, test: ast.expr) -> None:
        """Where a condition holds, what it says of the class of a name or attribute."""
        if isinstance(test, ast.BoolOp):
            for value in test.values if isinstance(test.op, ast.And) else ():
                self.narrow(value)
        elif isinstance(test, ast.Call):
            if isinstance(test.func, ast.Name) and test.func.id == "isinstance" and len(test.args) == 2:
                self._is(test.args[0], test.args[1], exactly=False)
        elif isinstance(test, ast.Compare):
            self._compared_type(test, SAME)

    def narrow_else(self, test: ast.expr) -> None:
        """The same where a condition does not hold."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self.narrow(test.operand)
        elif isinstance(test, ast.Compare):
            self._compared_type(test, OTHER)

    def narrow_to(self, what: ast.expr, pattern: ast.pattern) -> None:
        """Where a pattern of a ``match`` fits, what its classes say of the class of a name or attribute."""
        while isinstance(pattern, ast.MatchAs) and pattern.pattern is not None:
            pattern = pattern.pattern
        kinds = [
            p.cls
            for p in (pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern])
            if isinstance(p, ast.MatchClass)
        ]
        if kinds and len(kinds) == (len(pattern.patterns) if isinstance(pattern, ast.MatchOr) else 1):
            self._is(what, ast.Tuple(elts=list(kinds)), exactly=False)

    def _compared_type(self, test: ast.Compare, operators: tuple[type[ast.cmpop], ...]) -> None:
        """``type(x) is C`` and ``x.__class__ is C``."""
        left = test.left
        if len(test.ops) != 1 or not isinstance(test.ops[0], operators):
            return
        if isinstance(left, ast.Attribute) and left.attr == "__class__":
            self._is(left.value, test.comparators[0], exactly=True)
        elif (
            isinstance(left, ast.Call)
            and isinstance(left.func, ast.Name)
            and left.func.id == "type"
            and len(left.args) == 1
        ):
            self._is(left.args[0], test.comparators[0], exactly=True)

    def _is(self, what: ast.expr, types: ast.expr, *, exactly: bool) -> None:
        """Something is an instance of one of some types."""
        scope = self.scope
        name = _name_of(what)
        if not name or not scope.flows or name.partition(".")[0] in scope.declared:
            return
        attribute = "." in name
        if (scope.kind not in (S_FUNCTION, S_COMPREHENSION)) if attribute else name not in scope.binds:
            return
        kinds = self._quietly(types.elts if isinstance(types, ast.Tuple) else [types])
        value = (
            self.union([self.intern((E_CALL, kind, (), ())) for kind in kinds if kind])
            if exactly
            else self.instance(self.union(kinds))
        )
        if value:
            scope.env = dict(scope.env)
            scope.env[name] = (scope.place_of(name, (B_VALUE, value)),)
            scope.attributes = scope.attributes or attribute

    def _quietly(self, nodes: list[ast.expr]) -> list[int]:
        """The places of expressions that were visited before: neither calls nor reads."""
        scope = self.scope
        before, reads = scope.sites, len(scope.reads)
        scope.sites = []
        places = [self.value(node) for node in nodes]
        scope.sites = before
        del scope.reads[reads:]
        return places


def _name_of(node: ast.expr) -> str:
    """``x`` or ``x.y``; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return (
        f"{node.value.id}.{node.attr}" if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""
    )
