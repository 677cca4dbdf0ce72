"""Checks a snapshot's graph before anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aura_core.indexing.steps.report import Finding
from aura_core.indexing.steps.views import ensure_view
from aura_core.model.graph import EdgeKind, Node, NodeKind
from aura_core.model.words import plural
from aura_core.ports.stores import Stores
from aura_core.views import View
from aura_core.views.segments.reader import Segment

EDGE_ENDS, COUNTS, SMOKE_QUESTION = "edge_ends_exist", "counts_not_zero", "answers_smoke_question"

CHECKS: Final[Mapping[str, str]] = {
    EDGE_ENDS: "Both ends of every edge are nodes of the snapshot.",
    COUNTS: "The snapshot has nodes where there is code, and as many nodes and edges as were linked.",
    SMOKE_QUESTION: "A search for the name of a known symbol finds that symbol.",
}
"""What each check asserts, by its name."""

CODE = (NodeKind.MODULE, NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)


def check(stores: Stores, repo: str, sha: str) -> list[Finding]:
    """Return the findings of all ``CHECKS`` of one snapshot, in their order."""
    view = ensure_view(stores, repo, sha)
    match stores.snapshots.artifact(repo, f"counts:{sha}"):
        case (_, counts):
            linked_counts = counts
        case _:
            linked_counts = {}
    findings = (_check_ends(view), _check_counts(view, linked_counts), _check_search(view))
    return [replace(finding, sha=sha) for finding in findings]


def _check_ends(view: View) -> Finding:
    loose = view.dangling()
    message = (
        f"{plural(len(loose), 'edge')} without a target: {', '.join(loose[:3])}" if loose else "every edge's ends exist"
    )
    return Finding(EDGE_ENDS, not loose, message)


def _check_counts(view: View, linked_counts: Mapping[str, int]) -> Finding:
    """Check that code has nodes, and that the view, however it was made, has as much as the linker counted."""
    counts = view.counts()
    node_count = sum(counts.get(kind, 0) for kind in CODE)
    code_files = linked_counts.get("code_files", 0)
    view_counts = {
        "nodes": sum(counts[kind] for kind in NodeKind),
        "edges": sum(counts[kind] for kind in EdgeKind),
        "unresolved": counts["unresolved"],
    }
    differences = [
        f"{count} {name} instead of {linked_counts[name]}"
        for name, count in view_counts.items()
        if linked_counts.get(name, count) != count
    ]
    message = "; ".join(differences) or f"{node_count} code nodes for {code_files} code files"
    return Finding(COUNTS, node_count >= code_files and not differences, message)


def _check_search(view: View) -> Finding:
    """Check that definitions are found by their own names: the first one of each segment, so that a segment that was
    added by an advance is searched too.
    """
    nodes = [node for segment in view.segments if (node := _first_definition(view, segment)) is not None]
    if not nodes:
        return Finding(SMOKE_QUESTION, True, "there is no definition to ask for")
    lost = [node.uid for node in nodes if node.uid not in {match.uid for match in view.find(node.uid)}]
    uids = ", ".join(lost or [node.uid for node in nodes])
    return Finding(SMOKE_QUESTION, not lost, f"{uids} {'not ' if lost else ''}found by name")


def _first_definition(view: View, segment: Segment) -> Node | None:
    live, first = view.segments.live_files, segment.first_file
    files = (file for file in range(first, first + segment.file_count) if live[file])
    rows = (row for file in files for row in view.symbols.rows_in(file))
    return next((node for row in rows if (node := view.symbols.node(row)).kind in CODE and node.qualname), None)
