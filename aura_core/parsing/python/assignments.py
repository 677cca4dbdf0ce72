"""Visits assignments: binds their targets, notes the attributes and items they store, and reads ``__all__``."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.expressions import visit_member
from aura_core.parsing.python.functions import visit_metadata
from aura_core.parsing.python.ir import (
    B_UNKNOWN,
    B_VALUE,
    E_CONST,
    E_ITEM,
    E_REST,
    E_SEQUENCE,
    E_STAR,
    E_TYPED,
    H_STORED,
    S_MODULE,
    Place,
    is_attribute,
    is_call,
    is_dict,
)
from aura_core.parsing.python.operators import BINARY, apply_operator

MAX_ATTRIBUTE_VALUES = 16
"""Most assignments to one attribute of a class that are kept; later ones are dropped."""


def visit_assign(builder: Builder, node: ast.Assign) -> None:
    """Bind the targets of ``a = b = value``."""
    value = builder.visit(node.value)
    builder.mention(H_STORED, node.value, value)
    for target in node.targets:
        bind_target(builder, target, value)
        if _is_all(builder, target):
            builder.tables.exported_names = _strings(node.value)


def visit_annotated_assign(builder: Builder, node: ast.AnnAssign) -> None:
    """Bind the target of ``name: type`` or ``name: type = value``."""
    annotation = builder.annotation(node.annotation)
    visit_metadata(builder, node.annotation)
    value = builder.visit(node.value) if node.value is not None else 0
    if node.value is not None:
        builder.mention(H_STORED, node.value, value)
    if annotation and value:
        value = builder.intern((E_TYPED, annotation, value))
    elif annotation:
        value = builder.instance(annotation)
    bind_target(builder, node.target, value)
    if node.value is not None and _is_all(builder, node.target):
        builder.tables.exported_names = _strings(node.value)


def visit_augmented_assign(builder: Builder, node: ast.AugAssign) -> None:
    """Bind the target of ``a += value`` to either value; its special method is ``__iadd__``."""
    value = builder.visit(node.value)
    target = node.target
    method = f"__i{BINARY[type(node.op)].removeprefix('__')}"
    if not isinstance(target, ast.Name):
        _update_member(builder, target, method, value)
        return
    if _is_all(builder, target):
        _export(builder, node.value)
    before = builder.read_name(target.id)
    apply_operator(builder, before, method, value, target.lineno)
    # ``a += a`` binds nothing new
    if value and value != before:
        builder.bind(target.id, (B_VALUE, builder.union([before, value])))


def _update_member(builder: Builder, target: ast.Attribute | ast.Subscript, method: str, value: Place) -> None:
    """Read an attribute or item, apply an operator and write it back."""
    if isinstance(target, ast.Attribute):
        before = visit_member(builder, target)
        builder.scope.reads += (before, target.lineno)
    else:
        base, key = builder.visit(target.value), builder.visit(target.slice)
        builder.special("__getitem__", base, target.lineno)
        before = builder.intern((E_ITEM, base, key)) if base else 0
    apply_operator(builder, before, method, value, target.lineno)
    bind_target(builder, target, value)


def export_by_call(builder: Builder, node: ast.expr) -> None:
    """Add the names in ``__all__.extend([…])`` and ``__all__.append("…")``."""
    match node:
        case ast.Call(ast.Attribute(ast.Name("__all__"), "extend" | "append"), [names, *_]):
            _export(builder, names)


def _export(builder: Builder, names: ast.expr) -> None:
    tables = builder.tables
    tables.exported_names = [*(tables.exported_names or ()), *_strings(names)]


def _is_all(builder: Builder, target: ast.expr) -> bool:
    """Tell whether a target is the module's ``__all__``."""
    return type(target) is ast.Name and target.id == "__all__" and builder.scope.kind == S_MODULE


