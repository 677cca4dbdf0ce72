"""The graph of one snapshot, file by file: nodes, edges and unresolved calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

EXTERNAL = "external:"
"""Prefix of an edge's destination outside the tree: ``external:json.dumps``."""

CONSTRUCTORS = ("__init__", "__new__", "__post_init__")
"""Methods of a class that its call runs."""

_NUMBER = re.compile(r"#\d+")


class NodeKind(StrEnum):
    """The kind of a node. ``FILE`` is a complete text file, ``MODULE`` a complete source file."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    FILE = "file"
    SECTION = "section"


class EdgeKind(StrEnum):
    """The kind of an edge: its source contains, imports, extends or calls its destination, or hands it to other
    code.
    """

    CONTAINS = "CONTAINS"
    IMPORTS = "IMPORTS"
    EXTENDS = "EXTENDS"
    CALLS = "CALLS"
    REFERENCES = "REFERENCES"


class Resolution(StrEnum):
    """How an edge was resolved, from certain to a guess; of a REFERENCES edge, how its destination is handed to other
    code. ``docs/graph.md`` describes each; answers call it ``how``.
    """

    EXACT = "exact"
    INFERRED = "inferred"
    OVERRIDE = "override"
    UNIQUE = "unique"
    PATTERN = "pattern"

    CONSTRUCTED = "constructed"
    PACKAGING = "packaging"
    DECORATOR = "decorator"
    ARGUMENT = "argument"
    DEFAULT = "default"
    RETURNED = "returned"
    STORED = "stored"
    TEXT = "text"

    @property
    def confidence(self) -> float:
        """The measured share of edges of this resolution that are right, from 0 to 1."""
        return CONFIDENCE[self]


CONFIDENCE = {
    Resolution.EXACT: 0.99,
    Resolution.INFERRED: 0.92,
    Resolution.OVERRIDE: 0.52,
    Resolution.UNIQUE: 0.91,
    Resolution.PATTERN: 0.5,
    **dict.fromkeys(
        (
            Resolution.PACKAGING,
            Resolution.DECORATOR,
            Resolution.ARGUMENT,
            Resolution.DEFAULT,
            Resolution.RETURNED,
            Resolution.STORED,
            Resolution.CONSTRUCTED,
            Resolution.TEXT,
        ),
        0.95,
    ),
}
"""Measured precision by resolution, rounded to two places. ``docs/graph.md`` says on what; the command that measures
prints the part of calls. How something is handed on has one figure, from samples that were read by eye.
"""


class Edge(NamedTuple):
    """One edge out of a file. A named tuple because a large repository has 100,000 of them.

    ``src``: a qualified name inside the file, "" for the module. ``dst``: a uid or ``external:dotted``. ``lines``: of
    the sites, 1-based, sorted, without repeats.
    """

    src: str
    kind: EdgeKind
    dst: str
    resolution: Resolution
    lines: tuple[int, ...] = ()


class Unresolved(NamedTuple):
    """One call site whose target is not known.

    ``src``: the qualified name of the caller. ``name``: the called name, "" when it is computed. ``text``: the call as
    written, clipped. ``reason``: one word of a fixed list (docs/graph.md). ``line``: 1-based.
    """

    src: str
    name: str
    text: str
    reason: str
    line: int


ROW_KINDS = tuple(sorted({k.value for k in EdgeKind} | {k.value for k in NodeKind} | {"node", "edge", "unresolved"}))
"""The kinds and types of rows in an exported graph."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """One file's part of a snapshot's graph: the key of the facts that it was linked from, its dotted module name (""
    for none), its outgoing edges and its unresolved calls.
    """

    facts: bytes
    module: str
    edges: tuple[Edge, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One node, as answers carry it.

    ``start_line``, ``end_line``: 1-based and inclusive. ``module``: the dotted module name, "" for none. ``doc``: the
    docstring's first paragraph.
    """

    uid: str
    path: str
    qualname: str
    kind: NodeKind
    start_line: int
    end_line: int
    module: str = ""
    signature: str = ""
    doc: str = ""


def uid_of(path: str, qualname: str) -> str:
    """Return the identity of a node: ``path::qualname``, or the path alone for a module or file."""
    return f"{path}::{qualname}" if qualname else path


def plain_name(qualname: str) -> str:
    """Return a qualified name without the numbers of repeated definitions: ``C#2.m`` → ``C.m``."""
    return _NUMBER.sub("", qualname) if "#" in qualname else qualname


def split_uid(uid: str) -> tuple[str, str]:
    """Return the path and the qualified name of a uid; the name is "" for a module or file."""
    path, _, qualname = uid.partition("::")
    return path, qualname
