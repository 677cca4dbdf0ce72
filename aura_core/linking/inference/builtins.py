"""Infers the results of container methods and standard-library functions that follow from their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from aura_core.linking.call_arguments import function_argument, is_starred, keyword_argument
from aura_core.linking.inference.annotations import infer_annotation
from aura_core.linking.inference.builtin_types import FILLABLE, FUTURE, TYPES
from aura_core.linking.inference.containers import call_factory, contents, is_dict, item, iterate, keys_of
from aura_core.linking.inference.contexts import HOLDERS, entered
from aura_core.linking.inference.dynamic_attributes import infer_getattr
from aura_core.linking.inference.state import InferenceState, Location
from aura_core.linking.libraries.runners import RUNNERS, Result, Runner
from aura_core.linking.values import (
    NAMESPACE,
    V_BUILTIN,
    V_CLASS,
    V_FUNCTION,
    V_MODULE,
    MethodRef,
    Ref,
    Refs,
    constant,
    elements,
    external,
    instances_in,
    is_class,
    is_constant,
    is_function,
    is_generator,
    pair,
    paths_in,
    placed,
    unique,
)
from aura_core.parsing.python.ir import CallExpr

ITEM_METHODS: Final = frozenset(
    {"result", "get", "get_nowait", "pop", "popleft", "setdefault", "__getitem__", "__next__"}
)
DEFAULT_METHODS: Final = frozenset({"get", "pop", "setdefault"})
VIEW_METHODS: Final = frozenset({"keys", "values", "items", "popitem"})
COPY_METHODS: Final = frozenset({"copy", "union", "intersection", "difference", "__iter__"})

IDENTITIES: Final = (
    "copy.copy", "copy.deepcopy", "copy.replace", "dataclasses.replace", "builtins.iter", "builtins.aiter",
    "functools.partialmethod", "functools.update_wrapper", "weakref.proxy", "asyncio.run", "asyncio.create_task",
    "asyncio.ensure_future", "asyncio.wait_for", "asyncio.shield",
)  # fmt: skip
"""Functions whose result, after ``await`` if need be, stands for their first argument."""

STACK_METHODS: Final = (
    "contextlib.ExitStack.enter_context", "contextlib.AsyncExitStack.enter_context",
    "contextlib.AsyncExitStack.enter_async_context",
)  # fmt: skip
"""Methods that enter their first argument, as ``with`` does, and return what ``as`` would bind."""

ELEMENT_FUNCTIONS: Final = (
    "builtins.next", "builtins.anext", "random.choice", "heapq.heappop", "heapq.heappushpop", "heapq.heapreplace",
)  # fmt: skip
"""Functions that return an element of their first argument."""

UNKNOWN_TYPES: Final = frozenset({"object", "super", "type", "property", "staticmethod", "classmethod"})
"""Builtin types whose call is not inferred as an instance of them."""

MAX_PATH: Final = 80
"""A call of something whose import path has this many characters has no values."""


def _first(values: Sequence[Refs]) -> Refs:
    return next(iter(values), ())


def _last(values: Sequence[Refs]) -> Refs:
    return next(reversed(values), ())


def _all(values: Sequence[Refs]) -> Refs:
    return unique(r for refs in values for r in refs)


def _enumerated(values: Sequence[Refs]) -> Refs:
    return (pair(((V_BUILTIN, "int"),), _first(values)),)


def _grouped(values: Sequence[Refs]) -> Refs:
    # (key, group) pairs: nothing is known of the keys
    return (pair((), (elements("generator", _first(values)),)),)


def _tuples(values: Sequence[Refs]) -> Refs:
    return (elements("tuple", _first(values)),)


ITERATORS: Final[dict[str, Callable[[Sequence[Refs]], Refs]]] = {
    "builtins.tuple": _first, "builtins.frozenset": _first, "builtins.sorted": _first, "builtins.reversed": _first,
    "builtins.filter": _last, "builtins.enumerate": _enumerated, "itertools.islice": _first,
    "itertools.cycle": _first, "itertools.chain": _all, "itertools.filterfalse": _last, "itertools.takewhile": _last,
    "itertools.dropwhile": _last, "itertools.groupby": _grouped, "itertools.pairwise": _tuples,
    "itertools.combinations": _tuples, "itertools.permutations": _tuples,
}  # fmt: skip
"""By function: computes what iterating over its result gives, from what iterating over its arguments gives."""

RESULT_TYPES: Final = {"builtins.tuple": "tuple", "builtins.frozenset": "frozenset", "builtins.sorted": "list"}
"""The result types of those ``ITERATORS`` that do not return an iterator."""


def call_method(
    state: InferenceState, method: MethodRef, location: Location, row: CallExpr, depth: int
) -> Sequence[Ref]:
    """Return what a method of a container returns."""
    _, container, name = method
    if name in ITEM_METHODS:
        key = constant(_argument(state, location, row, 0, depth))
        default = _argument(state, location, row, 1, depth) if name in DEFAULT_METHODS else ()
        return [*item(state, container, key, depth), *default]
    if name in VIEW_METHODS and is_dict(state, container):
        keys = unique(keys_of(state, container, depth))
        values = unique(r for _, refs in contents(state, container, depth) for r in refs)
        # ``popitem`` returns one pair, ``items`` gives all of them one by one
        if name == "popitem":
            return (pair(keys, values),)
        views: dict[str, Refs] = {"keys": keys, "values": values, "items": (pair(keys, values),)}
        return (elements("list", views[name]),)
    return (container,) if name in COPY_METHODS else ()


def call_external(state: InferenceState, dotted: str, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    """Return what a call, at a location, of something outside the tree returns."""
    if dotted in FILLABLE:
        return call_factory(state, external(dotted), location, depth)
    if dotted in ITERATORS:
        element_sets = _iterate_arguments(state, location, row, depth)
        return (elements(RESULT_TYPES.get(dotted, "generator"), ITERATORS[dotted](element_sets)),)
    if dotted in _FUNCTIONS:
        return _FUNCTIONS[dotted](state, location, row, depth)
    runner = RUNNERS.get(dotted)
    if runner is not None and runner.result is not Result.UNKNOWN:
        return _call_runner(state, location, row, runner, depth)
    module, _, kind = dotted.rpartition(".")
    if module == "builtins" and kind in TYPES and kind not in UNKNOWN_TYPES:
        return ((V_BUILTIN, kind),)
    return state.call(external(dotted), depth) if len(dotted) < MAX_PATH else ()


def _iterate_arguments(state: InferenceState, location: Location, row: CallExpr, depth: int) -> list[Refs]:
    """Return what iterating over each argument gives. A starred argument counts as one, whatever it stands for."""
    file, _, _ = location
    _, _, arguments, _ = row
    out = []
    for position, argument in enumerate(arguments):
        values = _argument(state, location, row, position, depth)
        if is_starred(file, argument):
            # iterated once more: first to get at the arguments, below to get at what they hold
            values = tuple(_iterate_all(state, values, depth))
        out.append(unique(_iterate_all(state, values, depth)))
    return out


def _iterate_all(state: InferenceState, values: Sequence[Ref], depth: int) -> Sequence[Ref]:
    return [r for value in values for r in iterate(state, value, depth)]


def _argument(state: InferenceState, location: Location, row: CallExpr, position: int, depth: int) -> Refs:
    """Return the values of an argument of a call."""
    file, scope, _ = location
    _, _, arguments, _ = row
    return state.infer(file, scope, arguments[position], depth) if position < len(arguments) else ()


def _has_starred(location: Location, row: CallExpr) -> bool:
    file, _, _ = location
    _, _, arguments, _ = row
    return any(is_starred(file, argument) for argument in arguments)


def _call_identity(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    return _argument(state, location, row, 0, depth)


def _call_partial(state: InferenceState, location: Location, row: CallExpr, depth: int) -> list[Ref]:
    _, _, arguments, _ = row
    out: list[Ref] = []
    for ref in _argument(state, location, row, 0, depth):
        if is_function(ref):
            _, path, place, receiver, *counts = ref
            # - 1, because the first argument of ``partial`` is the function
            out.append((V_FUNCTION, path, place, receiver, len(arguments) - 1 + sum(counts)))
        else:
            out.append(ref)
    return out


def _call_element(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    values = _iterate_all(state, _argument(state, location, row, 0, depth), depth)
    return [*values, *_argument(state, location, row, 1, depth)]


def _call_extreme(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    _, _, arguments, _ = row
    if len(arguments) == 1:
        return _call_element(state, location, row, depth)
    return [r for position in range(len(arguments)) for r in _argument(state, location, row, position, depth)]


def _call_zip(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    """Return an iterator of tuples of one element of each argument."""
    element_sets = _iterate_arguments(state, location, row, depth)
    if _has_starred(location, row):
        return (elements("generator", (elements("tuple", _all(element_sets)),)),)
    return (elements("generator", (placed("tuple", element_sets),)),)


def _call_gather(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    """Return a list of what awaiting each argument gives, which is what the argument stands for."""
    file, _, _ = location
    _, _, arguments, _ = row
    values = []
    for position, argument in enumerate(arguments):
        refs = _argument(state, location, row, position, depth)
        values.append(unique(_iterate_all(state, refs, depth)) if is_starred(file, argument) else refs)
    if _has_starred(location, row):
        return (elements("list", _all(values)),)
    return (placed("list", values),)


def _call_map(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    functions = [f for f in _argument(state, location, row, 0, depth) if is_function(f) or is_class(f)]
    return (elements("generator", (r for f in functions for r in state.call(f, depth - 1))),)


def _call_runner(state: InferenceState, location: Location, row: CallExpr, runner: Runner, depth: int) -> Sequence[Ref]:
    """Return what comes of the function that a runner gets."""
    file, scope, _ = location
    functions = state.infer(file, scope, function_argument(row, runner), depth)
    values = unique(r for f in functions if is_function(f) or is_class(f) for r in state.call(f, depth - 1))
    if runner.result is Result.FUTURE:
        return (elements(FUTURE, values),)
    if runner.result is Result.ELEMENTS:
        return (elements("generator", values),)
    if runner.result is Result.DEPENDENCY:
        return [r for v in values for r in (iterate(state, v, depth) if is_generator(v) else (v,))]
    return values


def _call_cast(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    file, scope, _ = location
    _, _, arguments, _ = row
    annotation = next(iter(arguments), 0)
    # a type variable says nothing; then the value counts
    declared_values = infer_annotation(state, file, scope, annotation, depth)
    return declared_values or _argument(state, location, row, 1, depth)


def _call_type(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    _, _, arguments, _ = row
    if len(arguments) > 1:
        # ``type(name, bases, members)`` makes a class; ``type(x)`` below returns one
        return state.call(external("builtins.type"), depth)
    return [
        (V_CLASS, path, name, exactness)
        for _, path, name, exactness in instances_in(_argument(state, location, row, 0, depth))
    ]


def _call_getattr(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    file, scope, _ = location
    _, _, arguments, _ = row
    if len(arguments) < 2:
        return ()
    names = [ref[1] for ref in _argument(state, location, row, 1, depth) if is_constant(ref)]
    bases = _argument(state, location, row, 0, depth)
    return [
        *(
            r
            for base in bases
            for name in names
            if isinstance(name, str)
            for r in state.attribute(base, name, depth - 1)
        ),
        *infer_getattr(state, file, scope, row, depth),
        *_argument(state, location, row, 2, depth),
    ]


def _call_field(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Sequence[Ref]:
    """Return what a field of a data class holds when nothing is passed for it."""
    file, scope, _ = location
    factories = state.infer(file, scope, keyword_argument(row, "default_factory"), depth)
    products = [r for factory in factories for r in call_factory(state, factory, location, depth)]
    return [*state.infer(file, scope, keyword_argument(row, "default"), depth), *products]


def _call_holder(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    """Return a context manager that holds its first argument."""
    file, scope, _ = location
    _, callee, _, _ = row
    kinds = [kind for kind in paths_in(state.infer(file, scope, callee, depth)) if kind in HOLDERS]
    return tuple(elements(kind, _argument(state, location, row, 0, depth)) for kind in kinds)


def _call_enter(state: InferenceState, location: Location, row: CallExpr, depth: int) -> list[Ref]:
    return [r for value in _argument(state, location, row, 0, depth) for r in entered(state, value, depth)]


def _call_globals(state: InferenceState, location: Location, row: CallExpr, depth: int) -> Refs:
    """Return the names of the module as its dict."""
    file, _, _ = location
    return (elements(NAMESPACE, ((V_MODULE, file.module.name),)),)


_FUNCTIONS: Final[dict[str, Callable[[InferenceState, Location, CallExpr, int], Sequence[Ref]]]] = {
    **dict.fromkeys(HOLDERS, _call_holder), **dict.fromkeys(STACK_METHODS, _call_enter),
    "builtins.globals": _call_globals, **dict.fromkeys(IDENTITIES, _call_identity),
    **dict.fromkeys(ELEMENT_FUNCTIONS, _call_element),
    "builtins.max": _call_extreme, "builtins.min": _call_extreme, "builtins.zip": _call_zip,
    "itertools.zip_longest": _call_zip, "itertools.product": _call_zip, "asyncio.gather": _call_gather,
    "builtins.map": _call_map, "itertools.starmap": _call_map, "typing.cast": _call_cast,
    "typing_extensions.cast": _call_cast, "builtins.type": _call_type, "builtins.getattr": _call_getattr,
    "dataclasses.field": _call_field, "functools.partial": _call_partial,
}  # fmt: skip
"""By function: computes the values of a call."""
