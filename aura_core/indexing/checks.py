"""What must hold of a graph before anybody may read it."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.indexing.views import ensure_view
from aura_core.model.graph import NodeKind
from aura_core.ports.stores import Stores
from aura_core.views import View

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
    files = found[1]["code_files"] if found is not None else 0
    return [_ends(view), _counts(view, files), _smoke(view)]


def _ends(view: View) -> Finding:
    loose = view.dangling()
    return Finding("edge_ends_exist", not loose, f"{len(loose)} edges end nowhere: {', '.join(loose[:3])}" if loose else "every edge's ends exist")


def _counts(view: View, files: int) -> Finding:
    nodes = sum(view.counts().get(kind, 0) for kind in CODE)
    return Finding("counts_not_zero", nodes >= files, f"{nodes} code nodes for {files} code files")


def _smoke(view: View) -> Finding:
    """The first definition of the snapshot is found again by its own name."""
    node = next((n for n in view.nodes() if n.kind in CODE and n.qualname), None)
    if node is None:
        return Finding("answers_smoke_question", True, "there is no definition to ask for")
    hit = node.uid in {n.uid for n in view.find(node.uid)}
    return Finding("answers_smoke_question", hit, f"{node.uid} is {'found' if hit else 'not found'} by name")