def _strings(node: ast.expr) -> list[str]:
    """Return the string constants in an expression, in order."""
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def bind_target(builder: Builder, target: ast.expr, value: Place) -> None:
    """Bind the target of an assignment, a loop, a ``with`` or a pattern to a value."""
    if type(target) is ast.Name:
        builder.bind(target.id, (B_VALUE, value) if value else (B_UNKNOWN,))
    elif isinstance(target, ast.Attribute):
        _store_attribute(builder, target, value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(builder, target, value)
    elif isinstance(target, ast.Starred):
        bind_target(builder, target.value, builder.intern((E_REST, value, 0, None)) if value else 0)
    elif isinstance(target, ast.Subscript):
        _store_item(builder, target, value)


def _store_item(builder: Builder, target: ast.Subscript, value: Place) -> None:
    base = builder.visit(target.value)
    key = 0 if isinstance(target.slice, ast.Slice) else builder.visit(target.slice)
    builder.special("__setitem__", base, target.lineno)
    builder.mention(H_STORED, target.slice, key)
    if base and value:
        is_unconditional = int(builder.scope.block_depth == 1)
        builder.tables.stores.append((builder.scope.place, base, (key, is_unconditional), value))


def store_updates(builder: Builder, call: Place) -> None:
    """Store the items that ``x.update({key: value}, name=value)`` gives, if that statement always runs."""
    tables, scope = builder.tables, builder.scope
    row = tables.expressions[call]
    if scope.block_depth != 1 or not is_call(row):
        return
    _, callee, arguments, keywords = row
    function = tables.expressions[callee]
    if not is_attribute(function):
        return
    _, base, method = function
    if method != "update" or not base:
        return
    items: list[tuple[Place, Place]] = []
    for argument in arguments:
        literal = tables.expressions[argument]
        if is_dict(literal):
            _, *places = literal
            items += zip(places[::2], places[1::2], strict=True)
    names, values = keywords[::2], keywords[1::2]
    items += [(builder.intern((E_CONST, name)), int(value)) for name, value in zip(names, values, strict=True) if name]
    tables.stores += [(scope.place, base, (key, 1), value) for key, value in items if key > 0 and value]


def _store_attribute(builder: Builder, target: ast.Attribute, value: Place) -> None:
    tables, scope = builder.tables, builder.scope
    member = visit_member(builder, target)
    builder.special("__setattr__", member, target.lineno)
    base = target.value
    if isinstance(base, ast.Name):
        if scope.has_narrowed_attributes and (name := f"{base.id}.{target.attr}") in scope.bindings:
            builder.bind(name, (B_VALUE, member))
        if scope.self_name and base.id == scope.self_name:
            values = tables.classes[scope.self_class].attributes.setdefault(target.attr, [])
            if len(values) < 2 * MAX_ATTRIBUTE_VALUES:  # a scope and an expression for each value
                values += (scope.place, value)
            return
    match tables.expressions[member]:
        case (_, int(base_value), str(name)) if base_value and value:
            tables.stores.append((scope.place, base_value, name, value))


def _unpack(builder: Builder, target: ast.Tuple | ast.List, value: Place) -> None:
    """Bind the targets of ``a, *b, c = value``."""
    builder.special("__iter__", value, target.lineno)
    targets = target.elts
    elements = _elements(builder, value)
    star = next((position for position, part in enumerate(targets) if isinstance(part, ast.Starred)), len(targets))
    # both sides are written out and no target is starred: each element goes to its own target
    if len(elements) == len(targets) == star:
        for part, element in zip(targets, elements, strict=True):
            bind_target(builder, part, element)
        return
    for position, part in enumerate(targets):
        if not value:
            item = 0
        elif position < star:
            item = builder.intern((E_ITEM, value, builder.intern((E_CONST, position))))
        elif position > star:  # counted from the end, because nobody knows how many the starred target takes
            item = builder.intern((E_ITEM, value, builder.intern((E_CONST, position - len(targets)))))
        else:
            item = builder.intern((E_REST, value, position, position + 1 - len(targets) or None))
        bind_target(builder, part.value if isinstance(part, ast.Starred) else part, item)


def _elements(builder: Builder, value: Place) -> list[Place]:
    """Return the elements of a sequence that is written out; empty when they are not known one by one."""
    expressions = builder.tables.expressions
    row = expressions[value]
    if row is None or row[0] != E_SEQUENCE:
        return []
    _, _, *elements = row
    rows = [expressions[element] for element in elements]
    return [] if any(row is not None and row[0] == E_STAR for row in rows) else elements
