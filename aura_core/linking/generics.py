"""Generic functions: a call of one may go to whatever is registered with it (``functools.singledispatch``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aura_core.parsing.python.ir import B_FUNCTION, C_CALL, C_DECORATE, E_ATTR, E_CALL

if TYPE_CHECKING:
    from aura_core.linking.source_file import SourceFile

GENERIC: Final = frozenset({("y", "functools.singledispatch()"), ("y", "functools.singledispatchmethod()")})
"""What a function becomes that others can be registered with."""


def registrations(file: SourceFile) -> dict[int, list[tuple[int, int]]]:
    """Place of a function → scopes and expressions of what its ``register`` is given, in order, whether it has one or
    not.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for scope, (kind, place, _, _) in file.call_sites():
        row = file.exprs[place] if kind in (C_CALL, C_DECORATE) else None
        if row is None or row[0] != E_CALL or not row[2]:
            continue
        name, given = _registering(file, row, decorates=kind == C_DECORATE)
        if name is not None and given:
            for function in [b[1] for b in file.meant(scope, name) or () if b[0] == B_FUNCTION]:
                found.setdefault(function, []).append((scope, given))
    return found


def _registering(file: SourceFile, row: Any, *, decorates: bool) -> tuple[Any, int]:
    """The row of what is before ``.register``, and the expression that it is given; (None, 0) for any other call."""
    callee = file.exprs[row[1]]
    curried = callee is not None and callee[0] == E_CALL
    if curried:
        callee = file.exprs[callee[1]]
    if callee is None or callee[0] != E_ATTR or callee[2] != "register":
        return None, 0
    given = row[2][0] if decorates or curried else row[2][1] if len(row[2]) > 1 else 0
    while decorates and (inner := file.exprs[given]) is not None and inner[0] == E_CALL and inner[2]:
        given = inner[2][0]
    return file.exprs[callee[1]], given
