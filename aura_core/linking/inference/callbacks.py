"""Functions and classes that one file passes to functions of others: what a parameter gets from outside its own file.

Found before links, from what a file's names and attributes stand for without anything that flows: one step, never
links of links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.signatures import Signature
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_PARAM,
    E_ATTR,
    E_BOUND,
    E_CALL,
    E_FUNCTION,
    E_IN,
    E_NAME,
    P_CLS,
    P_SELF,
)

CODE = frozenset({B_FUNCTION, B_CLASS, B_FROM})
HOLDING = frozenset({B_CLASS, B_FROM, B_IMPORT})


class Passing:
    """Looks at the calls of one file after another."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.evaluator = Evaluator(program)

    def of(self, file: SourceFile) -> tuple[tuple[CallbackFlow, ...], set[int]]:
        """What a file passes to others, sorted, and the numbers of the keys read for it."""
        self.file, self.evaluator.reads = file, set()
        code, calls = likely(file)
        found: set[CallbackFlow] = set()
        for scope, rows in enumerate(file.sites):
            for place in calls.intersection(rows[1::4]):
                found.update(self._site(scope, file.exprs[place], code))
        return tuple(sorted(found)), self.evaluator.reads

    def _site(self, scope: int, row: Any, code: set[int]) -> Iterator[CallbackFlow]:
        values = {e: some for e in (*row[2], *row[3][1::2]) if e in code and (some := self._values(scope, e))}
        for function in self.evaluator.evaluate(self.file, scope, row[1], DEPTH) if values else ():
            for callee in self._run(function):
                there = self.program.files[callee[1]]
                if there is self.file or there.functions[callee[2]][0] < 0:
                    continue
                name = there.function_name(callee[2])
                self.evaluator.read(KEY_SIGNATURE, there.path, name)
                for position, _, argument in Signature(there, callee).plain(self.file, row):
                    for value in values.get(argument, ()):
                        yield there.path, name, position, *value

    def _run(self, function: Ref) -> list[Ref]:
        """The functions that a call of a value runs."""
        if function[0] == "f":
            return [function]
        if function[0] == "c":
            instance = ("i", *function[1:4])
            return [
                f
                for name in ("__new__", "__init__")
                for f in self.evaluator.attribute(instance, name, DEPTH - 1)
                if f[0] == "f"
            ]
        return []

    def _values(self, scope: int, argument: int) -> list[tuple[str, str, str]]:
        found = []
        for value in self.evaluator.evaluate(self.file, scope, argument, DEPTH):
            if value[0] == "f":
                found.append(("f", value[1], self.program.files[value[1]].function_name(value[2])))
            elif value[0] == "c":
                found.append(("c", value[1], value[2]))
        return found


def likely(file: SourceFile) -> tuple[set[int], set[int]]:
    """The expressions of a file that look like functions or classes, and the calls that pass some to what may be of
    another file.

    Those are names that some scope binds to one or imports, attributes of modules and classes, and methods of the file
    on ``self``. Most arguments are neither, and cost nothing more.
    """
    names = _Names(file)
    exprs, found, calls = file.exprs, set[int](), set[int]()
    for place, row in enumerate(exprs):
        if row is None:
            continue
        op = row[0]
        if op == E_CALL:
            if not (found.isdisjoint(row[2]) and found.isdisjoint(row[3][1::2])) and names.foreign(exprs[row[1]]):
                calls.add(place)
        elif op == E_ATTR:
            base = exprs[row[1]]
            name = base[1] if base is not None and base[0] in (E_NAME, E_BOUND) else None
            if name in names.holding or (name in names.selves and row[2] in names.code):
                found.add(place)
        elif op in (E_NAME, E_BOUND):
            if row[1] in names.code:
                found.add(place)
        elif op == E_FUNCTION or (op == E_IN and row[2] in found):
            found.add(place)
    return found, calls


class _Names:
    """Names that a file binds in some scope. ``code``: to functions, classes or what it imports; ``holding``: to what
    may hold some; ``selves``: to receivers; ``other``: to anything but its own functions as they are, or None when it
    imports everything from a module.
    """

    def __init__(self, file: SourceFile) -> None:
        self.code: set[str] = set()
        self.holding: set[str] = set()
        self.selves: set[str] = set()
        other: set[str] = set()
        for _, _, _, binds, _ in file.scopes:
            for name, bindings in binds.items():
                for binding in bindings:
                    kind = binding[0]
                    if binding[0] != B_FUNCTION or binding[2]:
                        other.add(name)
                    if kind in CODE:
                        self.code.add(name)
                    if kind in HOLDING:
                        self.holding.add(name)
                    elif binding[0] == B_PARAM and binding[3] in (P_SELF, P_CLS):
                        self.selves.add(name)
        self.other = None if file.stars else other

    def foreign(self, callee: Any) -> bool:
        """Whether a callee may be of another file."""
        return callee is not None and (
            callee[0] not in (E_NAME, E_BOUND) or self.other is None or callee[1] in self.other
        )
