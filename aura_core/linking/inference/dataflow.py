"""Values that flow inside one file: arguments into parameters, stores into attributes and containers, to a fixpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aura_core.linking.dependency_keys import KEY_LOCAL
from aura_core.linking.inference.containers import each, entries, is_dict, places
from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH, WIDTH
from aura_core.linking.signatures import PLAIN, Signature, by_name, first_starred, is_starred, named_argument
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref, Refs, constant

ROUNDS = 6
"""Most passes over a file; what flows further is not seen."""

KEYED = {"builtins.sorted": False, "builtins.min": True, "builtins.max": True, "itertools.groupby": False}
"""Functions that call their ``key`` with what iterating over their first argument gives, or with each of several
arguments.
"""

MAPPED = frozenset(
    {"builtins.map", "builtins.filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile"}
)
"""Functions that call their first argument with what iterating over each of the others gives."""

PUSHING = frozenset(
    {
        "heapq.heappush",
        "heapq.heappushpop",
        "heapq.heapreplace",
        "bisect.insort",
        "bisect.insort_left",
        "bisect.insort_right",
    }
)
"""Functions that put their second argument into their first."""

ADDING = frozenset({"append", "add", "appendleft", "insert", "put", "put_nowait"})
UPDATING = frozenset({"extend", "extendleft", "update"})


class Flow:
    """Fills an evaluator's heap for one file."""

    def __init__(self, evaluator: Evaluator, file: SourceFile) -> None:
        self.evaluator, self.file = evaluator, file
        self.changed: set[int] = set()

    def add(self, key: tuple[Any, ...], values: Any) -> None:
        """Values flow into something."""
        heap = self.evaluator.heap
        known = heap.get(key)
        for value in values:
            if known is None:
                known = heap[key] = {}
            if value not in known and len(known) < WIDTH:
                known[value] = None
                self.changed.add(self.evaluator.program.keys.number((KEY_LOCAL, *key)))

    def forget(self) -> set[int]:
        """Drop what was evaluated from things that have changed; which they were."""
        changed, self.changed = self.changed, set()
        if changed:
            memo = self.evaluator.memo
            for key in [key for key, (_, flows) in memo.items() if flows and not changed.isdisjoint(flows)]:
                del memo[key]
        return changed

    def store(self, number: int, row: Any) -> None:
        """``base.name = value`` and ``base[key] = value``, the store of that number in the file.

        An item that is always stored, in the scope that makes the container, takes the place of what was there.
        """
        scope, base, key, value = row
        evaluator, file = self.evaluator, self.file
        for target in self._values(scope, base):
            values = self._values(scope, value)
            if isinstance(key, str):
                if target[0] in "ci" and target[1] == file.path:
                    self.add(("A", ("c", target[1], target[2]), key), values)
                elif target[0] == "f" and target[1] == file.path:
                    self.add(("A", target[:3], key), values)
            elif target[0] == "l" and target[1] == file.path:
                instead = number if key[1] and target[2] == scope else 0
                at = self._key(scope, key[0])
                if isinstance(at, int) and at < 0 and not is_dict(evaluator, target):
                    at = None  # counted from an end that is not known
                self.add(("E", target), [(at, v, instead) for v in values])

    def _key(self, scope: int, place: int) -> Any:
        return constant(self._values(scope, place)) if place else None

    def passed(self, scope: int, row: Any, function: Ref) -> None:
        """The arguments of a call flow into the parameters of a function of this file, or into a container."""
        if function[0] == "e":
            self._added(scope, row, function)
            return
        if function[0] != "f" or function[1] != self.file.path or not (row[2] or row[3]):
            return
        signature = Signature(self.file, function)
        for position, key, argument in signature.plain(self.file, row):
            self._give(function[2], position, key, self._values(scope, argument))
        self._spread(scope, row, signature)

    def _give(self, place: int, position: int, key: Any, values: Any) -> None:
        self.add((place, position), values if key is PLAIN else [(key, v, 0) for v in values])

    def _spread(self, scope: int, row: Any, signature: Signature) -> None:
        """What ``*args`` and ``**kwargs`` of a call hold flows into the parameters at its places and of its names."""
        first = first_starred(self.file, row)
        for i, argument in enumerate(row[2][first:], start=first):
            held = (
                self._held(scope, argument) if is_starred(self.file, argument) else [(0, self._values(scope, argument))]
            )
            for key, values in held:
                for position, inner in signature.at(first, key if i == first else None):
                    self._give(signature.place, position, inner, values)
        for name, argument in by_name(row):
            for value in self._values(scope, argument) if not name else ():
                for key, values in entries(self.evaluator, value, DEPTH):
                    for position, inner in signature.named(key):
                        self._give(signature.place, position, inner, values)

    def _held(self, scope: int, argument: int) -> Iterator[tuple[Any, Refs]]:
        """What iterating over the values of a starred argument gives, with places."""
        return (part for value in self._values(scope, argument) for part in places(self.evaluator, value, DEPTH))

    def outside(self, scope: int, row: Any, dotted: str) -> None:
        """What a function outside the tree passes to the functions that it is given: other arguments, or what
        iterating over them gives.
        """
        arguments = row[2]
        if not arguments:
            return
        if dotted == "functools.partial":
            for function in self._values(scope, arguments[0]):
                self.passed(scope, (row[0], 0, arguments[1:], row[3]), function)
        elif dotted in KEYED:
            several = len(arguments) > 1 and KEYED[dotted]
            elements = (
                [r for e in arguments for r in self._values(scope, e)]
                if several
                else self._elements(scope, arguments[0])
            )
            self._hand(scope, named_argument(row, "key"), (elements,))
        elif dotted == "functools.reduce":
            elements = self._elements(scope, arguments[1]) if len(arguments) > 1 else []
            self._hand(
                scope,
                arguments[0],
                ([*elements, *(r for e in arguments[2:] for r in self._values(scope, e))], elements),
            )
        elif dotted in PUSHING and len(arguments) > 1:
            for container in self._values(scope, arguments[0]):
                if container[0] == "l" and container[1] == self.file.path:
                    self.add(("E", container), [(None, v, 0) for v in self._values(scope, arguments[1])])
        elif dotted in MAPPED:
            self._hand(scope, arguments[0], [self._elements(scope, e) for e in arguments[1:]])

    def _hand(self, scope: int, function: int, given: Sequence[Any]) -> None:
        """Values flow into the first parameters of whatever functions an expression stands for."""
        for ref in self._values(scope, function):
            if ref[0] == "f" and ref[1] == self.file.path:
                signature = Signature(self.file, ref)
                for i, values in enumerate(given):
                    for position, key in signature.at(i, 0):
                        self._give(ref[2], position, key, values)

    def _values(self, scope: int, place: int) -> Refs:
        return self.evaluator.evaluate(self.file, scope, place, DEPTH)

    def _elements(self, scope: int, place: int) -> list[Ref]:
        return [r for value in self._values(scope, place) for r in each(self.evaluator, value, DEPTH)]

    def _added(self, scope: int, row: Any, function: Ref) -> None:
        """A container's method puts its arguments, or what they hold, into it."""
        _, container, name = function
        evaluator, arguments = self.evaluator, row[2]
        if name == "sort":
            self._hand(scope, named_argument(row, "key"), (each(evaluator, container, DEPTH),))
        if container[0] != "l" or container[1] != self.file.path:
            return
        values = self._values(scope, arguments[-1]) if arguments else ()
        if name in ADDING:
            self.add(("E", container), [(None, v, 0) for v in values])
        elif name == "setdefault" and len(arguments) > 1:
            self.add(("E", container), [(self._key(scope, arguments[0]), v, 0) for v in values])
        elif name in UPDATING and is_dict(evaluator, container):
            self.add(
                ("E", container),
                [(k, v, 0) for value in values for k, vs in entries(evaluator, value, DEPTH) for v in vs],
            )
            for key, e in by_name(row):
                self.add(("E", container), [(key or None, v, 0) for v in self._values(scope, e)])
        elif name in UPDATING:
            self.add(("E", container), [(None, v, 0) for value in values for v in each(evaluator, value, DEPTH)])
