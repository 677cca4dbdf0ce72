"""``aura graph diff``: what differs between the graphs of two commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from aura_cli.commands.graph import node_value
from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, say, short
from aura_cli.session import located, opened

if TYPE_CHECKING:
    from aura_core.model.difference import Differences, FileCallSite, FileEdge, GraphDiff

T = TypeVar("T")


def diff(
    old: Annotated[
        str, typer.Argument(metavar="A", help="Commit to begin with: a sha, also abbreviated, a branch or a tag.")
    ],
    new: Annotated[str, typer.Argument(metavar="B", help="Commit to end with.")],
    repo: Repo = "",
    json: Json = False,
) -> None:
    """Show what differs between two graphs.

    Files, symbols, edges and unresolved calls: + added, - removed, ~ changed, > moved. Renamed files and moved
    definitions are recognised.
    """
    from aura_core.service.diff_text import difference_lines, difference_summary, difference_totals

    with opened() as aura:
        first, last = located(aura, repo, old), located(aura, repo, new)
        found = last.difference_from(first)
    if json:
        ends = {name: {"sha": at.sha, "digest": at.digest} for name, at in (("old", first), ("new", last))}
        emit(
            {
                "repo": last.repository.id,
                **ends,
                "comparable": found.comparable,
                "totals": difference_totals(found),
                **_value(found),
            }
        )
        return
    for line in difference_lines(found):
        say(line)
    say(f"{short(first.sha)} to {short(last.sha)}: {difference_summary(found)}")
    if not found.comparable:
        note("the two were indexed by different versions of Aura; some differences are its own")


def _value(found: GraphDiff) -> dict[str, Any]:
    files: dict[str, Any] = plain(found.files)
    files["renamed"] = [{"old": r.old, "new": r.new, "same": r.same} for r in found.files.renamed]
    parts = {
        "nodes": _sides(found.nodes, node_value),
        "edges": _sides(found.edges, _edge),
        "unresolved": _sides(found.unresolved, _site),
    }
    return {"files": files, **parts}


def _sides(sides: Differences[T], value: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    alone = {name: [value(item) for item in getattr(sides, name)] for name in ("added", "removed")}
    both = {
        name: [{"old": value(a), "new": value(b)} for a, b in getattr(sides, name)] for name in ("changed", "moved")
    }
    return {**alone, **both}


def _edge(at: FileEdge) -> dict[str, Any]:
    how = at.edge.resolution
    ends = {"kind": at.edge.kind.value, "source": _uid(at.path, at.edge.src), "target": at.edge.dst}
    return {**ends, "how": how.value, "confidence": how.confidence, "lines": list(at.edge.lines)}


def _site(at: FileCallSite) -> dict[str, Any]:
    return {"source": _uid(at.path, at.site.src), "text": at.site.text, "reason": at.site.reason, "line": at.site.line}


def _uid(path: str, qualname: str) -> str:
    from aura_core.model.graph import uid_of

    return uid_of(path, qualname)
