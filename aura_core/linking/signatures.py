"""The arguments of a call's row, and the parameters that they go to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from aura_core.parsing.python.ir import E_STAR, P_ARGS, P_KEYWORD, P_KWARGS, P_PLAIN

if TYPE_CHECKING:
    from aura_core.linking.source_file import SourceFile
    from aura_core.linking.values import Ref

PLAIN: Final = object()
"""The key of what goes into a parameter itself, not into the container that ``*args`` or ``**kwargs`` is."""


def by_name(row: Any) -> Iterator[tuple[str, int]]:
    """(name, expression) of the arguments that a call passes by name; "" for ``**kwargs``."""
    return zip(row[3][::2], row[3][1::2], strict=True)


def named_argument(row: Any, name: str) -> int:
    """The expression that a call passes by a name; 0 for none."""
    return next((e for key, e in by_name(row) if key == name), 0)


def is_starred(file: SourceFile, argument: int) -> bool:
    """Whether an argument or element stands for any number of them."""
    return bool(argument) and file.exprs[argument][0] == E_STAR


def first_starred(file: SourceFile, row: Any) -> int:
    """How many arguments of a call stand before the first starred one."""
    return next((i for i, argument in enumerate(row[2]) if is_starred(file, argument)), len(row[2]))


class Signature:
    """The parameters of a function, for a call that binds a receiver or, through ``functools.partial``, first
    arguments.
    """

    def __init__(self, file: SourceFile, function: Ref) -> None:
        self.place: int = function[2]
        params = file.functions[self.place][3]
        self._first = int(function[3] is not None) + sum(function[4:])
        self._plain = [i for i, p in enumerate(params) if p[1] == P_PLAIN]
        self._named = {p[0]: i for i, p in enumerate(params) if p[1] in (P_PLAIN, P_KEYWORD)}
        self._rest = next((i for i, p in enumerate(params) if p[1] == P_ARGS), -1)
        self._extra = next((i for i, p in enumerate(params) if p[1] == P_KWARGS), -1)

    def plain(self, file: SourceFile, row: Any) -> Iterator[tuple[int, Any, int]]:
        """(position of the parameter, key in it, argument) of what a call's row in a file passes by place, up to a
        starred one, and by name.
        """
        given = [(argument, self.at(i, 0)) for i, argument in enumerate(row[2][: first_starred(file, row)])]
        given += [(argument, self.named(name)) for name, argument in by_name(row) if name]
        return ((position, key, argument) for argument, parameters in given if argument for position, key in parameters)

    def at(self, start: int, place: int | None) -> Iterator[tuple[int, Any]]:
        """(position, key) of the parameters that may get an argument: so many places after the first so many; any of
        those for None.
        """
        start += self._first
        for i in range(start, len(self._plain)) if place is None else (start + place,):
            if i < len(self._plain):
                yield self._plain[i], PLAIN
            elif self._rest >= 0:
                yield self._rest, i - len(self._plain)
        if place is None and self._rest >= 0:
            yield self._rest, None

    def named(self, name: Any) -> Iterator[tuple[int, Any]]:
        """(position, key) of the parameters that get an argument by name, which is None when it is not known."""
        if name in self._named:
            yield self._named[name], PLAIN
        elif self._extra >= 0:
            yield self._extra, name
