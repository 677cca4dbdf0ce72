"""One file's graph, from what its bytes say and how it is linked."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.model.facts import FileFacts
from aura_core.model.graph import Edge, EdgeKind, Fragment, Node, Resolution, Unresolved, uid_of


@dataclass(frozen=True, slots=True)
class FileGraph:
    """Nodes in order of position with a digest of each one's own text (empty when an outer function owns it), edges
    out of them (containment included), and calls that are not resolved.
    """

    path: str
    nodes: tuple[Node, ...]
    digests: tuple[bytes, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[Unresolved, ...]


def file_graph(path: str, facts: FileFacts, fragment: Fragment) -> FileGraph:
    """The graph of one file."""
    digests = tuple(d.digest for d in facts.definitions)
    return FileGraph(
        path,
        tuple(nodes_of(path, facts, fragment)),
        digests,
        (*fragment.edges, *containment(path, facts)),
        fragment.unresolved,
    )


def nodes_of(path: str, facts: FileFacts, fragment: Fragment) -> list[Node]:
    """A file's nodes, in order of position."""
    return [
        Node(
            uid_of(path, d.qualname),
            path,
            d.qualname,
            d.kind,
            d.start_line,
            d.end_line,
            fragment.module,
            d.signature,
            d.doc,
        )
        for d in facts.definitions
    ]


def containment(path: str, facts: FileFacts) -> list[Edge]:
    """Which definition holds which."""
    names = [d.qualname for d in facts.definitions]
    inside = (d for d in facts.definitions if d.parent >= 0)
    return [
        Edge(names[d.parent], EdgeKind.CONTAINS, uid_of(path, d.qualname), Resolution.EXACT, (d.def_line,))
        for d in inside
    ]
