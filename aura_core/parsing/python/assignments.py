"""Assignments of a Python file: the targets they bind, the attributes and items they store, and ``__all__``."""

from __future__ import annotations

import ast

from aura_core.parsing.python.expressions import BINARY, Expressions
from aura_core.parsing.python.ir import (
    B_UNKNOWN,
    B_VALUE,
    E_CONST,
    E_ITEM,
    E_REST,
    E_SEQUENCE,
    E_TYPED,
    S_MODULE,
)  # fmt: skip

MAX_ATTRIBUTE_VALUES = 16
"""More assignments to one attribute of a class than this are dropped."""


class Assignments(Expressions):
    """Visits assignments and binds targets, also those of other statements."""

    def _assign(self, node: ast.Assign) -> None:
        place = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                self._unpack(target, place)
            else:
                self.target(target, place)
            if isinstance(target, ast.Name) and target.id == "__all__" and self.scope.kind == S_MODULE:
                self.all = _strings(node.value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        kind = self.annotated(node.annotation)
        place = self.value(node.value) if node.value is not None else 0
        if kind and place:
            place = self.intern((E_TYPED, kind, place))
        elif kind:
            place = self.instance(kind)
        self.target(node.target, place)
        if (
            node.value is not None
            and isinstance(node.target, ast.Name)
            and node.target.id == "__all__"
            and self.scope.kind == S_MODULE
        ):
            self.all = _strings(node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        place = self.value(node.value)
        target = node.target
        method = f"__i{BINARY[type(node.op)][2:]}"
        if not isinstance(target, ast.Name):
            self._changed(target, method, place)
            return
        if target.id == "__all__" and self.scope.kind == S_MODULE:
            self.all = [*(self.all or ()), *_strings(node.value)]
        before = self.read(target.id)
        self.operation(before, method, place, target.lineno)
        if place and place != before:
            self.scope.bind(target.id, (B_VALUE, self.union([before, place])), self)

    def _changed(self, target: ast.Attribute | ast.Subscript, method: str, place: int) -> None:
        """An attribute or item that is read, changed and written back."""
        if isinstance(target, ast.Attribute):
            before = self.member(target)
            self.scope.reads += (before, target.lineno)
        else:
            base, key = self.value(target.value), self.value(target.slice)
            self.special("__getitem__", base, target.lineno)
            before = self.intern((E_ITEM, base, key)) if base else 0
        self.operation(before, method, place, target.lineno)
        self.target(target, place)

    def _extend_all(self, node: ast.expr) -> None:
        """``__all__.extend([…])`` and ``__all__.append("…")``."""
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or not isinstance(node.func.value, ast.Name)
        ):
            return
        if node.func.value.id == "__all__" and node.func.attr in ("extend", "append") and node.args:
            self.all = [*(self.all or ()), *_strings(node.args[0])]

    def target(self, node: ast.expr, place: int) -> None:
        """Bind an assignment's target to the value at ``place``."""
        if type(node) is ast.Name:
            self.scope.bind(node.id, (B_VALUE, place) if place else (B_UNKNOWN,), self)
        elif isinstance(node, ast.Attribute):
            self._set_attribute(node, place)
        elif isinstance(node, ast.Tuple | ast.List):
            self._unpack(node, place)
        elif isinstance(node, ast.Starred):
            self.target(node.value, self.intern((E_REST, place, 0, None)) if place else 0)
        elif isinstance(node, ast.Subscript):
            base, key = self.value(node.value), 0 if isinstance(node.slice, ast.Slice) else self.value(node.slice)
            self.special("__setitem__", base, node.lineno)
            if base and place:
                self.stores.append((self.scope.place, base, (key, int(self.scope.blocks == 1)), place))

    def _set_attribute(self, node: ast.Attribute, place: int) -> None:
        base = node.value
        member = self.member(node)
        if self.scope.attributes and isinstance(base, ast.Name) and f"{base.id}.{node.attr}" in self.scope.binds:
            self.scope.bind(f"{base.id}.{node.attr}", (B_VALUE, member), self)
        self.special("__setattr__", member, node.lineno)
        if not isinstance(base, ast.Name) or not self.scope.self_name or base.id != self.scope.self_name:
            base_place = self.exprs[member][1]  # type: ignore[index]
            if base_place and place:
                self.stores.append((self.scope.place, base_place, node.attr, place))
            return
        values = self.classes[self.scope.self_class][3].setdefault(node.attr, [])
        if len(values) < 2 * MAX_ATTRIBUTE_VALUES:
            values += (self.scope.place, place)

    def _unpack(self, node: ast.Tuple | ast.List, place: int) -> None:
        row = self.exprs[place]
        self.special("__iter__", place, node.lineno)
        elements = (
            row[2:] if row is not None and row[0] == E_SEQUENCE and not any(self.starred(e) for e in row[2:]) else None
        )
        starred = next((i for i, t in enumerate(node.elts) if isinstance(t, ast.Starred)), -1)
        for i, target in enumerate(node.elts):
            if not place:
                self.target(target, 0)
            elif elements is not None and starred < 0 and len(elements) == len(node.elts):
                self.target(target, elements[i])
            elif starred < 0 or i < starred:
                self.target(target, self.intern((E_ITEM, place, self.intern((E_CONST, i)))))
            elif i == starred and isinstance(target, ast.Starred):
                self.target(target.value, self.intern((E_REST, place, i, i + 1 - len(node.elts) or None)))
            else:
                self.target(target, self.intern((E_ITEM, place, self.intern((E_CONST, i - len(node.elts))))))


def _strings(node: ast.expr) -> list[str]:
    """The string constants in an expression, in order."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
