"""The tools that list and show symbols: one symbol, who calls it, a glob, a file."""

from __future__ import annotations

from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from aura_core.model.graph import EdgeKind, Node
from aura_core.ports.graph import split_callers
from aura_core.service import Snapshot
from aura_core.service.symbols import choose_symbol, nodes_of
from aura_mcp import answers
from aura_mcp.answers import Answer
from aura_mcp.tool_context import Call, ask_snapshot
from aura_mcp.tools.parameters import Budget, Limit, MinConfidence, Name, Repo, Roots, Sha


async def symbol(
    ctx: Call, name: Name, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = ""
) -> CallToolResult:
    """One symbol, file or section: where it is, what it contains and calls, and its source."""

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        node, others = choose_symbol(reader, name)
        calls = reader.neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
        contents = [inner.uid for inner in reader.neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)]
        lines = answers.symbol_lines(node, snapshot.source_lines(node), calls, contents)
        return Answer([*answers.other_lines(node, others), *lines], {"uid": node.uid})

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def callers(
    ctx: Call,
    name: Name,
    roots: Roots,
    min_confidence: MinConfidence = 0,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> CallToolResult:
    """Who calls a symbol, how each call was resolved, who hands it to other code, and the unresolved calls of its name,
    which could be calls of it too.
    """

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        node, others = choose_symbol(reader, name)
        callers, below = split_callers(reader.callers(node.uid), min_confidence)
        counts = {
            "callers": len(callers.neighbours),
            "references": len(callers.references),
            "below_minimum": below,
            "could_be": len(callers.could_be),
        }
        lines = answers.caller_lines(node, callers, below)
        return Answer([*answers.other_lines(node, others), *lines], {"uid": node.uid, **counts})

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def find(
    ctx: Call,
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

    def question(snapshot: Snapshot) -> Answer:
        nodes = snapshot.graph().find(pattern, limit + 1)
        has_more = len(nodes) > limit
        lines = [_node_line(node) for node in nodes[:limit]] or ["Nothing fits. Try `*` on both sides."]
        more_line = ["There are more."] if has_more else []
        return Answer([*lines, *more_line], {"nodes": min(len(nodes), limit), "more": has_more})

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def file(
    ctx: Call,
    path: Annotated[str, Field(description="Path of a file in the tree.", min_length=1, max_length=4_096)],
    roots: Roots,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> CallToolResult:
    """What a file defines, in order: its outline."""

    def question(snapshot: Snapshot) -> Answer:
        nodes = nodes_of(snapshot.graph(), path)
        return Answer([_node_line(node) for node in nodes], {"nodes": len(nodes)})

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


def _node_line(node: Node) -> str:
    place = f"{node.path}:{node.start_line}-{node.end_line}"
    signature = f"  {node.signature}" if node.signature else ""
    return f"{place} {node.kind} {node.qualname or node.path}{signature}"
