"""Attributes whose names are put together at run time: ``getattr(self, "do_" + name)`` means one of the members that
fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aura_core.linking.dependency_keys import KEY_MEMBERS
from aura_core.linking.values import Ref
from aura_core.parsing.python.ir import B_VALUE, E_ATTR, E_BINARY, E_BOUND, E_CALL, E_CONST, E_TYPE

if TYPE_CHECKING:
    from aura_core.linking.inference.state import Questions
    from aura_core.linking.source_file import SourceFile

MOST: Final = 64
"""A name that more members fit says nothing."""

LEAST: Final = 2
"""Fewest characters that must be known of a name."""

FITTED: Final = 2
"""Stands in a receiver for "may be of a subclass" where the method was found by its name alone."""

Known = tuple[str, str]
"""How a name starts and ends."""


def known(file: SourceFile, scope: int, place: int, depth: int = 3) -> Known | None:
    """What is known of the text of an expression; None when that is too little."""
    row = file.exprs[place] if place else None
    found = _known(file, scope, row, depth) if row is not None and depth else None
    return found if found is not None and len(found[0]) + len(found[1]) >= LEAST else None


def _known(file: SourceFile, scope: int, row: Any, depth: int) -> Known | None:
    if row[0] == E_TYPE and len(row) == 4:
        return row[2], row[3]
    if row[0] == E_BINARY and row[2] == "__add__":
        end = file.exprs[row[3]]
        return ("", end[1]) if end is not None and end[0] == E_CONST and isinstance(end[1], str) else None
    if row[0] == E_CALL:
        return _formatted(file, file.exprs[row[1]])
    if row[0] == E_BOUND and len(row) == 3:
        binding = file.scopes[scope][3][row[1]][row[2]]
        return known(file, scope, binding[1], depth - 1) if binding[0] == B_VALUE else None
    return None


def _formatted(file: SourceFile, callee: Any) -> Known | None:
    if callee is None or callee[0] != E_ATTR or callee[2] != "format":
        return None
    text = file.exprs[callee[1]]
    if text is None or text[0] != E_CONST or not isinstance(text[1], str) or "{" not in text[1]:
        return None
    return text[1].partition("{")[0], text[1].rpartition("}")[2]


def fitting(evaluator: Questions, base: Ref, name: Known) -> list[str]:
    """The names of the members of a class of the tree that fit, sorted; none when they are too many."""
    if base[0] not in "ci" or not base[1]:
        return []
    start, end = name
    found: set[str] = set()
    for at in evaluator.order(base):
        if at[0] != "x":
            evaluator.read(KEY_MEMBERS, at[1], at[2])
            members = evaluator.program.files[at[1]].members(at[2])
            found |= {m for m in members if m.startswith(start) and m.endswith(end) and len(m) > len(start) + len(end)}
    return sorted(found) if len(found) <= MOST else []


def values(evaluator: Questions, base: Ref, name: Known, depth: int) -> list[Ref]:
    """The methods of a value that fit a name, marked as found by it."""
    found = [ref for member in fitting(evaluator, base, name) for ref in evaluator.attribute(base, member, depth)]
    return [(*ref[:3], (*ref[3][:3], FITTED)) for ref in found if ref[0] == "f" and ref[3] is not None]


def methods(evaluator: Questions, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
    """What the ``getattr`` of a call's row may give, by the name's start and end; nothing when the name is known."""
    name = known(file, scope, row[2][1]) if len(row[2]) > 1 else None
    if name is None:
        return []
    return [
        r
        for base in evaluator.evaluate(file, scope, row[2][0], depth)
        for r in values(evaluator, base, name, depth - 1)
    ]
