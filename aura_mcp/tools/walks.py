"""The tools that follow edges: one edge away, all around, from one symbol to another."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.types import CallToolResult
from pydantic import Field

from aura_core.graphs import DEFAULT_KINDS, shortest_route, steps_around
from aura_core.graphs import expand as expand_graph
from aura_core.model.graph import EdgeKind
from aura_core.model.walks import CutOff, Direction, Step
from aura_core.model.words import plural
from aura_core.ports.graph import GraphReader, Neighbour, split_by_confidence
from aura_core.service import Snapshot
from aura_core.service.symbols import choose_symbol, find_end
from aura_mcp.answers import Answer, about, line_list
from aura_mcp.structured import ExpandData, NeighboursData, PathData, end_of, span_of
from aura_mcp.tool_context import Call, ask_snapshot
from aura_mcp.tools.parameters import Budget, Kinds, Limit, MinConfidence, Repo, Roots, Sha, Steps, Symbol, Way


async def neighbours(
    ctx: Call,
    symbol: Symbol,
    roots: Roots,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    min_confidence: MinConfidence = 0,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, NeighboursData]:
    """What is one edge away from a symbol: calls, imports, bases, what contains it, in one direction or both."""

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        uid, _ = find_end(reader, symbol)
        steps = steps_around(reader, kind or tuple(EdgeKind), direction)(uid)
        confident, below = split_by_confidence(steps, min_confidence, lambda pair: pair[1].confidence)
        head = f"{plural(len(confident), 'edge')} of {uid}:" if confident else f"{uid} has no such edge."
        tail = [f"{below} below the minimum confidence."] if below else []
        lines = [head, *(_step_line(step) for step, _ in confident), *tail]
        data = {
            "uid": uid,
            "neighbours_total": len(confident),
            "below_minimum": below,
            "neighbours": [{**end_of(other), "direction": step.direction.value} for step, other in confident],
        }
        return Answer(lines, data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def expand(
    ctx: Call,
    symbol: Symbol,
    roots: Roots,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    max_steps: Steps = 8,
    min_weight: Annotated[float, Field(description="Stop below this product of weights.", ge=0.001, le=1)] = 0.1,
    min_confidence: MinConfidence = 0,
    limit: Limit = 50,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, ExpandData]:
    """What lies around a symbol, the nearest first: edges weigh CALLS .9, IMPORTS .6, EXTENDS 1, multiplied along
    the way.
    """

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        start, others = choose_symbol(reader, symbol)
        steps = steps_around(reader, kind or DEFAULT_KINDS, direction, min_confidence)
        expansion = expand_graph(steps, start.uid, max_steps=max_steps, limit=limit, min_weight=min_weight)
        nodes = [f"- {r.weight:.2f} {r.node.uid} by {' '.join(map(_arrow, r.path))}" for r in expansion.reached]
        more_line = [] if expansion.cut_off is CutOff.NO else ["There is more than this around it."]
        data = {
            "reached_total": len(nodes),
            "cut_off": expansion.cut_off.value,
            "reached": [{**span_of(r.node), "weight": r.weight} for r in expansion.reached],
        }
        return about(start, others, [f"{len(nodes)} around {start.uid}:", *nodes, *more_line], data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def path(
    ctx: Call,
    start: Symbol,
    end: Symbol,
    roots: Roots,
    kind: Kinds = None,
    direction: Way = Direction.OUT,
    max_steps: Steps = 8,
    min_confidence: MinConfidence = 0,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, PathData]:
    """The shortest way from one symbol to another (also `external:…`), or that there is none within the steps."""

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        (first, _), (last, _) = find_end(reader, start), find_end(reader, end)
        steps = steps_around(reader, kind or DEFAULT_KINDS, direction, min_confidence)
        route = shortest_route(steps, first, last, max_steps=max_steps)
        lines = [f"From {first} to {last}: {route.words}", *map(_step_line, route.steps)]
        data = {
            "outcome": route.outcome.value,
            "steps_total": len(route.steps),
            "steps": [_step_data(reader, step) for step in route.steps],
            "looked_at": route.looked_at,
        }
        return Answer(lines, data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


def _arrow(step: Step) -> str:
    return f"{'→' if step.direction is Direction.OUT else '←'}{step.kind}"


def _step_line(step: Step) -> str:
    resolution = f"{step.resolution}, {step.resolution.confidence:.2f}"
    return f"- {_arrow(step)} {step.uid} ({resolution}; {line_list(step.lines)})"


def _step_data(reader: GraphReader, step: Step) -> dict[str, Any]:
    neighbour = Neighbour(step.uid, reader.node(step.uid), step.kind, step.resolution, step.lines)
    return {**end_of(neighbour), "direction": step.direction.value}
