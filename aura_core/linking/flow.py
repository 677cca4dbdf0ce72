"""Values that flow inside one file: arguments into parameters, stores into attributes and containers, to a fixpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aura_core.linking.containers import each, entries, is_dict
from aura_core.linking.evaluate import Evaluator
from aura_core.linking.questions import DEPTH, WIDTH
from aura_core.linking.summaries import SourceFile
from aura_core.linking.values import Ref
from aura_core.parsing.python_code import P_ARGS, P_KEYWORD, P_KWARGS, P_PLAIN

ROUNDS = 6
"""Most passes over a file; what flows further is not seen."""

ADDING = frozenset({"append", "add", "appendleft", "insert"})
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
                self.changed.add(self.evaluator.world.keys.number(("H", *key)))

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
        for target in evaluator.evaluate(file, scope, base, DEPTH):
            values = evaluator.evaluate(file, scope, value, DEPTH)
            if isinstance(key, str):
                if target[0] in "ci" and target[1] == file.path:
                    self.add(("A", ("c", target[1], target[2]), key), values)
                elif target[0] == "f" and target[1] == file.path:
                    self.add(("A", target[:3], key), values)
            elif target[0] == "l" and target[1] == file.path:
                instead = number if key[1] and target[2] == scope else 0
                self.add(("E", target), [(self._key(scope, key[0]), v, instead) for v in values])

    def _key(self, scope: int, place: int) -> Any:
        keys = self.evaluator.evaluate(self.file, scope, place, DEPTH) if place else ()
        return keys[0][1] if len(keys) == 1 and keys[0][0] == "k" else None

    def passed(self, scope: int, row: Any, function: Ref) -> None:
        """The arguments of a call flow into the parameters of a function of this file."""
        file, evaluator = self.file, self.evaluator
        if function[0] == "e":
            self._added(scope, row, function)
            return
        if function[0] != "f" or function[1] != file.path or not (row[2] or row[3]):
            return
        for position, argument in parameters(file, function, row):
            self.add((function[2], position), evaluator.evaluate(file, scope, argument, DEPTH))

    def _added(self, scope: int, row: Any, function: Ref) -> None:
        """A container's method puts its arguments, or what they hold, into it."""
        _, container, name = function
        if container[0] != "l" or container[1] != self.file.path:
            return
        evaluator, arguments = self.evaluator, row[2]
        values = evaluator.evaluate(self.file, scope, arguments[-1], DEPTH) if arguments else ()
        if name in ADDING:
            self.add(("E", container), [(None, v, 0) for v in values])
        elif name == "setdefault" and len(arguments) > 1:
            self.add(("E", container), [(self._key(scope, arguments[0]), v, 0) for v in values])
        elif name in UPDATING and is_dict(evaluator, container):
            self.add(("E", container), [(k, v, 0) for value in values for k, vs in entries(evaluator, value, DEPTH) for v in vs])
            for key, e in zip(row[3][::2], row[3][1::2], strict=True):
                self.add(("E", container), [(key or None, v, 0) for v in evaluator.evaluate(self.file, scope, e, DEPTH)])
        elif name in UPDATING:
            self.add(("E", container), [(None, v, 0) for value in values for v in each(evaluator, value, DEPTH)])


def parameters(file: SourceFile, function: Ref, row: Any) -> Iterator[tuple[int, int]]:
    """The parameters of a function of a file, by position, that the arguments of a call's row go to, with the arguments."""
    params = file.functions[function[2]][3]
    plain = [i for i, p in enumerate(params) if p[1] == P_PLAIN]
    rest = next((i for i, p in enumerate(params) if p[1] == P_ARGS), -1)
    for i, argument in enumerate(row[2], start=int(function[3] is not None)):
        target = plain[i] if i < len(plain) else rest
        if argument and target >= 0:
            yield target, argument
    named = {p[0]: i for i, p in enumerate(params) if p[1] in (P_PLAIN, P_KEYWORD)}
    extra = next((i for i, p in enumerate(params) if p[1] == P_KWARGS), -1)
    for name, argument in zip(row[3][::2], row[3][1::2], strict=True):
        target = named.get(name, extra)
        if argument and target >= 0:
            yield target, argument
