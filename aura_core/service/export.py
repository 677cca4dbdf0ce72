"""A snapshot's graph as rows of JSON values: sorted, complete, the same bytes for the same digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aura_core.model.graph import EXTERNAL, Edge, Node, Unresolved, plain_name, uid_of
from aura_core.views import View

Row = dict[str, object]


def export_rows(view: View) -> Iterator[Row]:
    """Nodes by place, then edges by source, then unresolved call sites by place."""
    names = {node.uid: full_name(node) for node in view.nodes()}
    for node in sorted(view.nodes(), key=lambda n: (n.path, n.start_line, n.qualname)):
        yield node_row(node)
    for path, edge in sorted(view.edges(), key=lambda e: (e[0], e[1].src, e[1].kind, e[1].dst, e[1].resolution, e[1].lines)):
        yield edge_row(path, edge, names)
    for path, site in sorted(view.unresolved(), key=lambda u: (u[0], u[1].line, u[1].src, u[1].text, u[1].reason)):
        yield site_row(path, site, names)


def full_name(node: Node) -> str:
    """``pkg.mod.Class.method``, as people write it: a later definition of a name has the same one. Files without a module go by their path."""
    if not node.module:
        return node.uid
    return ".".join(part for part in (node.module, plain_name(node.qualname)) if part)


def node_row(node: Node) -> Row:
    """One node. Lines are 1-based and inclusive."""
    return {
        "type": "node",
        "uid": node.uid,
        "kind": node.kind.value,
        "name": full_name(node),
        "path": node.path,
        "start": node.start_line,
        "end": node.end_line,
    }


def edge_row(path: str, edge: Edge, names: Mapping[str, str]) -> Row:
    """One edge with all its sites; an external target is a dotted import path and has no uid."""
    source, external = uid_of(path, edge.src), edge.dst.startswith(EXTERNAL)
    return {
        "type": "edge",
        "kind": edge.kind.value,
        "source": names.get(source, source),
        "target": edge.dst.removeprefix(EXTERNAL) if external else names.get(edge.dst, edge.dst),
        "source_uid": source,
        "target_uid": None if external else edge.dst,
        "how": edge.resolution.value,
        "line": edge.lines[0] if edge.lines else None,
        "lines": list(edge.lines),
        "external": external,
    }


def site_row(path: str, site: Unresolved, names: Mapping[str, str]) -> Row:
    """One call site whose target is not known."""
    source = uid_of(path, site.src)
    return {
        "type": "unresolved",
        "source": names.get(source, source),
        "source_uid": source,
        "text": site.text,
        "line": site.line,
        "reason": site.reason,
    }
