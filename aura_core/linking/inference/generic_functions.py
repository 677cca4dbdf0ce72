"""Chooses what a call of a generic function (``functools.singledispatch``) runs, by the type of its first argument."""

from __future__ import annotations

from collections.abc import Sequence

from aura_core.linking.dependency_keys import KEY_REGISTERED, KEY_SIGNATURE
from aura_core.linking.inference.annotations import infer_annotation
from aura_core.linking.inference.builtin_types import TYPES
from aura_core.linking.inference.containers import type_name
from aura_core.linking.inference.members import flags_of, mro
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    CallableRef,
    MroEntry,
    Ref,
    external,
    functions_in,
    instance_type,
    is_container,
    is_function,
    is_instance,
)
from aura_core.parsing.python import ir


def chosen_implementations(
    state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, values: Sequence[Ref]
) -> Sequence[Ref]:
    """Return the values of a callee that a call may run. Of a generic function and all that is registered with it that
    is, for each type of the first argument, the implementation of the nearest class in its mro.
    """
    if len(values) < 2:
        return values
    first, *implementations = values
    if not is_function(first) or not _is_generic(state, first):
        return values
    _, _, arguments, _ = row
    subjects = [r for argument in arguments[:1] for r in state.infer(file, scope, argument, MAX_CHAIN)]
    orders = [order for subject in subjects if (order := _classes_of(state, subject))]
    if not orders or len(orders) < len(subjects):
        return values
    chosen = [first]  # the generic function itself is called, and runs where no class fits
    by_class: dict[MroEntry, CallableRef] = {}
    for function in functions_in(implementations):
        entries = _classes_taken(state, function)
        for entry in entries:
            by_class.setdefault(entry, function)
        if not entries:
            chosen.append(function)  # nobody knows for which class it is registered
    for order in orders:
        chosen += [by_class[entry] for entry in order if entry in by_class][:1]
    return tuple(dict.fromkeys(chosen))


def _is_generic(state: InferenceState, function: CallableRef) -> bool:
    _, path, place, *_ = function
    file = state.program.files[path]
    if not flags_of(file.functions[place]) & ir.F_DECORATED:
        return False
    state.read(KEY_REGISTERED, path, file.function_name(place))
    return bool(state.program.summary_of(file).registrations.get(place))


def _classes_of(state: InferenceState, value: Ref) -> Sequence[MroEntry]:
    """Return the classes of a value in its mro; none when its class is not known."""
    if is_instance(value):
        return mro(state, value)
    kind = type_name(state, value) if is_container(value) else instance_type(value)
    return [external(f"builtins.{above.__name__}") for above in TYPES[kind].__mro__] if kind in TYPES else []


def _classes_taken(state: InferenceState, function: CallableRef) -> list[MroEntry]:
    """Return the classes that the annotation of an implementation's first argument names."""
    _, path, place, receiver, *_ = function
    file = state.program.files[path]
    definition, scope, flags, parameters, *_ = file.functions[place]
    if definition >= 0:
        state.read(KEY_SIGNATURE, path, file.function_name(place))
    is_bound = receiver is not None or bool(flags & ir.F_METHOD and not flags & ir.F_STATIC)
    entries: list[MroEntry] = []
    for _, _, _, annotation in parameters[int(is_bound) :][:1]:
        for value in infer_annotation(state, file, file.parent(scope), annotation, MAX_CHAIN):
            if is_instance(value):
                _, class_path, name, _ = value
                entries.append((V_CLASS, class_path, name))
            elif kind := instance_type(value):
                entries.append(external(f"builtins.{kind}"))
    return entries
