"""Infers calls: an instance of the class, or what the function is declared to return, else what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aura_core.linking.call_arguments import argument_of, first_argument
from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.inference import builtins
from aura_core.linking.inference.annotations import infer_annotation
from aura_core.linking.inference.generic_functions import chosen_implementations
from aura_core.linking.inference.named_tuples import FACTORIES
from aura_core.linking.inference.state import NO_VALUES, CallContext, InferenceState, Location
from aura_core.linking.libraries.results import RESULTS
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_CONTAINER,
    V_ELEMENTS,
    V_EXTERNAL,
    V_EXTERNAL_VALUE,
    V_FUNCTION,
    V_GENERATOR,
    V_INSTANCE,
    V_METHOD,
    V_NAMED_TUPLE,
    V_RETURNS,
    V_WRAPPED,
    CallableRef,
    ClassRef,
    ExternalRef,
    InstanceRef,
    Receiver,
    Ref,
    Refs,
    ReturnsRef,
    WrappedRef,
    functions_in,
    instance_of,
    is_class,
    is_wrapped,
)
from aura_core.parsing.python import ir

_DEFINITE_KINDS: Final = frozenset({V_INSTANCE, V_CLASS, V_ELEMENTS})
"""Kinds of declared values that are believed without a look at what the function returns."""

WRAPS: Final[Ref] = (V_EXTERNAL_VALUE, "functools.wraps()")
"""The decorator that ``functools.wraps(f)`` returns: it returns what it decorates."""


def infer_call(state: InferenceState, location: Location, row: ir.CallExpr, depth: int) -> list[Ref]:
    """Return what a call stands for."""
    file, scope, place = location
    _, callee, _, _ = row
    out: list[Ref] = []
    functions = state.infer(file, scope, callee, depth)
    for function in chosen_implementations(state, file, scope, row, functions) if len(functions) > 1 else functions:
        if function[0] == V_WRAPPED:
            continue
        if function[0] == V_EXTERNAL:
            _, dotted = function
            if dotted in FACTORIES:
                out.append((V_NAMED_TUPLE, file.path, scope, place))
            else:
                out += builtins.call_external(state, dotted, location, row, depth)
        elif function[0] == V_NAMED_TUPLE:
            out.append((V_CONTAINER, file.path, scope, place))
        elif function[0] == V_METHOD:
            out += builtins.call_method(state, function, location, row, depth)
        elif function == WRAPS:
            _, _, arguments, _ = row
            out += [r for place in arguments[:1] for r in state.infer(file, scope, place, depth)]
        else:
            out += state.call(function, depth, (file, scope, row))
    return out or [r for function in filter(is_wrapped, functions) for r in state.call(function, depth)]


def call_class(state: InferenceState, function: ClassRef, site: CallContext | None, depth: int) -> Refs:
    """Return an instance of the class."""
    _, path, name, exactness = function
    return ((V_INSTANCE, path, name, exactness),)


def call_wrapped(state: InferenceState, function: WrappedRef, site: CallContext | None, depth: int) -> Sequence[Ref]:
    """Return what the function behind its decorators returns."""
    _, path, place = function
    return state.call((V_FUNCTION, path, place, None), depth, site)


def call_instance(state: InferenceState, function: InstanceRef, site: CallContext | None, depth: int) -> Sequence[Ref]:
    """Return what the ``__call__`` of an instance returns."""
    if depth <= 1:  # the method needs a step, and so does what it returns
        return NO_VALUES
    methods = functions_in(state.attribute(function, "__call__", depth - 1))
    return [r for method in methods for r in state.call(method, depth - 1)]


def call_annotated(state: InferenceState, function: ReturnsRef, site: CallContext | None, depth: int) -> Refs:
    """Return what something of the type ``Callable[…, T]`` returns."""
    _, values = function
    return values


def call_external(state: InferenceState, function: ExternalRef, site: CallContext | None, depth: int) -> Refs:
    """Return a value that something outside the tree returned. A capitalised name is taken for a class. The path of a
    value of unknown type ends with ``()``: nothing can be said of its attributes.
    """
    _, dotted = function
    if dotted in RESULTS:
        return RESULTS[dotted]
    _, _, name = dotted.rpartition(".")
    # "json.load" -> "json.load()"; "pathlib.Path" -> "pathlib.Path", whose methods are the instance's
    return ((V_EXTERNAL_VALUE, dotted if name[:1].isupper() else f"{dotted}()"),)


def call_function(state: InferenceState, function: CallableRef, site: CallContext | None, depth: int) -> Sequence[Ref]:
    """Return what a function of the tree returns: by its annotation, else by its ``return`` statements."""
    _, path, place, receiver, *_ = function
    file = state.program.files[path]
    definition, scope, flags, _, returns, _, annotation, _ = file.functions[place]
    if definition >= 0:
        state.read(KEY_SIGNATURE, file.path, file.function_name(place))
    if flags & ir.F_GENERATOR:  # whatever its annotation says, iterating gives what it yields
        return ((V_GENERATOR, file.path, place),)
    instance, declared_values = None, list[Ref]()
    if annotation:
        instance = _self_instance(file, annotation, receiver)
        declared_values = infer_annotation(state, file, file.parent(scope), annotation, depth - 1)
        kinds = {ref[0] for ref in declared_values}
        # an annotation that says a class or a container is believed before the body
        if instance is None and not kinds.isdisjoint(_DEFINITE_KINDS):
            return declared_values
        if V_INSTANCE not in kinds and not kinds <= {V_RETURNS}:
            return declared_values
    out: list[Ref] = []
    for expression in returns:
        values = _returned_parameter(state, file, scope, expression, function, site, depth)
        out += values if values is not None else state.infer(file, scope, expression, depth - 1)
    if not out and instance is not None:
        return (instance,)
    return out or [r for r in declared_values if r[0] == V_RETURNS]


def _self_instance(file: SourceFile, annotation: int, receiver: Receiver | None) -> InstanceRef | None:
    """Return the instance that a method returns which is annotated with ``Self``; None for any other."""
    row = file.exprs[annotation]
    if receiver is None or row is None or row[0] != ir.E_NAME:
        return None
    _, name = row
    _, _, _, exactness = receiver
    return instance_of(receiver, exactness) if name == "Self" else None


def _returned_parameter(
    state: InferenceState,
    file: SourceFile,
    scope: int,
    place: int,
    function: CallableRef,
    site: CallContext | None,
    depth: int,
) -> Sequence[Ref] | None:
    """Return the values of ``return parameter`` and ``return cls(…)`` as the caller knows them; None for any other
    expression.
    """
    row = file.exprs[place]
    _, _, _, receiver, *_ = function
    if receiver is not None and is_class(receiver) and _makes_instance(file, scope, row):
        return state.call(receiver, depth)
    calls_parameter = False
    if row is not None and row[0] == ir.E_CALL:
        calls_parameter = True
        _, callee, _, _ = row
        row = file.exprs[callee]
    binding = _parameter_named(file, scope, row)
    if binding is None:
        return None
    _, _, position, role = binding
    _, _, function_place, *_ = function
    if role in (ir.P_SELF, ir.P_CLS):
        # the first parameter of a metaclass's method is a class too
        is_class_called = calls_parameter and receiver is not None and is_class(receiver)
        if receiver is None or (calls_parameter != (role == ir.P_CLS) and not is_class_called):
            return None
        return state.call(receiver, depth) if calls_parameter else (receiver,)
    if calls_parameter or site is None or role in (ir.P_ARGS, ir.P_KWARGS):
        return None
    caller, caller_scope, call = site
    _, _, _, parameters, *_ = file.functions[function_place]
    argument = argument_of(caller, call, parameters, position, first_argument(function))
    return state.infer(caller, caller_scope, argument, depth - 1) if argument else None


def _makes_instance(file: SourceFile, scope: int, row: ir.Expr | None) -> bool:
    """Tell whether an expression is ``super().__call__(…)`` or ``type.__call__(cls, …)``, or a name bound to that: the
    way in which a metaclass makes an instance of the class.
    """
    bindings = file.meant(scope, row) if ir.is_name(row) else None
    for _, value in filter(ir.is_value_binding, bindings or ()):
        row = file.exprs[value]
    if not ir.is_call(row):
        return False
    _, callee, _, _ = row
    function = file.exprs[callee]
    if not ir.is_attribute(function):
        return False
    _, base, name = function
    owner = file.exprs[base]
    return name == "__call__" and owner is not None and (owner[0] == ir.E_SUPER or owner == (ir.E_NAME, "type"))


def _parameter_named(file: SourceFile, scope: int, row: ir.Expr | None) -> ir.ParameterBinding | None:
    """Return the binding of a name that is bound to a parameter alone; None for any other expression."""
    if not ir.is_name(row):
        return None
    _, name, *_ = row
    bindings = file.bindings(scope, name)
    if len(bindings) != 1:
        return None
    (binding,) = bindings
    return binding if ir.is_parameter_binding(binding) else None
