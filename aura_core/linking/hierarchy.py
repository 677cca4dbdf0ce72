"""Bases, method resolution order, overrides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aura_core.linking.dependency_keys import KEY_BASES
from aura_core.linking.program import Overriding, Program
from aura_core.linking.source_file import Method
from aura_core.linking.values import ClassKey, MroEntry


def linearise(start: ClassKey, program: Program, record: Callable[[str, str, str], None]) -> list[MroEntry]:
    """The C3 order of a class, itself first; depth first when its bases have none. A class outside the tree stands for
    all above it.
    """
    known: dict[MroEntry, list[MroEntry]] = {}
    todo: list[MroEntry] = [start]
    while todo:
        at = todo.pop()
        if at in known or at[0] == "x":
            continue
        record(KEY_BASES, at[1], at[2])
        known[at] = program.bases.get(at[1], {}).get(at[2], [])
        todo += known[at]
    try:
        return _c3(start, known, {}, frozenset())
    except _NoOrder:
        return _depth_first(start, known)


class _NoOrder(Exception):
    pass


def _c3(
    at: MroEntry,
    bases: dict[MroEntry, list[MroEntry]],
    done: dict[MroEntry, list[MroEntry]],
    above: frozenset[MroEntry],
) -> list[MroEntry]:
    if at[0] == "x":
        return [at]
    if at in done:
        return done[at]
    if at in above or len(above) > 200:
        raise _NoOrder
    queues = [list(_c3(base, bases, done, above | {at})) for base in bases[at]] + [list(bases[at])]
    out: list[MroEntry] = [at]
    while queues := [queue for queue in queues if queue]:
        head = next((q[0] for q in queues if not any(q[0] in other[1:] for other in queues)), None)
        if head is None:
            raise _NoOrder
        out.append(head)
        for queue in queues:
            if queue[0] == head:
                del queue[0]
    done[at] = out
    return out


def _depth_first(start: ClassKey, bases: dict[MroEntry, list[MroEntry]]) -> list[MroEntry]:
    out: list[MroEntry] = []
    todo: list[MroEntry] = [start]
    while todo:
        at = todo.pop()
        if at not in out:
            out.append(at)
            todo += reversed(bases.get(at, []))
    return out


def overridden(path: str, methods: Iterable[Method], mro: Mapping[str, list[MroEntry]]) -> list[Overriding]:
    """((ancestor's path, ancestor, method), uid of the method here) for each method of a file and each class of the
    tree above its own; for each class of the file the same with "" instead of a method's name.
    """
    rows = []
    for qualname, name, function in methods:
        uid = f"{path}::{function}"
        rows += [((at[1], at[2], name), uid) for at in mro[qualname][1:] if at[0] != "x"]
    for qualname, order in mro.items():
        rows += [((at[1], at[2], ""), f"{path}::{qualname}") for at in order[1:] if at[0] != "x"]
    return rows
