"""The plainest reader of a graph: what the contract means, and a second adapter to hold the suite to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aura_core.model.graph import Edge, EdgeKind, Node, NodeKind, Resolution, Unresolved, uid_of
from aura_core.ports.graph import GraphReader, Neighbour


class PlainGraph(GraphReader):
    """Nodes and edges in lists, searched from end to end."""

    def __init__(
        self,
        nodes: Iterable[Node],
        edges: Iterable[tuple[str, Edge]],
        unresolved: Iterable[tuple[str, Unresolved]] = (),
    ) -> None:
        self.nodes, self.edges, self.unresolved = list(nodes), list(edges), list(unresolved)

    def node(self, uid: str) -> Node | None:
        return next((n for n in self.nodes if n.uid == uid), None)

    def nodes_in_file(self, path: str) -> Sequence[Node]:
        return [n for n in self.nodes if n.path == path]

    def node_at_line(self, path: str, line: int) -> Node | None:
        inside = [n for n in self.nodes_in_file(path) if n.start_line <= line <= n.end_line]
        return (
            max(enumerate(inside), key=lambda pair: (pair[1].start_line, -pair[1].end_line, pair[0]))[1]
            if inside
            else None
        )

    def find(self, pattern: str, limit: int = 100) -> Sequence[Node]:
        if not pattern:
            return []
        fits = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), re.DOTALL).fullmatch
        exact = [n for n in self.nodes if pattern in _names(n)]
        wild = [n for n in self.nodes if n not in exact and any(map(fits, _names(n)))]
        return [n for nodes in (exact, wild) for n in sorted(nodes, key=lambda n: n.uid)][:limit]

    def neighbours(self, uid: str, kinds: Sequence[EdgeKind], *, incoming: bool) -> Sequence[Neighbour]:
        neighbours = []
        for path, edge in self.edges:
            source = uid_of(path, edge.src)
            end, far = (edge.dst, source) if incoming else (source, edge.dst)
            if end == uid and edge.kind in kinds:
                neighbours.append(Neighbour(far, self.node(far), edge.kind, edge.resolution, edge.lines))
        return sorted(neighbours, key=lambda n: (n.uid, n.kind, n.resolution, n.lines))

    def sites_named(self, name: str) -> Sequence[tuple[str, Unresolved]]:
        return [(path, site) for path, site in self.unresolved if site.name == name]

    def counts(self) -> dict[str, int]:
        nodes = {kind.value: sum(n.kind is kind for n in self.nodes) for kind in NodeKind}
        edges = {kind.value: sum(e.kind is kind for _, e in self.edges) for kind in EdgeKind}
        return nodes | edges | {"unresolved": len(self.unresolved)}


def _names(node: Node) -> tuple[str, ...]:
    dotted = ".".join(part for part in (node.module, node.qualname) if part)
    return (node.uid, *([dotted] if node.module else []), *([node.qualname] if node.qualname else []))


def small_graph(edges: Iterable[tuple[str, EdgeKind, str]]) -> PlainGraph:
    """Functions in one file, named by letters, and the edges between them; a name with a colon lies outside."""
    triples = sorted(set(edges))
    names = sorted({name for source, _, target in triples for name in (source, target) if ":" not in name})
    nodes = [
        Node(uid_of("a.py", name), "a.py", name, NodeKind.FUNCTION, row, row, "a") for row, name in enumerate(names, 1)
    ]
    rows = [
        ("a.py", Edge(s, kind, t if ":" in t else uid_of("a.py", t), Resolution.EXACT, (1,))) for s, kind, t in triples
    ]
    return PlainGraph(nodes, rows)
