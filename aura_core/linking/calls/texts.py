"""Finds what a text names: the function or class of the tree at a dotted path, or a task by its own name."""

from __future__ import annotations

from aura_core.linking.dependency_keys import KEY_ONLY_METHOD
from aura_core.linking.inference.names import infer_module_attribute, path_of
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.source_file import REGISTERED_NAME
from aura_core.linking.values import V_FUNCTION, Refs, is_class, is_function
from aura_core.parsing.python import ir

_NOTHING: Refs = ()


def values_of_text(state: InferenceState, row: ir.Expr | None) -> Refs:
    """Return the functions and classes that a constant text names: one with that name of its own, or what is at the
    path, such as ``pkg.mod.Class.method`` or ``pkg.mod:Class``.
    """
    if not ir.is_literal(row):
        return _NOTHING
    _, text = row
    if not isinstance(text, str):
        return _NOTHING
    return _at_path(state, text) or _registered(state, text)


def _registered(state: InferenceState, text: str) -> Refs:
    """Return the function that a decorator registers under a name: ``@task(name="jobs.clean")``."""
    name = f"{REGISTERED_NAME}{text}"
    state.read(KEY_ONLY_METHOD, name)
    path, _, function = (state.program.only_method(name) or "").partition("::")
    file = state.program.files.get(path)
    return ((V_FUNCTION, path, file.function_places[function], None),) if file is not None else _NOTHING


def _at_path(state: InferenceState, text: str) -> Refs:
    # "run = pkg.mod:main" -> "pkg.mod", "main"
    _, _, target = text.rpartition("=")
    module, _, attributes = target.strip().partition(":")
    names = module.split(".")
    dotted, *rest = names
    # most texts with dots name nothing of the tree: one look at the first part tells
    if path_of(state, dotted) is None:
        return _NOTHING
    for name in list(rest):
        if path_of(state, f"{dotted}.{name}") is None:
            break
        dotted, rest = f"{dotted}.{name}", rest[1:]
    rest += attributes.split(".") if attributes else []
    if not rest or len(rest) >= MAX_CHAIN:
        return _NOTHING
    name, *rest = rest
    values = infer_module_attribute(state, dotted, name, MAX_CHAIN)
    for name in rest:
        values = tuple(r for value in values for r in state.attribute(value, name, MAX_CHAIN - 1))
    return tuple(value for value in values if is_function(value) or is_class(value))
