"""Infers attributes of modules, functions, containers, builtin values and values from outside the tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.inference.builtin_types import may_have_member, type_members
from aura_core.linking.inference.containers import type_name
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
    is_namespace,
)

MAX_PATH: Final = 80
"""Attributes of a value from outside the tree are not followed when its import path has this many characters."""


def of_module(state: InferenceState, base: ModuleRef, name: str, depth: int) -> Refs:
    """Return what a module has under a name."""
    _, dotted = base
    return infer_module_attribute(state, dotted, name, depth)


def of_external(state: InferenceState, base: ExternalRef, name: str, depth: int) -> Refs:
    """Return the attribute of something outside the tree; it is outside the tree too. A builtin type has no others than
    its own.
    """
    _, dotted = base
    return ((V_EXTERNAL, f"{dotted}.{name}"),) if may_have_member(dotted, name) else NO_VALUES


def of_external_value(state: InferenceState, base: ExternalValueRef, name: str, depth: int) -> Refs:
    """Return the attribute of a value that something outside the tree returned; nothing when its path is too long."""
    _, dotted = base
    return ((V_EXTERNAL, f"{dotted}.{name}"),) if len(dotted) < MAX_PATH else NO_VALUES


def of_container(state: InferenceState, base: ContainerRef, name: str, depth: int) -> Sequence[Ref]:
    """Return a field of a named tuple, else a method of the container; nothing when its type has no such name."""
    values = infer_field(state, base, name, depth)
    if values is not None:
        return values
    kind = "dict" if is_namespace(base) else type_name(state, base)
    return ((V_METHOD, base, name),) if name in type_members(kind) else NO_VALUES


def of_builtin(state: InferenceState, base: BuiltinRef | ConstantRef | GeneratorRef, name: str, depth: int) -> Refs:
    """Return a method of a builtin type; nothing when the type has no such name."""
    dotted = f"builtins.{instance_type(base)}"
    return ((V_EXTERNAL, f"{dotted}.{name}"),) if may_have_member(dotted, name) else NO_VALUES


def of_function(state: InferenceState, base: CallableRef, name: str, depth: int) -> Refs:
    """Return what the own file stores in an attribute of one of its functions; nothing for other functions."""
    own_file = state.own_file
    _, path, place, *_ = base
    if own_file is None or path != own_file.path or name not in own_file.stored:
        return NO_VALUES
    return state.flowing(("A", (V_FUNCTION, path, place), name))
