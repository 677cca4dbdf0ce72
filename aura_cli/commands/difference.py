"""``aura graph diff``: what differs between the graphs of two commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from aura_cli.commands.graph import node_value
from aura_cli.opening import located, opened
from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, say, short

if TYPE_CHECKING:
    from aura_core.model.difference import EdgeAt, GraphDiff, Sides, SiteAt
    from aura_core.model.graph import Node

T = TypeVar("T")

PARTS = ("files", "nodes", "edges", "unresolved")


def diff(
    old: Annotated[str, typer.Argument(metavar="A", help="Commit to begin with: a sha, also abbreviated, a branch or a tag.")],
    new: Annotated[str, typer.Argument(metavar="B", help="Commit to end with.")],
    repo: Repo = "",
    json: Json = False,
) -> None:
    """Show what differs between two graphs.

    Files, symbols, edges and unresolved calls: + added, - removed, ~ changed, > moved. Renamed files and moved definitions are recognised.
    """
    with opened() as aura:
        first, last = located(aura, repo, old), located(aura, repo, new)
        found = aura.diff(first, last)
    if json:
        ends = {name: {"sha": at.sha, "digest": at.digest} for name, at in (("old", first), ("new", last))}
        emit({"repo": last.repository.id, **ends, "comparable": found.comparable, "totals": _totals(found), **_value(found)})
        return
    for line in _lines(found):
        say(line)
    say(f"{short(first.sha)} to {short(last.sha)}: {_summary(found)}")
    if not found.comparable:
        note("the two were indexed by different versions of Aura; some differences are its own")


def _totals(found: GraphDiff) -> dict[str, dict[str, int]]:
    return {part: getattr(found, part).totals() for part in PARTS}


def _value(found: GraphDiff) -> dict[str, Any]:
    files: dict[str, Any] = plain(found.files)
    files["renamed"] = [{"old": r.old, "new": r.new, "same": r.same} for r in found.files.renamed]
    parts = {"nodes": _sides(found.nodes, node_value), "edges": _sides(found.edges, _edge), "unresolved": _sides(found.unresolved, _site)}
    return {"files": files, **parts}


def _sides(sides: Sides[T], value: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    alone = {name: [value(item) for item in getattr(sides, name)] for name in ("added", "removed")}
    both = {name: [{"old": value(a), "new": value(b)} for a, b in getattr(sides, name)] for name in ("changed", "moved")}
    return {**alone, **both}


def _edge(at: EdgeAt) -> dict[str, Any]:
    how = at.edge.resolution
    ends = {"kind": at.edge.kind.value, "source": _uid(at.path, at.edge.src), "target": at.edge.dst}
    return {**ends, "how": how.value, "confidence": how.confidence, "lines": list(at.edge.lines)}


def _site(at: SiteAt) -> dict[str, Any]:
    return {"source": _uid(at.path, at.site.src), "text": at.site.text, "reason": at.site.reason, "line": at.site.line}


def _uid(path: str, qualname: str) -> str:
    from aura_core.model.graph import uid_of

    return uid_of(path, qualname)


def _lines(found: GraphDiff) -> Iterator[str]:
    files = found.files
    yield from (f"+ file {path}" for path in files.added)
    yield from (f"- file {path}" for path in files.removed)
    yield from (f"> file {r.old} → {r.new}{'' if r.same else ' (edited)'}" for r in files.renamed)
    yield from _listed(found.nodes, _node_line)
    yield from _listed(found.edges, _edge_line)
    yield from _listed(found.unresolved, lambda at: f"unresolved {_uid(at.path, at.site.src)}: {at.site.text} (line {at.site.line})")


def _listed(sides: Sides[T], line: Callable[[T], str]) -> Iterator[str]:
    yield from (f"+ {line(item)}" for item in sides.added)
    yield from (f"- {line(item)}" for item in sides.removed)
    yield from (f"~ {line(new)}" for _, new in sides.changed)
    yield from (f"> {line(old)} → {line(new).partition(' ')[2]}" for old, new in sides.moved)


def _node_line(node: Node) -> str:
    return f"{node.kind} {node.uid}:{node.start_line}-{node.end_line}"


def _edge_line(at: EdgeAt) -> str:
    return f"{at.edge.kind} {_uid(at.path, at.edge.src)} → {at.edge.dst} (line {', '.join(map(str, at.edge.lines))})"


def _summary(found: GraphDiff) -> str:
    parts = {part: {what: number for what, number in counts.items() if number} for part, counts in _totals(found).items()}
    words = [f"{part} {', '.join(f'{number} {what}' for what, number in counts.items())}" for part, counts in parts.items() if counts]
    return "; ".join(words) or "the graphs are equal"
