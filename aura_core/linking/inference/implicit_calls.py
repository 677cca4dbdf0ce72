"""Finds what syntax and builtin functions call: special methods, properties and other descriptors.

The class of the receiver must be known, because the name of a special method alone says nothing. This module finds what
is called. ``calls.implicit_call_resolver.ImplicitCallResolver._add`` chooses the resolution, except for class
statements, where ``class_statement_calls`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_MEMBERS
from aura_core.linking.inference.contexts import CLOSERS
from aura_core.linking.inference.members import (
    flags_of,
    infer_metaclasses,
    lookup,
    members_of_subclasses,
    mro,
    tree_classes,
)
from aura_core.linking.inference.names import infer_bindings
from aura_core.linking.inference.state import M_BOUND, MAX_CHAIN, InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_FUNCTION,
    V_INSTANCE,
    V_SUPER,
    CallableRef,
    ClassRef,
    InstanceRef,
    Ref,
    SuperRef,
    functions_in,
    instances_in,
    is_class,
    is_class_like,
    is_elements,
    is_external,
    is_instance,
)
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

FALLBACKS: Final = {
    "__bool__": ("__bool__", "__len__"),
    "__format__": ("__format__", "__str__", "__repr__"),
    "__str__": ("__str__", "__repr__"),
    "__contains__": ("__contains__", "__iter__", "__getitem__"),
    "__iter__": ("__iter__", "__getitem__"),
    "__ne__": ("__ne__", "__eq__"),
    "__int__": ("__int__", "__index__", "__trunc__"),
    "__float__": ("__float__", "__index__"),
    "__reversed__": ("__reversed__", "__getitem__"),
}
"""Special method -> the methods that are tried for it; the first one that exists is called."""

PAIRS: Final = {
    "__enter__": ("__enter__", "__exit__"), "__aenter__": ("__aenter__", "__aexit__"),
    "__hash__": ("__hash__", "__eq__"),
}  # fmt: skip
"""Special methods that the same statement calls: a key of a dict is compared with those of the same hash."""

ENTERS: Final = frozenset({"__enter__", "__aenter__"})

STEPS: Final = {"__iter__": "__next__", "__aiter__": "__anext__"}
"""Special method -> the method that is called on its result, once for each step."""

REFLECTIONS: Final = {
    "__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__", "__ge__": "__le__", "__eq__": "__eq__",
    "__ne__": "__ne__",
}  # fmt: skip
"""Comparison -> the method of the right operand that is called when the left one has no answer."""

METACLASS_METHODS: Final = ("__prepare__", "__new__", "__init__")
"""Methods of a metaclass that a class statement calls."""

_OF_BUILTINS: Final = {
    "len": "__len__", "str": "__str__", "repr": "__repr__", "ascii": "__repr__", "bool": "__bool__", "int": "__int__",
    "float": "__float__", "complex": "__complex__", "bytes": "__bytes__", "iter": "__iter__", "next": "__next__",
    "aiter": "__aiter__", "anext": "__anext__", "hash": "__hash__", "format": "__format__", "abs": "__abs__",
    "round": "__round__", "divmod": "__divmod__", "pow": "__pow__", "reversed": "__reversed__", "dir": "__dir__",
    "list": "__iter__", "tuple": "__iter__", "set": "__iter__", "frozenset": "__iter__", "sorted": "__iter__",
    "sum": "__iter__", "any": "__iter__", "all": "__iter__", "enumerate": "__iter__",
    "str.join": "__iter__", "list.extend": "__iter__",
}  # fmt: skip

OF_BUILTINS: Final = {
    **{f"builtins.{name}": method for name, method in _OF_BUILTINS.items()},
    "contextlib.ExitStack.enter_context": "__enter__", "contextlib.AsyncExitStack.enter_context": "__enter__",
    "contextlib.AsyncExitStack.enter_async_context": "__aenter__",
}  # fmt: skip
"""Functions and the special method of their first argument that they call. The resolution of such a call is
chosen in ``calls.implicit_call_resolver``, as for every implicit call.
"""

ImplicitCall = tuple[CallableRef, ClassRef | InstanceRef | SuperRef, str]
"""``function, receiver, name``: the function that is called, the value on which it was looked up, and the name under
which it was; the name is "" where a subclass cannot have another one.
"""


def operator_calls(state: InferenceState, file: SourceFile, scope: int, place: int, method: str) -> list[ImplicitCall]:
    """Return what an operator or a statement calls. ``place`` is the receiver, or an ``E_BINARY`` row of this very
    method.
    """
    row = file.exprs[place]
    if not ir.is_operator(row) or row[2] != method:
        return special_calls(state, state.infer(file, scope, place, MAX_CHAIN), method)
    _, left_place, _, right_place = row
    left = state.infer(file, scope, left_place, MAX_CHAIN)
    # "__iadd__" -> "__add__"; ``__invert__`` only looks like an in-place method
    plain = f"__{method[3:]}" if method.startswith("__i") and method != "__invert__" else method
    for name in dict.fromkeys((method, plain)):
        calls = special_calls(state, left, name)
        if calls:
            return calls
    if any(state.attribute(value, plain, MAX_CHAIN - 1) for value in instances_in(left)):
        return []  # the left operand has the method from outside the tree
    right = state.infer(file, scope, right_place, MAX_CHAIN)
    return special_calls(state, right, REFLECTIONS.get(plain) or f"__r{plain[2:]}")


def special_calls(state: InferenceState, values: Iterable[Ref], method: str) -> list[ImplicitCall]:
    """Return the calls of a special method of some values, with those of its fallbacks, pairs and steps."""
    calls: list[ImplicitCall] = []
    for value in values:
        if method in ENTERS and is_elements(value):
            _, kind, held_values, *_ = value
            closed = instances_in(held_values) if kind in CLOSERS else []
            calls += [call for instance in closed for call in _method_calls(state, instance, CLOSERS[kind])]
        for receiver in _instances(state, value):
            if method in PAIRS:
                calls += [call for name in PAIRS[method] for call in _method_calls(state, receiver, name)]
            else:
                calls += _first_calls(state, receiver, method)
    return calls


def _instances(state: InferenceState, value: Ref) -> list[InstanceRef]:
    """Return what a special method is looked up on: an instance itself, or a class as instance of its metaclass."""
    if value[0] == V_INSTANCE:
        return [value]
    return instances_in(infer_metaclasses(state, value, MAX_CHAIN - 1)) if value[0] == V_CLASS else []


def _first_calls(state: InferenceState, value: InstanceRef, method: str) -> list[ImplicitCall]:
    for name in FALLBACKS.get(method, (method,)):
        values = state.attribute(value, name, MAX_CHAIN - 1)
        if values:
            functions = functions_in(values)
            calls: list[ImplicitCall] = [(function, value, name) for function in functions]
            return calls + _step_calls(state, functions, STEPS[name]) if name in STEPS else calls
    return []


def _step_calls(state: InferenceState, functions: Iterable[CallableRef], step: str) -> list[ImplicitCall]:
    """Return what is called on the iterators that some functions return."""
    iterators = [i for function in functions for i in instances_in(state.call(function, MAX_CHAIN - 1))]
    return [call for iterator in iterators for call in _method_calls(state, iterator, step)]


def _method_calls(state: InferenceState, value: InstanceRef, name: str) -> list[ImplicitCall]:
    return [(function, value, name) for function in functions_in(state.attribute(value, name, MAX_CHAIN - 1))]


def read_calls(state: InferenceState, base: Ref, name: str) -> list[ImplicitCall]:
    """Return what reading an attribute of a value calls: a property's function, a descriptor's ``__get__``."""
    calls: list[ImplicitCall] = []
    if not is_class_like(base):
        return calls
    # a mixin reads the properties of the classes that it is mixed into
    for member in lookup(state, base, name) or members_of_subclasses(state, base, name):
        if member[0] != M_BOUND:
            continue
        _, file, scope, bindings = member
        if not is_class(base):
            calls += [(function, base, name) for function in _property_functions(state, file, scope, bindings)]
        calls += _descriptor_calls(state, file, scope, bindings, base, "__get__")
    return calls


def _property_functions(
    state: InferenceState, file: SourceFile, scope: int, bindings: Sequence[ir.Binding]
) -> list[CallableRef]:
    """Return the functions of the properties among some bindings: what their decorators return."""
    functions: list[CallableRef] = []
    for binding in bindings:
        if ir.is_function_binding(binding):
            _, place, _ = binding
            if flags_of(file.functions[place]) & ir.F_PROPERTY:
                functions += functions_in(infer_bindings(state, file, scope, [binding], MAX_CHAIN - 1))
    return functions


def write_calls(state: InferenceState, base: Ref, name: str, method: str) -> list[ImplicitCall]:
    """Return what setting (``__setattr__``) or deleting (``__delattr__``) an attribute of a value calls: a method of
    that name in the tree, which decides what follows, else a property's function or a descriptor's method.
    """
    if not is_instance(base):
        return []
    return _method_calls(state, base, method) or setter_calls(state, base, [name], method)


def setter_calls(
    state: InferenceState, base: InstanceRef, names: Sequence[str], method: str = "__setattr__"
) -> list[ImplicitCall]:
    """Return what storing attributes of some names in an instance, or of any name if there are none, calls."""
    calls: list[ImplicitCall] = []
    kind, descriptor = ("setter", "__set__") if method == "__setattr__" else ("deleter", "__delete__")
    hidden_names: set[str] = set()
    for file, qualname in tree_classes(state, base):
        class_place = file.class_places[qualname]
        _, scope, _, _, _, _ = file.classes[class_place]
        if not names:
            state.read(KEY_MEMBERS, file.path, qualname)
        for name in names or sorted(file.members(qualname)):
            if name in hidden_names:
                continue
            state.read(KEY_MEMBER, file.path, qualname, name)
            accessors = [place for k, place in file.accessors(class_place, name) if k == kind]
            calls += [((V_FUNCTION, file.path, place, None), base, "") for place in accessors]
            bindings = file.reaching(scope, name)
            if bindings is not None:
                # the first class that binds the name hides those after it in the mro
                calls += _descriptor_calls(state, file, scope, bindings, base, descriptor)
                hidden_names.add(name)
    return calls


def _descriptor_calls(
    state: InferenceState,
    file: SourceFile,
    scope: int,
    bindings: Sequence[ir.Binding],
    base: ClassRef | InstanceRef | SuperRef,
    method: str,
) -> list[ImplicitCall]:
    values = infer_bindings(state, file, scope, bindings, MAX_CHAIN - 1)
    return [call for value in instances_in(values) for call in _method_calls(state, value, method)]


def class_statement_calls(
    state: InferenceState, file: SourceFile, place: int
) -> Iterator[tuple[CallableRef, Resolution]]:
    """Yield (function, resolution) of what a class statement calls: the methods of its metaclass, ``__init_subclass__``
    of the class above, and ``__set_name__`` of the values that its body assigns.
    """
    new_class: ClassRef = (V_CLASS, file.path, file.class_name(place), 1)
    for meta in infer_metaclasses(state, new_class, MAX_CHAIN):
        for name in METACLASS_METHODS:
            for function in functions_in(state.attribute(meta, name, MAX_CHAIN - 1)):
                yield function, Resolution.EXACT
    above = _class_above(state, new_class)
    if above is not None:
        for function in functions_in(state.attribute(above, "__init_subclass__", MAX_CHAIN)):
            yield function, Resolution.EXACT
    for value in dict.fromkeys(_values_in_body(state, file, place)):
        for function in functions_in(state.attribute(value, "__set_name__", MAX_CHAIN - 1)):
            yield function, Resolution.INFERRED


def _class_above(state: InferenceState, new_class: ClassRef) -> ClassRef | SuperRef | None:
    """Return the class after a class in its mro, or ``super()`` where that says more; None when there is none."""
    _, path, name, _ = new_class
    order = mro(state, new_class)
    if len(order) < 2:
        return None
    _, first, *_ = order
    # when the next class has the rest as its own mro, looking there equals ``super()``
    if not is_external(first) and mro(state, first) == order[1:]:
        _, path, name = first
        return V_CLASS, path, name, 1
    return V_SUPER, path, name, new_class


def _values_in_body(state: InferenceState, file: SourceFile, place: int) -> Iterator[InstanceRef]:
    """Yield the instances that calls in the body of a class make and that its members still are when it ends."""
    _, scope, _, _, _, _ = file.classes[place]
    _, _, _, bindings_by_name, _ = file.scopes[scope]
    for name, bindings in bindings_by_name.items():
        for binding in bindings:
            if ir.is_value_binding(binding):
                _, value = binding
            elif ir.is_function_binding(binding):
                _, _, value = binding
            else:
                continue
            row = file.exprs[value]
            if ir.is_call(row) and binding in (file.reaching(scope, name) or ()):
                yield from instances_in(state.infer(file, scope, value, MAX_CHAIN))
