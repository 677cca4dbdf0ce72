"""A difference between two graphs as text: the lines that the command and the agents' tool show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from aura_core.model.difference import Differences, FileCallSite, FileEdge, GraphDiff
from aura_core.model.graph import Node, uid_of

T = TypeVar("T")
PARTS = ("files", "nodes", "edges", "unresolved")


def difference_lines(difference: GraphDiff) -> Iterator[str]:
    """Yield a line for everything that differs: ``+`` added, ``-`` removed, ``~`` changed, ``>`` moved."""
    files = difference.files
    yield from (f"+ file {path}" for path in files.added)
    yield from (f"- file {path}" for path in files.removed)
    yield from (f"> file {r.old} → {r.new}{'' if r.same else ' (edited)'}" for r in files.renamed)
    yield from _side_lines(difference.nodes, _node_line)
    yield from _side_lines(difference.edges, _edge_line)
    yield from _side_lines(difference.unresolved, _site_line)


def difference_totals(difference: GraphDiff) -> dict[str, dict[str, int]]:
    """Return how many there are of each part and kind of difference."""
    return {part: getattr(difference, part).totals() for part in PARTS}


def difference_summary(difference: GraphDiff) -> str:
    """Return the totals in one line; parts and kinds that are 0 are left out."""
    parts = []
    for part, counts in difference_totals(difference).items():
        if words := ", ".join(f"{number} {kind}" for kind, number in counts.items() if number):
            parts.append(f"{part} {words}")
    return "; ".join(parts) or "the graphs are equal"


def _side_lines(sides: Differences[T], line: Callable[[T], str]) -> Iterator[str]:
    yield from (f"+ {line(item)}" for item in sides.added)
    yield from (f"- {line(item)}" for item in sides.removed)
    yield from (f"~ {line(new)}" for _, new in sides.changed)
    # Both lines begin with the kind; it is said once.
    yield from (f"> {line(old)} → {line(new).partition(' ')[2]}" for old, new in sides.moved)


def _node_line(node: Node) -> str:
    return f"{node.kind} {node.uid}:{node.start_line}-{node.end_line}"


def _edge_line(item: FileEdge) -> str:
    edge = item.edge
    return f"{edge.kind} {uid_of(item.path, edge.src)} → {edge.dst} (line {', '.join(map(str, edge.lines))})"


def _site_line(item: FileCallSite) -> str:
    return f"unresolved {uid_of(item.path, item.site.src)}: {item.site.text} (line {item.site.line})"
