"""Infers what each kind of expression stands for; names and calls have modules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.inference import containers
from aura_core.linking.inference.annotations import infer_annotation, types_named
from aura_core.linking.inference.contexts import entered
from aura_core.linking.inference.dynamic_attributes import known_affixes, named_in_module
from aura_core.linking.inference.state import NO_VALUES, InferenceState, Location
from aura_core.linking.values import (
    V_BUILTIN,
    V_CLASS,
    V_CONSTANT,
    V_CONTAINER,
    V_ELEMENTS,
    V_EXTERNAL,
    V_EXTERNAL_VALUE,
    V_FUNCTION,
    V_INSTANCE,
    V_SUPER,
    Ref,
    Refs,
    classes_in,
    instance_type,
    is_class,
    is_constant,
    is_container,
    is_instance,
    is_namespace,
)
from aura_core.parsing.python import ir

_EXTERNAL_KINDS: Final = frozenset({V_EXTERNAL, V_EXTERNAL_VALUE})

_ANNOTATED: Final = frozenset({(V_EXTERNAL, "typing.Annotated"), (V_EXTERNAL, "typing_extensions.Annotated")})

_CONTAINER_KINDS: Final = frozenset({V_CONTAINER, V_ELEMENTS})


def infer_attribute(state: InferenceState, location: Location, row: ir.AttributeExpr, depth: int) -> list[Ref]:
    """Return what an attribute of each value of its base stands for."""
    file, scope, _ = location
    _, base, name = row
    return [r for value in state.infer(file, scope, base, depth) for r in state.attribute(value, name, depth)]


def infer_constant(state: InferenceState, location: Location, row: ir.ConstantExpr, depth: int) -> Refs:
    """Return a constant string or integer."""
    _, value = row
    return ((V_CONSTANT, value),)


def infer_type(state: InferenceState, location: Location, row: ir.TypeExpr | ir.TextExpr, depth: int) -> Refs:
    """Return an instance of a builtin type."""
    _, kind, *_ = row
    return ((V_BUILTIN, kind),)


def infer_in_scope(state: InferenceState, location: Location, row: ir.InExpr, depth: int) -> Refs:
    """Return what an expression of another scope stands for."""
    file, _, _ = location
    _, scope, place = row
    return state.infer(file, scope, place, depth)


def infer_union(state: InferenceState, location: Location, row: ir.UnionExpr, depth: int) -> list[Ref]:
    """Return what the expressions of a union stand for, all together."""
    file, scope, _ = location
    _, *places = row
    return [r for place in places for r in state.infer(file, scope, place, depth)]


def infer_first(state: InferenceState, location: Location, row: ir.GenericExpr | ir.StarExpr, depth: int) -> Refs:
    """Return what the first operand stands for: a generic class without its arguments, a starred value."""
    file, scope, _ = location
    _, place, *_ = row
    return state.infer(file, scope, place, depth)


def infer_container(state: InferenceState, location: Location, row: ir.Expr, depth: int) -> Refs:
    """Return the container that a literal or a comprehension makes."""
    file, scope, place = location
    return ((V_CONTAINER, file.path, scope, place),)


def infer_function(state: InferenceState, location: Location, row: ir.FunctionExpr, depth: int) -> Refs:
    """Return a function or lambda."""
    file, _, _ = location
    _, place = row
    return ((V_FUNCTION, file.path, place, None),)


def infer_class(state: InferenceState, location: Location, row: ir.ClassExpr, depth: int) -> Refs:
    """Return a class of the file."""
    file, _, _ = location
    _, place = row
    return ((V_CLASS, file.path, file.class_name(place), 1),)


def infer_instance(state: InferenceState, location: Location, row: ir.InstanceExpr, depth: int) -> list[Ref]:
    """Return a value of an annotated type."""
    file, scope, _ = location
    _, annotation = row
    return infer_annotation(state, file, scope, annotation, depth)


def infer_typed(state: InferenceState, location: Location, row: ir.TypedExpr, depth: int) -> Sequence[Ref]:
    """Return what a value with an annotation stands for.

    Where nothing is known of the value, the annotation counts; for a container, its annotated elements are added.
    """
    file, scope, _ = location
    _, annotation, place = row
    values = state.infer(file, scope, place, depth)
    declared_values = infer_annotation(state, file, scope, annotation, depth)
    kinds = {value[0] for value in values}
    if kinds <= _EXTERNAL_KINDS:
        return declared_values or values
    return (
        values if kinds.isdisjoint(_CONTAINER_KINDS) else [*values, *(r for r in declared_values if r[0] == V_ELEMENTS)]
    )


def infer_super(state: InferenceState, location: Location, row: ir.SuperExpr, depth: int) -> Refs:
    """Return ``super()`` of the class around, or of the one that it names."""
    file, scope, _ = location
    _, place = row
    around = file.class_around(scope)
    if around is None:
        return NO_VALUES
    classes = classes_in(state.infer(file, scope, place, depth))
    # ``super(C, self)`` begins after C in the mro, ``super()`` after the class around
    path, name = classes.pop()[1:3] if len(classes) == 1 else (file.path, around)
    return ((V_SUPER, path, name, (V_INSTANCE, file.path, around, 0)),)


def infer_item(state: InferenceState, location: Location, row: ir.ItemExpr, depth: int) -> list[Ref]:
    """Return what ``container[key]`` stands for."""
    file, scope, _ = location
    _, base, key = row
    values, key_values = state.infer(file, scope, base, depth), state.infer(file, scope, key, depth)
    keys: list[str | int | None] = [ref[1] for ref in key_values if is_constant(ref)]
    # as soon as one key is not a constant, the item may be any
    if not keys or len(keys) < len(key_values):
        keys = [None]
    out = [r for value in values for constant in keys for r in containers.item(state, value, constant, depth)]
    out += [r for v in values for place in types_named(file, v, key) for r in state.infer(file, scope, place, depth)]
    if not _ANNOTATED.isdisjoint(values) and ir.is_sequence(file.exprs[key]):
        out.append((V_CONTAINER, file.path, scope, key))  # what else it says of the type
    if keys == [None] and any(map(is_namespace, values)) and (affixes := known_affixes(file, scope, key)):
        out += named_in_module(state, file, affixes, depth - 1)
    return out


def infer_each(state: InferenceState, location: Location, row: ir.EachExpr, depth: int) -> list[Ref]:
    """Return what iterating over a value gives."""
    file, scope, _ = location
    _, place = row
    return [r for value in state.infer(file, scope, place, depth) for r in containers.iterate(state, value, depth)]


def infer_slice(state: InferenceState, location: Location, row: ir.SliceExpr, depth: int) -> list[Ref]:
    """Return the list of a sequence's elements between two places."""
    file, scope, _ = location
    _, place, start, end = row
    values = state.infer(file, scope, place, depth)
    return [r for value in values for r in containers.slice_of(state, value, start, end, depth)]


def infer_entered(state: InferenceState, location: Location, row: ir.EnterExpr, depth: int) -> list[Ref]:
    """Return what ``with … as`` binds."""
    file, scope, _ = location
    _, place = row
    return [r for value in state.infer(file, scope, place, depth) for r in entered(state, value, depth)]


def infer_operator(state: InferenceState, location: Location, row: ir.BinaryExpr, depth: int) -> list[Ref]:
    """Return what an operator returns, by the kind of its left value."""
    file, scope, place = location
    _, left, method, right = row
    out: list[Ref] = []
    for value in state.infer(file, scope, left, depth):
        if is_instance(value):
            for function in state.attribute(value, method, depth - 1):
                out += state.call(function, depth - 1)
        elif is_class(value) and method == "__or__":  # ``C | D``, where it is not an annotation itself
            out += [value, *classes_in(state.infer(file, scope, right, depth))]
        elif is_container(value):
            out.append((V_CONTAINER, file.path, scope, place, containers.type_name(state, value)))
        elif value[0] in (V_CONSTANT, V_BUILTIN) and (kind := instance_type(value)) is not None:
            out.append((V_BUILTIN, kind))
    return out
