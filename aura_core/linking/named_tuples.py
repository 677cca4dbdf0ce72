"""Named tuples: the fields of a class, and those of what ``namedtuple`` makes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_MEMBERS
from aura_core.linking.signatures import is_starred, named_argument
from aura_core.linking.values import Ref, Refs, members
from aura_core.parsing.python.ir import B_VALUE, E_CALL, E_CONST, E_INSTANCE, E_SEQUENCE, E_TYPED

if TYPE_CHECKING:
    from aura_core.linking.inference.state import Questions
    from aura_core.linking.source_file import SourceFile

MAKING: Final = frozenset({"collections.namedtuple", "typing.NamedTuple"})
"""Functions that make a class."""

NAMED_TUPLES = frozenset({("x", "typing.NamedTuple"), ("x", "typing_extensions.NamedTuple")})


def fields(evaluator: Questions, value: Ref) -> list[str]:
    """The names of a named tuple's fields, in order; none of any other instance."""
    order = evaluator.order(value)
    if NAMED_TUPLES.isdisjoint(order):
        return []
    _, path, name = next(below for below, above in pairwise(order) if above in NAMED_TUPLES)[:3]
    evaluator.read(KEY_MEMBERS, path, name)
    file = evaluator.program.files[path]
    scope = file.classes[file.class_places[name]][1]
    found = []
    for member in file.members(name):
        evaluator.read(KEY_MEMBER, path, name, member)
        bindings = file.reaching(scope, member) or ()
        if any(
            b[0] == B_VALUE and (row := file.exprs[b[1]]) is not None and row[0] in (E_INSTANCE, E_TYPED)
            for b in bindings
        ):
            found.append(member)
    return found


def named(file: SourceFile, place: int) -> list[str]:
    """The fields that a call of ``namedtuple`` names; none when it does not spell them out."""
    arguments = file.exprs[place][2]
    row = file.exprs[arguments[1]] if len(arguments) > 1 else None
    if row is None or row[0] not in (E_CONST, E_SEQUENCE):
        return []
    if row[0] == E_CONST:
        return str(row[1]).replace(",", " ").split()
    parts: list[Any] = [file.exprs[e] for e in row[2:]]
    texts = [
        file.exprs[part[2]] if part is not None and part[0] == E_SEQUENCE and len(part) > 2 else part for part in parts
    ]
    return [str(text[1]) if text is not None and text[0] == E_CONST else "" for text in texts]


def given(evaluator: Questions, value: Ref, depth: int) -> list[Refs]:
    """What a call gave to the fields of a named tuple, in order; nothing when it is not spelled out."""
    _, path, scope, place = value
    file = evaluator.program.files[path]
    row = file.exprs[place]
    if any(is_starred(file, e) for e in row[2]):
        return []
    found = [evaluator.evaluate(file, scope, e, depth) for e in row[2]]
    names = _names(evaluator, file, scope, row[1], depth) if row[3] else []
    return found + [evaluator.evaluate(file, scope, named_argument(row, name), depth) for name in names[len(found) :]]


def attribute(evaluator: Questions, value: Ref, name: str, depth: int) -> list[Ref] | None:
    """What an attribute of a value that a call made holds; None for a tuple's own methods, and of any other value."""
    row = evaluator.program.files[value[1]].exprs[value[3]] if value[0] == "l" and len(value) == 4 else None
    if row is None or row[0] != E_CALL or name in members("tuple"):
        return None
    names = _names(evaluator, evaluator.program.files[value[1]], value[2], row[1], depth)
    return [
        r for field, refs in zip(names, given(evaluator, value, depth - 1), strict=False) if field == name for r in refs
    ]


def _names(evaluator: Questions, file: SourceFile, scope: int, callee: int, depth: int) -> list[str]:
    made = [kind for kind in evaluator.evaluate(file, scope, callee, depth) if kind[0] == "d"]
    return named(evaluator.program.files[made[0][1]], made[0][3]) if len(made) == 1 else []
