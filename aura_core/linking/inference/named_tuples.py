"""Infers the fields of named tuples, of ``NamedTuple`` classes and of what ``namedtuple`` makes."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from aura_core.linking.call_arguments import is_starred, keyword_argument
from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_MEMBERS
from aura_core.linking.inference.builtin_types import type_members
from aura_core.linking.inference.members import mro
from aura_core.linking.inference.state import InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_NAMED_TUPLE,
    ContainerRef,
    InstanceRef,
    LiteralRef,
    Ref,
    Refs,
    is_external,
    is_mutable,
)
from aura_core.parsing.python import ir

FACTORIES: Final = frozenset({"collections.namedtuple", "typing.NamedTuple"})
"""Functions that make a class of named tuples."""

_BASES: Final = frozenset({("x", "typing.NamedTuple"), ("x", "typing_extensions.NamedTuple")})


def fields_of(state: InferenceState, value: InstanceRef) -> list[str]:
    """Return the names of a named tuple's fields, in order; an empty list for any other instance."""
    order = mro(state, value)
    if _BASES.isdisjoint(order):
        return []
    # the class directly below ``NamedTuple`` declares the fields
    entry = next(below for below, above in pairwise(order) if above in _BASES)
    if is_external(entry):
        return []
    _, path, qualname = entry
    state.read(KEY_MEMBERS, path, qualname)
    file = state.program.files[path]
    _, scope, _, _, _, _ = file.classes[file.class_places[qualname]]
    fields = []
    for member in file.members(qualname):
        state.read(KEY_MEMBER, path, qualname, member)
        if any(_is_annotated(file, binding) for binding in file.reaching(scope, member) or ()):
            fields.append(member)
    return fields


def _is_annotated(file: SourceFile, binding: ir.Binding) -> bool:
    if not ir.is_value_binding(binding):
        return False
    _, place = binding
    row = file.exprs[place]
    return row is not None and row[0] in (ir.E_INSTANCE, ir.E_TYPED)


def infer_field(state: InferenceState, value: ContainerRef, name: str, depth: int) -> list[Ref] | None:
    """Return what a field holds of a named tuple that a call made; None for the methods of tuples, and for any other
    container.
    """
    if not is_mutable(value) or len(value) != 4:
        return None
    _, path, scope, place = value
    file = state.program.files[path]
    row = file.exprs[place]
    if not ir.is_call(row) or name in type_members("tuple"):
        return None
    fields = _fields_called(state, file, scope, row, depth)
    values = field_values(state, value, row, depth - 1)
    return [r for field, refs in zip(fields, values, strict=False) if field == name for r in refs]


def field_values(state: InferenceState, value: LiteralRef, row: ir.CallExpr, depth: int) -> list[Refs]:
    """Return what a call passed for the fields of a named tuple, in order; nothing when it is not spelled out."""
    _, path, scope, _ = value
    _, _, arguments, keywords = row
    file = state.program.files[path]
    if any(is_starred(file, argument) for argument in arguments):
        return []
    fields = _fields_called(state, file, scope, row, depth) if keywords else []
    places = [*arguments, *(keyword_argument(row, name) for name in fields[len(arguments) :])]
    return [state.infer(file, scope, place, depth) for place in places]


def _fields_called(state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, depth: int) -> list[str]:
    """Return the fields of the one class of named tuples that a call's callee stands for."""
    _, callee, _, _ = row
    factories = [ref for ref in state.infer(file, scope, callee, depth) if ref[0] == V_NAMED_TUPLE]
    if len(factories) != 1:
        return []
    ((_, path, _, place),) = factories
    return _written_fields(state.program.files[path], place)


def _written_fields(file: SourceFile, place: int) -> list[str]:
    """Return the fields that a call of ``namedtuple`` names; none when it does not spell them out."""
    row = file.exprs[place]
    if not ir.is_call(row):
        return []
    _, _, arguments, _ = row
    names = file.exprs[arguments[1]] if len(arguments) > 1 else None
    if names is None:
        return []
    if ir.is_literal(names):
        _, text = names
        # "x, y" and "x y" both name the fields x and y
        return str(text).replace(",", " ").split()
    if not ir.is_sequence(names):
        return []
    _, _, *elements = names
    return [_field_name(file, element) for element in elements]


def _field_name(file: SourceFile, place: int) -> str:
    """Return the name of a field: a text, or the first of a pair of name and type; "" for anything else."""
    row = file.exprs[place]
    if ir.is_sequence(row) and len(row) > 2:
        _, _, first, *_ = row
        row = file.exprs[first]
    if not ir.is_literal(row):
        return ""
    _, text = row
    return str(text)
