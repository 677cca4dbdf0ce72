"""What differs between two graphs, in words: the lines that the command and the agents' tool show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from aura_core.model.difference import Differences, FileEdge, GraphDiff
from aura_core.model.graph import Node, uid_of

T = TypeVar("T")
PARTS = ("files", "nodes", "edges", "unresolved")


def difference_lines(found: GraphDiff) -> Iterator[str]:
    """A line for everything: ``+`` added, ``-`` removed, ``~`` changed, ``>`` moved."""
    files = found.files
    yield from (f"+ file {path}" for path in files.added)
    yield from (f"- file {path}" for path in files.removed)
    yield from (f"> file {r.old} → {r.new}{'' if r.same else ' (edited)'}" for r in files.renamed)
    yield from _listed(found.nodes, _node_line)
    yield from _listed(found.edges, _edge_line)
    yield from _listed(
        found.unresolved, lambda at: f"unresolved {uid_of(at.path, at.site.src)}: {at.site.text} (line {at.site.line})"
    )


def difference_totals(found: GraphDiff) -> dict[str, dict[str, int]]:
    """How many there are of each part and kind of difference."""
    return {part: getattr(found, part).totals() for part in PARTS}


def difference_summary(found: GraphDiff) -> str:
    """One line of totals."""
    parts = {
        part: {what: number for what, number in counts.items() if number}
        for part, counts in difference_totals(found).items()
    }
    words = [
        f"{part} {', '.join(f'{number} {what}' for what, number in counts.items())}"
        for part, counts in parts.items()
        if counts
    ]
    return "; ".join(words) or "the graphs are equal"


def _listed(sides: Differences[T], line: Callable[[T], str]) -> Iterator[str]:
    yield from (f"+ {line(item)}" for item in sides.added)
    yield from (f"- {line(item)}" for item in sides.removed)
    yield from (f"~ {line(new)}" for _, new in sides.changed)
    yield from (f"> {line(old)} → {line(new).partition(' ')[2]}" for old, new in sides.moved)


def _node_line(node: Node) -> str:
    return f"{node.kind} {node.uid}:{node.start_line}-{node.end_line}"


def _edge_line(at: FileEdge) -> str:
    return f"{at.edge.kind} {uid_of(at.path, at.edge.src)} → {at.edge.dst} (line {', '.join(map(str, at.edge.lines))})"
