"""Lets values flow inside one file: arguments into parameters, stores into attributes and containers."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from aura_core.linking.call_arguments import (
    WHOLE,
    Signature,
    first_starred,
    function_argument,
    is_starred,
    keyword_argument,
    keywords_of,
)
from aura_core.linking.inference.containers import contents, entries, is_dict, iterate
from aura_core.linking.inference.state import MAX_CHAIN, MAX_VALUES, HeapKey, InferenceState, Key, TooComplex
from aura_core.linking.libraries.runners import Passed, Runner
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_FUNCTION,
    V_INSTANCE,
    V_METHOD,
    CallableRef,
    MethodRef,
    MutableRef,
    Ref,
    Refs,
    constant,
    functions_in,
    is_container,
    is_function,
    is_mutable,
    unique,
)
from aura_core.parsing.python.ir import CallExpr, StoreRow

MAX_ROUNDS: Final = 6
"""Most passes over a file; values that would flow further after these are not seen."""

KEY_FUNCTIONS: Final = {
    "builtins.sorted": False, "builtins.min": True, "builtins.max": True, "itertools.groupby": False,
}  # fmt: skip
"""Functions that call their ``key`` with what iterating over their first argument gives, and whether several arguments
are elements themselves.
"""

MAP_FUNCTIONS: Final = frozenset(
    {"builtins.map", "builtins.filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile"}
)
"""Functions that call their first argument with what iterating over each of the others gives."""

PUSH_FUNCTIONS: Final = frozenset({
    "heapq.heappush", "heapq.heappushpop", "heapq.heapreplace", "bisect.insort", "bisect.insort_left",
    "bisect.insort_right",
})  # fmt: skip
"""Functions that put their second argument into their first."""

ADD_METHODS: Final = frozenset({"append", "add", "appendleft", "insert", "put", "put_nowait"})
UPDATE_METHODS: Final = frozenset({"extend", "extendleft", "update"})


class Dataflow:
    """Fills the heap of an inference with the values that flow in its own file."""

    def __init__(self, state: InferenceState, file: SourceFile) -> None:
        self.state, self.file = state, file
        self._changes: set[int] = set()

    def forget(self) -> set[int]:
        """Forget the answers that depend on heap entries which have grown; return the numbers of those entries."""
        changes, self._changes = self._changes, set()
        if changes:
            memo = self.state.memo
            for key in [key for key, (_, flows) in memo.items() if flows and not changes.isdisjoint(flows)]:
                del memo[key]
        return changes

    def store(self, number: int, row: StoreRow) -> None:
        """Follow ``base.name = value`` or ``base[key] = value``, the store of that number in the file."""
        self.state.begin()
        with suppress(TooComplex):
            self._store(number, row)

    def _store(self, number: int, row: StoreRow) -> None:
        scope, base, key, value = row
        for target in self._values(scope, base):
            values = self._values(scope, value)
            if isinstance(key, str):
                self._store_attribute(target, key, values)
            elif is_mutable(target) and self._is_own(target):
                self._store_item(number, scope, target, key, values)

    def _store_attribute(self, target: Ref, name: str, values: Refs) -> None:
        if target[0] in (V_CLASS, V_INSTANCE) and self._is_own(target):
            _, path, qualname, *_ = target
            self._flow(("A", (V_CLASS, path, qualname), name), values)
        elif is_function(target) and self._is_own(target):
            _, path, place, *_ = target
            self._flow(("A", (V_FUNCTION, path, place), name), values)

    def _store_item(self, number: int, scope: int, target: MutableRef, key: tuple[int, int], values: Refs) -> None:
        """Put values under a key of a container. An item that is always stored, in the scope that makes the container,
        replaces what was under the key before.
        """
        place, is_always = key
        _, _, target_scope, *_ = target
        position = self._constant(scope, place)
        if isinstance(position, str) and not is_dict(self.state, target):
            return  # ``update`` of a set
        if isinstance(position, int) and position < 0 and not is_dict(self.state, target):
            position = None  # counted from an end that is not known
        self._put(target, position, values, number if is_always and target_scope == scope else 0)

    def pass_arguments(self, scope: int, row: CallExpr, function: Ref) -> None:
        """Let the arguments of a call flow into the parameters of a function of this file, or into a container."""
        _, _, arguments, keywords = row
        if function[0] == V_METHOD:
            self._call_method(scope, row, function)
        elif is_function(function) and self._is_own(function) and (arguments or keywords):
            signature = Signature(self.file, function)
            for position, key, argument in signature.arguments(self.file, row):
                self._pass(signature.place, position, key, self._values(scope, argument))
            self._spread(scope, row, signature)

    def pass_through(self, scope: int, row: CallExpr, dotted: str) -> None:
        """Let a function outside the tree pass values to the functions that it gets: other arguments, or what
        iterating over them gives.
        """
        opcode, _, arguments, keywords = row
        if not arguments:
            return
        first, *others = arguments
        if dotted == "functools.partial":
            for function in self._values(scope, first):
                # as if the function were called with the other arguments; the callee 0 is not looked at
                self.pass_arguments(scope, (opcode, 0, tuple(others), keywords), function)
        elif dotted in KEY_FUNCTIONS:
            # ``max(a, b, key=f)`` calls f with a and b, ``max(items, key=f)`` with each item
            is_each = bool(others) and KEY_FUNCTIONS[dotted]
            elements = self._values_of(scope, arguments) if is_each else self._elements(scope, first)
            self._call_back(scope, keyword_argument(row, "key"), (elements,))
        elif dotted == "functools.reduce":
            elements = self._elements(scope, *others[:1])
            self._call_back(scope, first, ([*elements, *self._values_of(scope, others[1:])], elements))
        elif dotted in PUSH_FUNCTIONS and others:
            for container in self._values(scope, first):
                if is_mutable(container) and self._is_own(container):
                    self._put(container, None, self._values_of(scope, others[:1]))
        elif dotted in MAP_FUNCTIONS:
            self._call_back(scope, first, [self._elements(scope, place) for place in others])

    def run(self, scope: int, row: CallExpr, runner: Runner) -> None:
        """Let a function that something outside the tree runs get the arguments that the call says."""
        opcode, _, arguments, _ = row
        place = function_argument(row, runner)
        others = arguments[runner.place + 1 :] if runner.place < len(arguments) else arguments[runner.place :]
        if runner.passed is Passed.REST:
            # the function may be passed by name itself
            by_name = [part for name, value in keywords_of(row) if value != place for part in (name, value)]
            for function in self._values(scope, place):
                self.pass_arguments(scope, (opcode, 0, tuple(others), tuple(by_name)), function)
        elif runner.passed is Passed.ELEMENTS:
            self._call_back(scope, place, [self._elements(scope, other) for other in others])
        elif runner.passed is Passed.PACKED:
            self._pass_packed(scope, row, runner, functions_in(self._values(scope, place)))

    def _pass_packed(self, scope: int, row: CallExpr, runner: Runner, functions: Sequence[CallableRef]) -> None:
        """Let the contents of ``args=(…)`` and ``kwargs={…}`` flow into the parameters of functions."""
        _, _, arguments, _ = row
        args, kwargs = (
            arguments[place] if place < len(arguments) else keyword_argument(row, name)
            for place, name in ((runner.args, "args"), (runner.args + 1, "kwargs"))
        )
        for function in filter(self._is_own, functions):
            signature = Signature(self.file, function)
            for value in self._values(scope, args):
                for place, values in _places_of(self.state, value, MAX_CHAIN):
                    for position, key in signature.at_place(0, place):
                        self._pass(signature.place, position, key, values)
            self._spread_names(scope, kwargs, signature)

    def _flow(self, key: HeapKey, values: Iterable[object]) -> None:
        """Let values flow into a heap entry, and note when it grows."""
        entry = self.state.heap.get(key)
        for value in values:
            self.state.spend(1)
            if entry is None:
                entry = self.state.heap[key] = {}
            if value not in entry and len(entry) < MAX_VALUES:  # the limit makes the fixpoint small
                entry[value] = None
                self._changes.add(self.state.heap_number(key))

    def _put(self, container: MutableRef, key: Key, values: Iterable[Ref], number: int = 0) -> None:
        """Let values flow into a container, under a key."""
        self._flow(("E", container), [(key, value, number) for value in values])

    def _pass(self, place: int, position: int, key: Hashable, values: Iterable[Ref]) -> None:
        """Let values flow into a parameter; with a key, into the container that ``*args`` or ``**kwargs`` is."""
        self._flow((place, position), values if key is WHOLE else [(key, value, 0) for value in values])

    def _spread(self, scope: int, row: CallExpr, signature: Signature) -> None:
        """Let what ``*args`` and ``**kwargs`` of a call hold flow into parameters, by place and by name."""
        _, _, arguments, _ = row
        start = first_starred(self.file, row)
        for i, argument in enumerate(arguments[start:]):
            for place, values in self._starred(scope, argument):
                # after the first starred argument no place is known
                for position, key in signature.at_place(start, None if i else place):
                    self._pass(signature.place, position, key, values)
        for name, argument in keywords_of(row):
            if not name:
                self._spread_names(scope, argument, signature)

    def _spread_names(self, scope: int, argument: int, signature: Signature) -> None:
        """Let what a dict holds flow into parameters by name."""
        for value in self._values(scope, argument):
            for name_key, values in entries(self.state, value, MAX_CHAIN):
                for position, key in signature.by_name(name_key):
                    self._pass(signature.place, position, key, values)

    def _starred(self, scope: int, argument: int) -> Iterator[tuple[int | None, Refs]]:
        """Yield (place, values) of what an argument passes: the argument itself, or all that a starred one holds."""
        values = self._values(scope, argument)
        if not is_starred(self.file, argument):
            yield 0, values
            return
        for value in values:
            yield from _places_of(self.state, value, MAX_CHAIN)

    def _call_back(self, scope: int, place: int, arguments: Sequence[Sequence[Ref]]) -> None:
        """Let values flow into the first parameters of whatever functions an expression stands for."""
        for function in functions_in(self._values(scope, place)):
            if self._is_own(function):
                signature = Signature(self.file, function)
                for i, values in enumerate(arguments):
                    for position, key in signature.at_place(i, 0):
                        self._pass(signature.place, position, key, values)

    def _call_method(self, scope: int, row: CallExpr, method: MethodRef) -> None:
        """Let a method of a container put its arguments, or what they hold, into it."""
        _, container, name = method
        _, _, arguments, _ = row
        if name == "sort":
            self._call_back(scope, keyword_argument(row, "key"), (iterate(self.state, container, MAX_CHAIN),))
        if not is_mutable(container) or not self._is_own(container):
            return
        *keys, last = arguments or (0,)
        values = self._values(scope, last)
        if name in ADD_METHODS:
            self._put(container, None, values)
        elif name == "setdefault" and keys and values:
            self._put(container, self._constant(scope, *keys[:1]), values)
        elif name in UPDATE_METHODS:
            self._update(scope, row, container, values)

    def _update(self, scope: int, row: CallExpr, container: MutableRef, values: Refs) -> None:
        """Let what some values hold flow into a container; into a dict also what the call passes by name."""
        if not is_dict(self.state, container):
            self._put(container, None, [r for value in values for r in iterate(self.state, value, MAX_CHAIN)])
            return
        parts = [part for value in values for part in entries(self.state, value, MAX_CHAIN)]
        self._flow(("E", container), [(key, ref, 0) for key, refs in parts for ref in refs])
        for name, argument in keywords_of(row):
            self._put(container, name or None, self._values(scope, argument))

    def _is_own(self, ref: Ref) -> bool:
        """Tell whether a class, a function or a container is of this file."""
        _, path, *_ = ref
        return path == self.file.path

    def _constant(self, scope: int, place: int) -> Key:
        return constant(self._values(scope, place))

    def _values(self, scope: int, place: int) -> Refs:
        return self.state.infer(self.file, scope, place, MAX_CHAIN)

    def _values_of(self, scope: int, places: Iterable[int]) -> list[Ref]:
        return [r for place in places for r in self._values(scope, place)]

    def _elements(self, scope: int, *places: int) -> list[Ref]:
        values = self._values_of(scope, places)
        return [r for value in values for r in iterate(self.state, value, MAX_CHAIN)]


def _places_of(state: InferenceState, value: Ref, depth: int) -> list[tuple[int | None, Refs]]:
    """Return what iterating over a value gives, with the places of what has a known one."""
    if is_container(value) and not is_dict(state, value):
        parts = contents(state, value, depth)
        return [(key if isinstance(key, int) and key >= 0 else None, refs) for key, refs in parts]
    return [(None, unique(iterate(state, value, depth)))]
