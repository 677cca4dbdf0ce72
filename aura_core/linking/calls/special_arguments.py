"""Finds the special methods that builtin functions call on their arguments, on elements of these and on attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aura_core.linking.call_arguments import is_starred, keyword_argument
from aura_core.linking.inference.containers import iterate
from aura_core.linking.inference.implicit_calls import (
    OF_BUILTINS,
    ImplicitCall,
    operator_calls,
    setter_calls,
    special_calls,
)
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref, Refs, constants_in, is_instance, is_super, unique
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

ON_ELEMENTS: Final = {
    "builtins.sorted": "__lt__", "builtins.min": "__lt__", "builtins.max": "__gt__", "builtins.set": "__hash__",
    "builtins.frozenset": "__hash__", "builtins.dict.fromkeys": "__hash__", "builtins.set.update": "__hash__",
    "heapq.heapify": "__lt__", "heapq.nsmallest": "__lt__", "heapq.nlargest": "__lt__", "heapq.merge": "__lt__",
    "builtins.sum": "__add__",
}  # fmt: skip
"""Functions that call a special method of what iterating over their arguments gives, unless they get a ``key``."""

ON_RECEIVER_ELEMENTS: Final = {"builtins.list.sort": "__lt__"}
"""Methods of containers that call a special method of what the container holds, unless they get a ``key``."""

ON_ARGUMENTS: Final = {
    "builtins.print": "__str__", "builtins.set.add": "__hash__", "builtins.set.discard": "__hash__",
    "builtins.set.remove": "__hash__", "builtins.dict.get": "__hash__", "builtins.dict.setdefault": "__hash__",
    "heapq.heappush": "__lt__", "bisect.insort": "__lt__", "bisect.bisect": "__lt__",
}  # fmt: skip
"""Functions that call a special method of their arguments."""

CALLERS_OF_METHODS: Final = frozenset({*OF_BUILTINS, *ON_ELEMENTS, *ON_RECEIVER_ELEMENTS, *ON_ARGUMENTS})
"""All of those, and the functions that call a method of their first argument."""

SETTERS: Final = frozenset({"builtins.setattr", "builtins.object.__setattr__"})
"""Functions that set the attribute that their second argument names; ``super().__setattr__`` gets no first one."""


def argument_calls(
    state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, dotted: str
) -> Iterator[tuple[int, list[ImplicitCall]]]:
    """Yield (expression, calls) of what a call of something outside the tree calls on its arguments."""
    _, callee, arguments, _ = row
    if dotted in OF_BUILTINS:
        for argument in arguments[:1]:
            yield argument, operator_calls(state, file, scope, argument, OF_BUILTINS[dotted])
    if dotted in ON_ARGUMENTS:
        for argument in arguments:
            values = state.infer(file, scope, argument, MAX_CHAIN)
            if is_starred(file, argument):
                values = _elements(state, values)
            yield argument, special_calls(state, values, ON_ARGUMENTS[dotted])
    if keyword_argument(row, "key"):
        return
    if dotted in ON_ELEMENTS:
        are_elements = len(arguments) > 1 and dotted in ("builtins.min", "builtins.max")
        for argument in arguments:
            values = state.infer(file, scope, argument, MAX_CHAIN)
            elements = values if are_elements else _elements(state, values)
            yield argument, special_calls(state, elements, ON_ELEMENTS[dotted])
    callee_row = file.exprs[callee]
    if dotted in ON_RECEIVER_ELEMENTS and ir.is_attribute(callee_row):
        _, base, _ = callee_row
        elements = _elements(state, state.infer(file, scope, base, MAX_CHAIN))
        yield base, special_calls(state, elements, ON_RECEIVER_ELEMENTS[dotted])


def _elements(state: InferenceState, values: Refs) -> Refs:
    return unique(r for value in values for r in iterate(state, value, MAX_CHAIN))


def setattr_calls(
    state: InferenceState, file: SourceFile, scope: int, row: ir.CallExpr, dotted: str
) -> Iterator[tuple[ImplicitCall, Resolution]]:
    """Yield what a call of ``setattr``, ``object.__setattr__`` or ``super().__setattr__`` calls: setters of properties.
    When the attribute's name is not known, any setter of the class may be the one.
    """
    _, callee, arguments, _ = row
    callee_row = file.exprs[callee]
    places = list(arguments)
    if ir.is_attribute(callee_row):
        _, base, _ = callee_row
        if any(map(is_super, state.infer(file, scope, base, MAX_CHAIN))):
            places.insert(0, base)
    if len(places) < 2:
        return
    receiver_place, name_place, *_ = places
    names = constants_in(state.infer(file, scope, name_place, MAX_CHAIN))
    resolution = Resolution.INFERRED if names else Resolution.PATTERN
    for value in state.infer(file, scope, receiver_place, MAX_CHAIN):
        instance = _receiver_of(value)
        if is_instance(instance):
            # ``setattr`` asks the class's own ``__setattr__`` first
            calls = special_calls(state, [instance], "__setattr__") if dotted == "builtins.setattr" else []
            for call in calls or setter_calls(state, instance, [str(name) for name in names]):
                yield call, resolution


def _receiver_of(value: Ref) -> Ref:
    if is_super(value):
        _, _, _, receiver = value
        return receiver
    return value
