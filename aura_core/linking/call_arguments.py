"""Matches the arguments of a call's row with the parameters that they go to."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from aura_core.parsing.python import ir

if TYPE_CHECKING:
    from aura_core.linking.libraries.runners import Runner
    from aura_core.linking.source_file import SourceFile
    from aura_core.linking.values import CallableRef
    from aura_core.parsing.python.ir import CallExpr, ParameterRow

MAX_PARAMETERS: Final = 128
"""Parameters that a call is compared with. Those after them, but for the last one, get nothing."""

WHOLE: Final = object()
"""The key of what goes into a parameter itself, not into the container that ``*args`` or ``**kwargs`` is."""


def keywords_of(row: CallExpr) -> Iterator[tuple[str, int]]:
    """Yield (name, expression) of the arguments that a call passes by name; the name is "" for ``**kwargs``."""
    _, _, _, fields = row
    if not fields:
        return iter(())
    # ("key", 4, "", 7) -> ("key", 4), ("", 7)
    return zip(cast("tuple[str, ...]", fields[::2]), cast("tuple[int, ...]", fields[1::2]), strict=True)


def keyword_argument(row: CallExpr, name: str) -> int:
    """Return the expression that a call passes by a name; 0 when it passes none."""
    return next((place for keyword, place in keywords_of(row) if keyword == name), 0)


def function_argument(row: CallExpr, runner: Runner) -> int:
    """Return the function that a call gives to something outside the tree that runs it; 0 when there is none."""
    _, _, arguments, _ = row
    if 0 <= runner.place < len(arguments):
        return arguments[runner.place]
    return keyword_argument(row, runner.keyword) if runner.keyword else 0


def is_starred(file: SourceFile, argument: int) -> bool:
    """Tell whether an argument or element is starred, so that it stands for any number of them."""
    row = file.exprs[argument]
    return row is not None and row[0] == ir.E_STAR


def first_starred(file: SourceFile, row: CallExpr) -> int:
    """Return how many arguments of a call stand before the first starred one."""
    _, _, arguments, _ = row
    return next((i for i, argument in enumerate(arguments) if is_starred(file, argument)), len(arguments))


def first_argument(function: CallableRef) -> int:
    """Return how many of a function's parameters its receiver and ``functools.partial`` have bound."""
    _, _, _, receiver, *counts = function
    return int(receiver is not None) + sum(counts)


def argument_of(file: SourceFile, row: CallExpr, parameters: Sequence[ParameterRow], position: int, first: int) -> int:
    """Return the argument expression that the parameter at ``position`` gets from a call; 0 when the call does not say.
    ``first``: how many parameters are bound before the call's own arguments.
    """
    name, kind, _, _ = parameters[position]
    if kind in (ir.P_PLAIN, ir.P_KEYWORD):
        for keyword, argument in keywords_of(row):
            if keyword == name:
                return argument
    _, _, arguments, _ = row
    place = position - first
    if kind != ir.P_PLAIN or not 0 <= place < len(arguments) or first_starred(file, row) <= place:
        return 0
    return arguments[place]


class Signature:
    """The parameters of a function, for a call that binds a receiver or, through ``functools.partial``, first
    arguments.
    """

    def __init__(self, file: SourceFile, function: CallableRef) -> None:
        _, _, self.place, *_ = function
        _, _, _, parameters, *_ = file.functions[self.place]
        self._first = first_argument(function)
        self._plain: list[int] = []
        self._by_name: dict[str | int | None, int] = {}
        self._args = self._kwargs = -1
        end = len(parameters) - 1
        for position in (*range(min(end, MAX_PARAMETERS)), end) if parameters else ():
            name, kind, _, _ = parameters[position]
            if kind == ir.P_PLAIN:
                self._plain.append(position)
            if kind in (ir.P_PLAIN, ir.P_KEYWORD):
                self._by_name[name] = position
            elif kind == ir.P_ARGS:
                self._args = position
            elif kind == ir.P_KWARGS:
                self._kwargs = position

    def arguments(self, file: SourceFile, row: CallExpr) -> Iterator[tuple[int, Hashable, int]]:
        """Yield (position of the parameter, key in it, argument) of what a call's row in a file passes by place, up to
        a starred one, and by name.
        """
        _, _, arguments, _ = row
        for i, argument in enumerate(arguments[: first_starred(file, row)]):
            if argument:
                yield from ((position, key, argument) for position, key in self.at_place(i, 0))
        for name, argument in keywords_of(row):
            if name and argument:
                yield from ((position, key, argument) for position, key in self.by_name(name))

    def at_place(self, start: int, place: int | None) -> Iterator[tuple[int, Hashable]]:
        """Yield (position, key) of each parameter that may get the positional argument number ``start + place``; with
        None for the place, any argument from number ``start`` on.
        """
        start += self._first
        # past the plain parameters everything goes into ``*args``
        for i in range(start, len(self._plain)) if place is None else (start + place,):
            if i < len(self._plain):
                yield self._plain[i], WHOLE
            elif self._args >= 0:
                yield self._args, i - len(self._plain)
        if place is None and self._args >= 0:
            yield self._args, None

    def by_name(self, name: str | int | None) -> Iterator[tuple[int, Hashable]]:
        """Yield (position, key) of the parameter that gets an argument by name; the name is None when unknown."""
        position = self._by_name.get(name, -1)
        if position >= 0:
            yield position, WHOLE
        elif self._kwargs >= 0:
            yield self._kwargs, name
