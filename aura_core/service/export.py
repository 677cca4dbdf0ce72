"""A snapshot's graph as rows of JSON values: sorted, complete, the same bytes for the same digest."""

from __future__ import annotations

from collections.abc import Iterator

from aura_core.model.graph import Node, uid_of
from aura_core.views import View


def node_row(node: Node) -> dict[str, object]:
    """One node as a JSON object."""
    return {
        "type": "node",
        "uid": node.uid,
        "kind": node.kind.value,
        "path": node.path,
        "qualname": node.qualname,
        "module": node.module,
        "start_line": node.start_line,
        "end_line": node.end_line,
        "signature": node.signature,
        "doc": node.doc,
    }


def export_rows(view: View, repo: str, sha: str, digest: str) -> Iterator[dict[str, object]]:
    """A header, then nodes, edges and unresolved call sites, each by uid."""
    yield {"type": "snapshot", "repo": repo, "sha": sha, "digest": digest, "counts": view.counts()}
    for node in sorted(view.nodes(), key=lambda n: (n.path, n.start_line, n.qualname)):
        yield node_row(node)
    for path, edge in sorted(view.edges(), key=lambda e: (e[0], e[1].src, e[1].kind, e[1].dst, e[1].resolution)):
        yield {
            "type": "edge",
            "src": uid_of(path, edge.src),
            "kind": edge.kind.value,
            "dst": edge.dst,
            "resolution": edge.resolution.value,
            "lines": list(edge.lines),
        }
    for path, site in sorted(view.unresolved(), key=lambda u: (u[0], u[1].line, u[1].src, u[1].text)):
        yield {"type": "unresolved", "src": uid_of(path, site.src), "name": site.name, "text": site.text, "reason": site.reason, "line": site.line}
