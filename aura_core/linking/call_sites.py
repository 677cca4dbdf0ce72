"""Call sites while they are resolved, and the edges that they make."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from aura_core.linking.source_file import SourceFile
from aura_core.model.graph import EdgeKind, Resolution
from aura_core.parsing.python.ir import E_ATTR, E_IN

Target = tuple[str, Resolution]
"""A uid, ``external:…``, or "" for a lambda that is no node."""

Found = dict[tuple[str, EdgeKind, str], tuple[Resolution, set[int]]]
"""Edges by source, kind and destination: how, and at which lines."""

_RANK = {how: rank for rank, how in enumerate(Resolution)}


@dataclass(slots=True)
class Site:
    """One call site and what is known of it. ``flows``: numbers of what it depends on that values flow into.
    ``methods``, ``bound`` and
    ``fitted`` say what to look for besides its callee.
    """

    scope: int
    kind: int
    place: int
    line: int
    text: str
    targets: list[Target] = field(default_factory=list)
    reason: str = ""
    name: str = ""
    flows: Collection[int] = ()
    methods: tuple[str, ...] = ()
    bound: bool = False
    fitted: bool = False


def add_edge(found: Found, key: tuple[str, EdgeKind, str], how: Resolution, line: int) -> None:
    """An edge that several sites make keeps its best resolution."""
    known = found.get(key)
    if known is None:
        found[key] = how, {line}
        return
    known[1].add(line)
    if _RANK[how] < _RANK[known[0]]:
        found[key] = how, known[1]


def as_written(file: SourceFile, place: int) -> str:
    """An expression of names and dots as the source spells it."""
    row = file.exprs[place]
    if row is None:
        return ""
    if row[0] == E_ATTR:
        return f"{as_written(file, row[1])}.{row[2]}"
    return as_written(file, row[2]) if row[0] == E_IN else str(row[1])
