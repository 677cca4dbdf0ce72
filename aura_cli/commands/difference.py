"""``aura graph diff``: what differs between the graphs of two commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from aura_cli.commands.graph import node_value
from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, say, short
from aura_cli.session import locate, open_aura

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
    """Show the differences between two graphs.

    Files, symbols, edges and unresolved calls: + added, - removed, ~ changed, > moved. Renamed files and moved
    definitions are recognised.
    """
    from aura_core.service.diff_text import difference_lines, difference_summary, difference_totals

    with open_aura() as aura:
        first, last = locate(aura, repo, old), locate(aura, repo, new)
        difference = last.difference_from(first)
    if json:
        ends = {
            name: {"sha": snapshot.sha, "digest": snapshot.digest} for name, snapshot in (("old", first), ("new", last))
        }
        emit(
            {
                "repo": last.repository.id,
                **ends,
                "comparable": difference.comparable,
                "totals": difference_totals(difference),
                **_value(difference),
            }
        )
        return
    for line in difference_lines(difference):
        say(line)
    say(f"{short(first.sha)} to {short(last.sha)}: {difference_summary(difference)}")
    if not difference.comparable:
        note("the two were indexed by different versions of Aura; some differences come from Aura itself")


def _value(diff: GraphDiff) -> dict[str, Any]:
    files: dict[str, Any] = plain(diff.files)
    files["renamed"] = [{"old": r.old, "new": r.new, "same": r.same} for r in diff.files.renamed]
    parts = {
        "nodes": _sides(diff.nodes, node_value),
        "edges": _sides(diff.edges, _edge),
        "unresolved": _sides(diff.unresolved, _site),
    }
    return {"files": files, **parts}


def _sides(sides: Differences[T], value: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    alone = {name: [value(item) for item in getattr(sides, name)] for name in ("added", "removed")}
    both = {
        name: [{"old": value(a), "new": value(b)} for a, b in getattr(sides, name)] for name in ("changed", "moved")
    }
    return {**alone, **both}


def _edge(edge: FileEdge) -> dict[str, Any]:
    resolution = edge.edge.resolution
    ends = {"kind": edge.edge.kind.value, "source": _uid(edge.path, edge.edge.src), "target": edge.edge.dst}
    return {**ends, "how": resolution.value, "confidence": resolution.confidence, "lines": list(edge.edge.lines)}


def _site(site: FileCallSite) -> dict[str, Any]:
    return {
        "source": _uid(site.path, site.site.src),
        "text": site.site.text,
        "reason": site.site.reason,
        "line": site.site.line,
    }


def _uid(path: str, qualname: str) -> str:
    from aura_core.model.graph import uid_of

    return uid_of(path, qualname)
