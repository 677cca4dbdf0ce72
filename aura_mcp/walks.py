"""The tools that look around in the graph: by glob, by file, by edges, by ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ListRootsResult
from pydantic import Field

from aura_core.graphs import DEFAULT_KINDS, MAX_STEPS, expand, shortest_route, steps_around
from aura_core.model.graph import EdgeKind, Node
from aura_core.model.walks import CutOff, Direction, Step
from aura_core.ports.graph import GraphReader, split_by_confidence
from aura_core.service import Aura
from aura_core.service.symbols import find_end, find_symbol, nodes_of
from aura_mcp import answers
from aura_mcp.history import History
from aura_mcp.tool_context import Budget, MinConfidence, Name, Repo, Roots, Sha

Found = tuple[Sequence[str], dict[str, Any]]
"""Lines of an answer, and the data beside it."""

Kinds = Annotated[list[EdgeKind] | None, Field(description="Only edges of these kinds.", max_length=8)]
Way = Annotated[Direction, Field(description="out: what the symbol uses, in: what uses it, both.")]
Steps = Annotated[int, Field(description="At most this many edges from the start.", ge=1, le=MAX_STEPS)]
Limit = Annotated[int, Field(description="At most this many.", ge=1, le=1_000)]


class Walks(History):
    """Tools over one desk."""

    async def neighbours(
        self,
        ctx: Context,
        name: Name,
        roots: Roots,
        kinds: Kinds = None,
        direction: Way = Direction.BOTH,
        min_confidence: MinConfidence = 0,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """What is one edge away from a symbol: calls, imports, bases, what contains it, in one direction or both."""

        def around(reader: GraphReader) -> Found:
            uid, _ = find_end(reader, name)
            every = steps_around(reader, kinds or tuple(EdgeKind), direction)(uid)
            kept, below = split_by_confidence(every, min_confidence, lambda pair: pair[1].confidence)
            head = (
                [f"{len(kept)} edge{'' if len(kept) == 1 else 's'} of {uid}:"] if kept else [f"{uid} has no such edge."]
            )
            tail = [f"{below} below the minimum confidence."] if below else []
            return [*head, *(_line(step) for step, _ in kept), *tail], {
                "uid": uid,
                "neighbours": len(kept),
                "below_minimum": below,
            }

        return await self._ask(ctx, repo, sha, roots, max_tokens, around)

    async def expand(
        self,
        ctx: Context,
        name: Name,
        roots: Roots,
        kinds: Kinds = None,
        direction: Way = Direction.BOTH,
        max_steps: Steps = 8,
        min_weight: Annotated[float, Field(description="Stop below this product of weights.", ge=0.001, le=1)] = 0.1,
        min_confidence: MinConfidence = 0,
        limit: Limit = 50,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """What lies around a symbol, the nearest first: edges weigh CALLS .9, IMPORTS .6, EXTENDS 1, multiplied along
        the way.
        """

        def around(reader: GraphReader) -> Found:
            found = find_symbol(reader, name)
            steps = steps_around(reader, kinds or DEFAULT_KINDS, direction, min_confidence)
            made = expand(steps, found.uid, max_steps=max_steps, limit=limit, min_weight=min_weight)
            lines = [f"- {r.weight:.2f} {r.node.uid} by {' '.join(map(_edge, r.path))}" for r in made.reached]
            more = [] if made.cut_off is CutOff.NO else ["There is more than this around it."]
            return [f"{len(lines)} around {found.uid}:", *lines, *more], {
                "uid": found.uid,
                "reached": len(lines),
                "cut_off": made.cut_off.value,
            }

        return await self._ask(ctx, repo, sha, roots, max_tokens, around)

    async def path(
        self,
        ctx: Context,
        start: Name,
        end: Name,
        roots: Roots,
        kinds: Kinds = None,
        direction: Way = Direction.OUT,
        max_steps: Steps = 8,
        min_confidence: MinConfidence = 0,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """The shortest way from one symbol to another (also `external:…`), or that there is none within the steps."""

        def way(reader: GraphReader) -> Found:
            (first, _), (last, _) = find_end(reader, start), find_end(reader, end)
            steps = steps_around(reader, kinds or DEFAULT_KINDS, direction, min_confidence)
            found = shortest_route(steps, first, last, max_steps=max_steps)
            lines = [f"From {first} to {last}: {found.words}", *map(_line, found.steps)]
            return lines, {"outcome": found.outcome.value, "steps": len(found.steps), "looked_at": found.looked_at}

        return await self._ask(ctx, repo, sha, roots, max_tokens, way)

    async def find(
        self,
        ctx: Context,
        pattern: Annotated[
            str, Field(description="A uid, dotted or qualified name with * and ?.", min_length=1, max_length=2_000)
        ],
        roots: Roots,
        limit: Limit = 50,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """Symbols whose name fits a glob, exact matches first."""

        def found(reader: GraphReader) -> Found:
            nodes = reader.find(pattern, limit + 1)
            more = len(nodes) > limit
            lines = [_where(n) for n in nodes[:limit]] or ["Nothing fits. Try `*` on both sides."]
            return [*lines, *(["There are more."] if more else [])], {"nodes": min(len(nodes), limit), "more": more}

        return await self._ask(ctx, repo, sha, roots, max_tokens, found)

    async def file(
        self,
        ctx: Context,
        path: Annotated[str, Field(description="Path of a file in the tree.", min_length=1, max_length=4_096)],
        roots: Roots,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """What a file defines, in order: its outline."""

        def defined(reader: GraphReader) -> Found:
            nodes = nodes_of(reader, path)
            return [_where(n) for n in nodes], {"nodes": len(nodes)}

        return await self._ask(ctx, repo, sha, roots, max_tokens, defined)

    async def _ask(
        self,
        ctx: Context,
        repo: str,
        sha: str,
        roots: ListRootsResult | None,
        max_tokens: int,
        question: Callable[[GraphReader], Found],
    ) -> CallToolResult:
        def asked(aura: Aura, repository: str) -> CallToolResult:
            count = answers.counting()
            snapshot = aura.at(repository, sha)
            lines, data = question(snapshot.graph())
            text = answers.fit(lines, answers.text_budget(max_tokens), count, "lines")
            return answers.result(text, {**answers.place(repository, snapshot.sha), **data}, max_tokens, count)

        return await self.desk.ask(ctx, repo, sha, roots, asked)


def _edge(step: Step) -> str:
    return f"{'→' if step.direction is Direction.OUT else '←'}{step.kind}"


def _line(step: Step) -> str:
    lines = ", ".join(map(str, step.lines))
    return f"- {_edge(step)} {step.uid} ({step.resolution}, {step.resolution.confidence:.2f}; line{'' if len(step.lines) == 1 else 's'} {lines})"


def _where(node: Node) -> str:
    return f"{node.path}:{node.start_line}-{node.end_line} {node.kind} {node.qualname or node.path}{f'  {node.signature}' if node.signature else ''}"
