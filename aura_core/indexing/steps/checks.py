"""What must hold of a graph before anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aura_core.indexing.steps.views import ensure_view
from aura_core.model.graph import EdgeKind, Node, NodeKind
from aura_core.ports.stores import Stores
from aura_core.views import View
from aura_core.views.segments.reader import Segment

CODE = (NodeKind.MODULE, NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one snapshot and what it found."""

    name: str
    passed: bool
    message: str


def check(stores: Stores, repo: str, sha: str) -> list[Finding]:
    """Every edge's ends exist; there are nodes where there is code; a question about a known symbol finds it."""
    view = ensure_view(stores, repo, sha)
    found = stores.snapshots.artifact(repo, f"counts:{sha}")
    return [_ends(view), _counts(view, found[1] if found is not None else {}), _smoke(view)]


def _ends(view: View) -> Finding:
    loose = view.dangling()
    return Finding(
        "edge_ends_exist",
        not loose,
        f"{len(loose)} edges end nowhere: {', '.join(loose[:3])}" if loose else "every edge's ends exist",
    )


def _counts(view: View, linked: Mapping[str, int]) -> Finding:
    """Code has nodes, and the view, however it was made, has as much as the linker said."""
    counts = view.counts()
    nodes = sum(counts.get(kind, 0) for kind in CODE)
    files = linked.get("code_files", 0)
    held = {
        "nodes": sum(counts[kind] for kind in NodeKind),
        "edges": sum(counts[kind] for kind in EdgeKind),
        "unresolved": counts["unresolved"],
    }
    wrong = [
        f"{held[name]} {name} instead of {linked[name]}" for name in held if linked.get(name, held[name]) != held[name]
    ]
    return Finding(
        "counts_not_zero",
        nodes >= files and not wrong,
        "; ".join(wrong) or f"{nodes} code nodes for {files} code files",
    )


def _smoke(view: View) -> Finding:
    """A definition is found again by its own name: the first of each segment that has one, so that what an advance
    added is asked for too.
    """
    asked = [node for segment in view.segments if (node := _first_definition(view, segment)) is not None]
    if not asked:
        return Finding("answers_smoke_question", True, "there is no definition to ask for")
    lost = [node.uid for node in asked if node.uid not in {n.uid for n in view.find(node.uid)}]
    return Finding(
        "answers_smoke_question",
        not lost,
        f"{', '.join(lost or [node.uid for node in asked])} {'not ' if lost else ''}found by name",
    )


def _first_definition(view: View, segment: Segment) -> Node | None:
    live, first = view.segments.live_files, segment.first_file
    files = (file for file in range(first, first + segment.file_count) if live[file])
    rows = (row for file in files for row in view.symbols.rows_in(file))
    return next((node for row in rows if (node := view.symbols.node(row)).kind in CODE and node.qualname), None)
