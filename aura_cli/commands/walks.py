"""``aura graph find | file | at | neighbours | expand | path``: names, places and paths in one snapshot's graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.commands.graph import (
    MinConfidence,
    Symbol,
    edge_counts,
    neighbour_value,
    node_value,
    open_graph,
    open_symbol,
    place,
    say_others,
)
from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, fields, note, say, table
from aura_core.errors import InvalidRequest
from aura_core.model.graph import EdgeKind
from aura_core.model.walks import Direction

if TYPE_CHECKING:
    from aura_core.model.walks import Step

Kinds = Annotated[
    list[EdgeKind] | None, typer.Option("--kind", help="Only edges of this kind; may be repeated.", show_default=False)
]
Way = Annotated[Direction, typer.Option("--direction", help="out: what the symbol uses, in: what uses it.")]
Steps = Annotated[
    int, typer.Option("--max-steps", min=1, max=32, metavar="N", help="At most this many edges from the start.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1_000, metavar="N", help="At most this many.")]
_PLACE = re.compile(r"(.+):([1-9]\d{0,7})\Z", re.DOTALL)


def find(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="Uid, dotted or qualified name with `*` and `?`.")],
    limit: Limit = 100,
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """Find symbols by glob.

    Exact matches first, then by uid.
    """
    if not pattern.strip():
        raise InvalidRequest("The pattern is empty.", remedy="Give a name, or a part of one with *: `*price*`.")
    with open_graph(repo, sha) as (head, reader):
        nodes = reader.find(pattern, limit + 1)
    _nodes(head, nodes[:limit], json=json, more=len(nodes) > limit)


def file(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Path of a file in the tree.")],
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """List the definitions of a file.

    In order of position, the file itself first.
    """
    from aura_core.service.symbols import nodes_of

    with open_graph(repo, sha) as (head, reader):
        nodes = nodes_of(reader, path)
    _nodes(head, nodes, json=json, more=False)


def at(
    where: Annotated[str, typer.Argument(metavar="PATH:LINE", help="A file in the tree and a line, from 1.")],
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """Show the symbol at a line.

    The innermost symbol that contains the line.
    """
    from aura_core.service.symbols import node_at

    parts = _PLACE.match(where)
    if parts is None:
        raise InvalidRequest(
            f"{where!r} is not a place.", remedy="Give a path and a line: shop/cart.py:20.", field="where"
        )
    with open_graph(repo, sha) as (head, reader):
        symbol_node = node_at(reader, parts[1].removeprefix("./"), int(parts[2]))
    if json:
        emit({**head, "node": node_value(symbol_node)})
    else:
        fields(place(symbol_node))


def neighbours(
    symbol: Symbol,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    min_confidence: MinConfidence = 0,
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """Show the symbols one edge away.

    By kind and direction; `external:…` names something outside the repository.
    """
    from aura_core.graphs import steps_around
    from aura_core.ports.graph import split_by_confidence
    from aura_core.service.symbols import find_end

    with open_graph(repo, sha) as (head, reader):
        uid, symbol_node = find_end(reader, symbol)
        every = steps_around(reader, kind or tuple(EdgeKind), direction)(uid)
    edges, below = split_by_confidence(every, min_confidence, lambda pair: pair[1].confidence)
    if json:
        rows = [{"direction": step.direction.value, **neighbour_value(n)} for step, n in edges]
        node = node_value(symbol_node) if symbol_node is not None else None
        emit({**head, "uid": uid, "node": node, "neighbours": rows, "below_minimum": below})
        return
    if edges:
        headers = ("", "KIND", "SYMBOL", "LINES", "HOW", "CONFIDENCE")
        table(headers, [(_arrow(s), s.kind, s.uid, _lines(s), s.resolution, f"{n.confidence:.2f}") for s, n in edges])
    say(edge_counts(edges, below))


def expand_symbol(
    symbol: Symbol,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    max_steps: Steps = 8,
    min_weight: Annotated[
        float, typer.Option("--min-weight", min=0.001, max=1, metavar="W", help="Stop below this product of weights.")
    ] = 0.1,
    min_confidence: MinConfidence = 0,
    limit: Limit = 100,
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """Show the symbols around a symbol.

    The heaviest first. The weight of a path is the product of its edges: CALLS .9, IMPORTS .6, EXTENDS 1.
    """
    from aura_core.graphs import DEFAULT_KINDS, expand, steps_around

    with open_symbol(symbol, repo, sha) as (head, reader, symbol_node, others):
        steps = steps_around(reader, kind or DEFAULT_KINDS, direction, min_confidence)
        expansion = expand(steps, symbol_node.uid, max_steps=max_steps, limit=limit, min_weight=min_weight)
    if json:
        rows = [
            {"node": node_value(r.node), "weight": r.weight, "path": [_step(s) for s in r.path]}
            for r in expansion.reached
        ]
        emit({**head, "reached": rows, "cut_off": expansion.cut_off.value})
        return
    if expansion.reached:
        table(
            ("WEIGHT", "SYMBOL", "BY"),
            [
                (f"{r.weight:.3f}", r.node.uid, " ".join(f"{_arrow(s)}{s.kind}" for s in r.path))
                for r in expansion.reached
            ],
        )
    say(f"{len(expansion.reached)} found")
    say_others(symbol_node, others)
    if expansion.cut_off:
        note(
            "there are more; --limit shows them"
            if expansion.cut_off == "limit"
            else "there are more: the search met too many edges"
        )


def path(
    start: Annotated[str, typer.Argument(metavar="FROM", help="Symbol to start from.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="Symbol to end at, or external:….")],
    kind: Kinds = None,
    direction: Way = Direction.OUT,
    max_steps: Steps = 8,
    min_confidence: MinConfidence = 0,
    repo: Repo = "",
    sha: Sha = "",
    json: Json = False,
) -> None:
    """Show the shortest path between two symbols.

    The answer tells when there is none within the steps, and when the search was cut off before that was known.
    """
    from aura_core.graphs import DEFAULT_KINDS, shortest_route, steps_around
    from aura_core.service.symbols import find_end

    with open_graph(repo, sha) as (head, reader):
        (first, _), (last, _) = find_end(reader, start), find_end(reader, end)
        steps = steps_around(reader, kind or DEFAULT_KINDS, direction, min_confidence)
        route = shortest_route(steps, first, last, max_steps=max_steps)
    if json:
        outcome = {
            "outcome": route.outcome.value,
            "words": route.words,
            "max_steps": route.max_steps,
            "looked_at": route.looked_at,
        }
        emit({**head, "from": first, "to": last, **outcome, "steps": [_step(s) for s in route.steps]})
        return
    for step in route.steps:
        say(f"{_arrow(step)} {step.kind} {step.uid}  line {_lines(step)}")
    say(route.words)


def _nodes(head: dict[str, Any], nodes: Any, *, json: bool, more: bool) -> None:
    if json:
        emit({**head, "nodes": [node_value(n) for n in nodes], "more": more})
        return
    if nodes:
        table(("SYMBOL", "KIND", "LINES"), [(n.uid, n.kind, f"{n.start_line}-{n.end_line}") for n in nodes])
    say(f"{len(nodes)} found")
    if more:
        note("there are more; --limit shows them")


def _step(step: Step) -> dict[str, Any]:
    resolution = {"how": step.resolution.value, "confidence": step.resolution.confidence, "lines": list(step.lines)}
    return {"uid": step.uid, "kind": step.kind.value, "direction": step.direction.value, **resolution}


def _arrow(step: Step) -> str:
    return "→" if step.direction is Direction.OUT else "←"


def _lines(step: Step) -> str:
    return ", ".join(map(str, step.lines))
