"""Decides the resolution of a call: whether names, imports and classes alone say what the callee is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.inference.members import lookup
from aura_core.linking.inference.state import M_BOUND, M_EXTERNAL, MAX_CHAIN, InferenceState, Member
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_EXTERNAL,
    V_MODULE,
    ClassRef,
    InstanceRef,
    Ref,
    SuperRef,
    is_class,
    is_class_like,
    is_constant,
    is_function,
    is_namespace,
)
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

DEFINITIONS: Final = frozenset({ir.B_FUNCTION, ir.B_CLASS, ir.B_FROM, ir.B_IMPORT})
"""Kinds of bindings that say by themselves what a name is."""


def resolution_of(
    state: InferenceState, file: SourceFile, scope: int, callee: int, values: Sequence[Ref]
) -> Resolution:
    """Return ``exact`` when names, imports and classes alone say what is called, and it is one thing, else
    ``inferred``.
    """
    row = file.exprs[callee]
    if row is not None and row[0] == ir.E_ITEM and _is_named_at_run_time(state, file, scope, row):
        return Resolution.PATTERN
    if len(values) != 1 or row is None:
        return Resolution.INFERRED
    (value,) = values
    if row[0] == ir.E_ITEM:
        # ``C[int]()`` calls the class, however it is parametrised
        _, callee, _ = row
        is_generic = is_class(value) and state.infer(file, scope, callee, MAX_CHAIN) == tuple(values)
        return resolution_of(state, file, scope, callee, values) if is_generic else Resolution.INFERRED
    if row[0] == ir.E_ATTR:
        is_sure = _is_definite_attribute(state, file, scope, row)
    else:
        # a callee of any other kind, such as ``f()()``, is a value that was inferred
        is_sure = row[0] in (ir.E_NAME, ir.E_BOUND, ir.E_IN) and _is_definite_name(file, scope, callee)
    return Resolution.EXACT if is_sure and not _is_decorated(state, file, value) else Resolution.INFERRED


def _is_named_at_run_time(state: InferenceState, file: SourceFile, scope: int, row: ir.ItemExpr) -> bool:
    """Tell whether an item is that of ``globals()`` under a name that is put together."""
    _, base, key = row
    has_names = any(map(is_namespace, state.infer(file, scope, base, MAX_CHAIN)))
    return has_names and not all(map(is_constant, state.infer(file, scope, key, MAX_CHAIN)))


def _is_decorated(state: InferenceState, file: SourceFile, value: Ref) -> bool:
    """Tell whether a function has decorators, or is an inner function of another file, which one of them returned."""
    if not is_function(value):
        return False
    _, path, place, *_ = value
    other = state.program.files[path]
    _, scope, flags, *_ = other.functions[place]
    outer_kind, *_ = other.scopes[other.parent(scope)]
    return bool(flags & ir.F_DECORATED) or (other is not file and outer_kind == ir.S_FUNCTION)


def is_first_parameter(file: SourceFile, scope: int, place: int) -> bool:
    """Tell whether an expression is the first parameter of a method, which the call binds."""
    bindings = bindings_of(file, scope, place)
    if bindings is None or len(bindings) != 1:
        return False
    (binding,) = bindings
    if not ir.is_parameter_binding(binding):
        return False
    _, _, _, role = binding
    return role in (ir.P_SELF, ir.P_CLS)


def bindings_of(file: SourceFile, scope: int, place: int) -> Sequence[ir.Binding] | None:
    """Return the bindings that a name stands for, wherever it is read; None when this file has none, or when
    the expression is not a name.
    """
    row = file.exprs[place]
    while row is not None and row[0] == ir.E_IN:
        _, scope, place = row
        row = file.exprs[place]
    return file.meant(scope, row) if row is not None else None


def _is_definite_name(file: SourceFile, scope: int, place: int) -> bool:
    bindings = bindings_of(file, scope, place)
    # no binding in this file: a builtin, or a name that a star import brings
    return bindings is None or _is_definition(bindings)


def _is_definition(bindings: Sequence[ir.Binding]) -> bool:
    """Tell whether a name has one binding, which says by itself what the name is."""
    if len(bindings) != 1:
        return False
    (binding,) = bindings
    if ir.is_function_binding(binding):
        _, _, decorators = binding
        return not decorators  # what decorators return is inferred
    return binding[0] in DEFINITIONS


def _is_definite_attribute(state: InferenceState, file: SourceFile, scope: int, row: ir.AttributeExpr) -> bool:
    """Tell whether an attribute is one of a module, or a function of a class that is named, or that ``self``, ``cls``
    or ``super()`` stands for.
    """
    _, place, name = row
    base = file.exprs[place]
    values = state.infer(file, scope, place, MAX_CHAIN) if base is not None else ()
    if base is None or len(values) != 1:
        return False
    (value,) = values
    is_own = base[0] == ir.E_SUPER or is_first_parameter(file, scope, place)
    if not is_own:
        if value[0] not in (V_CLASS, V_MODULE, V_EXTERNAL):
            return False
        if resolution_of(state, file, scope, place, values) is not Resolution.EXACT:
            return False
    if is_class_like(value):
        return _is_definite_member(state, value, name)
    return value[0] in (V_MODULE, V_EXTERNAL)


def _is_definite_member(state: InferenceState, value: ClassRef | InstanceRef | SuperRef, name: str) -> bool:
    """Tell whether all that a class has under a name are definitions. A class that may be a subclass has to have it."""
    members = lookup(state, value, name)
    *_, exactness = value
    return bool(members or exactness) and all(map(_is_definite, members))


def _is_definite(member: Member) -> bool:
    if member[0] == M_BOUND:
        _, _, _, bindings = member
        return _is_definition(bindings)
    return member[0] == M_EXTERNAL
