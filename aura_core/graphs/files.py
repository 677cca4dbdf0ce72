"""One file's graph, from its facts and its fragment."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.model.facts import FileFacts
from aura_core.model.graph import Edge, EdgeKind, Fragment, Node, Resolution, Unresolved, uid_of


@dataclass(frozen=True, slots=True)
class FileGraph:
    """The graph of one file.

    ``nodes`` are in order of position; ``digests`` are of each one's own text, empty when an outer function owns it.
    ``edges`` go out of the nodes, containment included; ``unresolved`` are calls that could not be resolved.
    """

    path: str
    nodes: tuple[Node, ...]
    digests: tuple[bytes, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[Unresolved, ...]


def file_graph(path: str, facts: FileFacts, fragment: Fragment) -> FileGraph:
    """Return the graph of one file."""
    nodes = tuple(nodes_of(path, facts, fragment))
    digests = tuple(definition.digest for definition in facts.definitions)
    edges = (*fragment.edges, *containment(path, facts))
    return FileGraph(path, nodes, digests, edges, fragment.unresolved)


def nodes_of(path: str, facts: FileFacts, fragment: Fragment) -> list[Node]:
    """Return a file's nodes, in order of position."""
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
    """Return an edge from each definition to those directly inside it."""
    names = [definition.qualname for definition in facts.definitions]
    return [
        Edge(names[d.parent], EdgeKind.CONTAINS, uid_of(path, d.qualname), Resolution.EXACT, (d.def_line,))
        for d in facts.definitions
        if d.parent >= 0
    ]
