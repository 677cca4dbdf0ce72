"""Nodes, edges and what could not be resolved: the graph of one snapshot, file by file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

EXTERNAL = "external:"
"""Prefix of an edge's destination outside the tree: ``external:json.dumps``."""

_NUMBER = re.compile(r"#\d+")


class NodeKind(StrEnum):
    """What a node is. ``FILE`` is the whole of a text file, ``MODULE`` the whole of a source file."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    FILE = "file"
    SECTION = "section"


class EdgeKind(StrEnum):
    """What an edge says: the source contains, imports, extends or calls the destination."""

    CONTAINS = "CONTAINS"
    IMPORTS = "IMPORTS"
    EXTENDS = "EXTENDS"
    CALLS = "CALLS"


class Resolution(StrEnum):
    """How an edge was resolved, from provable to guessed. ``docs/graph.md`` describes each kind."""

    EXACT = "exact"
    INFERRED = "inferred"
    OVERRIDE = "override"
    UNIQUE = "unique"
    PATTERN = "pattern"

    @property
    def confidence(self) -> float:
        """The share of edges of this kind that are right, as measured."""
        return CONFIDENCE[self]


CONFIDENCE = {
    Resolution.EXACT: 0.99,
    Resolution.INFERRED: 0.89,
    Resolution.OVERRIDE: 0.60,
    Resolution.UNIQUE: 0.85,
    Resolution.PATTERN: 0.5,
}
"""Measured precision by kind, rounded to two places. ``docs/graph.md`` says on what; the command that measures prints
this table.
"""


class Edge(NamedTuple):
    """One edge out of a file. ``src`` is a qualified name inside the file ("" is the module), ``dst`` a uid or
    ``external:dotted``.

    A named tuple because a large repository has 100,000 of them. ``lines`` are the 1-based lines of the sites, sorted,
    without repeats.
    """

    src: str
    kind: EdgeKind
    dst: str
    resolution: Resolution
    lines: tuple[int, ...] = ()


class Unresolved(NamedTuple):
    """One call site whose target is not known: ``text`` as written (clipped), ``name`` the called name ("" if
    computed), ``reason`` a closed word.
    """

    src: str
    name: str
    text: str
    reason: str
    line: int


ROW_KINDS = tuple(sorted({k.value for k in EdgeKind} | {k.value for k in NodeKind} | {"node", "edge", "unresolved"}))
"""Kinds and types of the rows of an exported graph."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One file's part of a snapshot: which facts it is made of, its module name, its outgoing edges and its unresolved
    calls.
    """

    facts: bytes
    module: str
    edges: tuple[Edge, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One node as questions return it. Lines are 1-based and inclusive; ``module`` is the dotted module name, if any."""

    uid: str
    path: str
    qualname: str
    kind: NodeKind
    start_line: int
    end_line: int
    module: str = ""
    signature: str = ""
    doc: str = ""
    extra: tuple[str, ...] = field(default=())


def uid_of(path: str, qualname: str) -> str:
    """The identity of a node: ``path::qualname``; the path alone for a module or file."""
    return f"{path}::{qualname}" if qualname else path


def plain_name(qualname: str) -> str:
    """A qualified name without the numbers of repeated definitions: ``C#2.m`` → ``C.m``."""
    return _NUMBER.sub("", qualname) if "#" in qualname else qualname


def split_uid(uid: str) -> tuple[str, str]:
    """``path::qualname`` taken apart; the qualified name is "" for a module or file."""
    path, _, qualname = uid.partition("::")
    return path, qualname
