"""Attributes of modules, functions, containers, builtin values and what is outside the tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.inference.builtin_types import may_have_member
from aura_core.linking.inference.named_tuples import infer_field
from aura_core.linking.inference.names import infer_module_attribute
from aura_core.linking.inference.state import NO_VALUES, InferenceState
from aura_core.linking.values import (
    V_EXTERNAL,
    V_FUNCTION,
    V_METHOD,
    BuiltinRef,
    CallableRef,
    ConstantRef,
    ContainerRef,
    ExternalRef,
    ExternalValueRef,
    GeneratorRef,
    ModuleRef,
    Ref,
    Refs,
    instance_type,
)

MAX_PATH: Final = 80
"""Longer import paths of what something outside the tree returned say nothing any more."""


def of_module(state: InferenceState, base: ModuleRef, name: str, depth: int) -> Refs:
    """Return what a module has under a name."""
    _, dotted = base
    return infer_module_attribute(state, dotted, name, depth)


def of_external(state: InferenceState, base: ExternalRef, name: str, depth: int) -> Refs:
    """Return what is below something outside the tree."""
    _, dotted = base
    return ((V_EXTERNAL, f"{dotted}.{name}"),)


def of_external_value(state: InferenceState, base: ExternalValueRef, name: str, depth: int) -> Refs:
    """Return what is below a value that something outside the tree returned."""
    _, dotted = base
    return ((V_EXTERNAL, f"{dotted}.{name}"),) if len(dotted) < MAX_PATH else NO_VALUES


def of_container(state: InferenceState, base: ContainerRef, name: str, depth: int) -> Sequence[Ref]:
    """Return a field of a named tuple, else a method of the container."""
    values = infer_field(state, base, name, depth)
    return values if values is not None else ((V_METHOD, base, name),)


def of_builtin(state: InferenceState, base: BuiltinRef | ConstantRef | GeneratorRef, name: str, depth: int) -> Refs:
    """Return a method of a builtin type."""
    dotted = f"builtins.{instance_type(base)}"
    return ((V_EXTERNAL, f"{dotted}.{name}"),) if may_have_member(dotted, name) else NO_VALUES


def of_function(state: InferenceState, base: CallableRef, name: str, depth: int) -> Refs:
    """Return what the own file stores in an attribute of a function."""
    own_file = state.own_file
    _, path, place, *_ = base
    if own_file is None or path != own_file.path or name not in own_file.stored:
        return NO_VALUES
    return state.flowing(("A", (V_FUNCTION, path, place), name))
