"""The tools that list and show symbols: one symbol, who calls it, what it calls, a glob, a file."""

from __future__ import annotations

from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from aura_core.model.graph import EdgeKind, Node
from aura_core.ports.graph import split_callers, split_confident
from aura_core.service import Snapshot
from aura_core.service.symbols import choose_symbol, nodes_of
from aura_mcp import answers
from aura_mcp.answers import Answer
from aura_mcp.structured import CalleesData, CallersData, NodesData, SymbolData, end_of, site_of, span_of
from aura_mcp.tool_context import Call, ask_snapshot
from aura_mcp.tools.parameters import Budget, Limit, MinConfidence, Repo, Roots, Sha, Symbol


async def symbol(
    ctx: Call, symbol: Symbol, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = ""
) -> Annotated[CallToolResult, SymbolData]:
    """One symbol, file or section: where it is, what it contains and calls, and its source."""

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        node, others = choose_symbol(reader, symbol)
        calls = reader.neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
        contents = [inner.uid for inner in reader.neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)]
        lines = answers.symbol_lines(node, snapshot.source_lines(node), calls, contents)
        data = {
            "symbol": span_of(node),
            "others": list(others),
            "contains": contents,
            "calls": [neighbour.uid for neighbour in calls],
        }
        return Answer([*answers.other_lines(node, others), *lines], data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def callers(
    ctx: Call,
    symbol: Symbol,
    roots: Roots,
    min_confidence: MinConfidence = 0,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, CallersData]:
    """Who calls a symbol, how each call was resolved, who hands it to other code, and the unresolved calls of its name,
    which could be calls of it too.
    """

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        node, others = choose_symbol(reader, symbol)
        callers, below = split_callers(reader.callers(node.uid), min_confidence)
        data = {
            "callers_total": len(callers.neighbours),
            "references_total": len(callers.references),
            "could_be_total": len(callers.could_be),
            "below_minimum": below,
            "callers": [end_of(neighbour) for neighbour in callers.neighbours],
            "references": [end_of(neighbour) for neighbour in callers.references],
            "could_be": [site_of(source, site) for source, site in callers.could_be],
            "constructors": list(callers.constructors),
        }
        return answers.about(node, others, answers.caller_lines(node, callers, below), data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def callees(
    ctx: Call,
    symbol: Symbol,
    roots: Roots,
    min_confidence: MinConfidence = 0,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, CalleesData]:
    """What a symbol calls, inside the repository and outside (`external:…`), and how each call was resolved."""

    def question(snapshot: Snapshot) -> Answer:
        reader = snapshot.graph()
        node, others = choose_symbol(reader, symbol)
        calls = reader.neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
        callees, below = split_confident(calls, min_confidence)
        data = {
            "callees_total": len(callees),
            "below_minimum": below,
            "callees": [end_of(neighbour) for neighbour in callees],
        }
        return answers.about(node, others, answers.callee_lines(node, callees, below), data)

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
) -> Annotated[CallToolResult, NodesData]:
    """Symbols whose name fits a glob, exact matches first."""

    def question(snapshot: Snapshot) -> Answer:
        nodes = snapshot.graph().find(pattern, limit + 1)
        has_more = len(nodes) > limit
        lines = [_node_line(node) for node in nodes[:limit]] or ["Nothing fits. Try `*` on both sides."]
        more_line = ["There are more."] if has_more else []
        data = {
            "nodes_total": min(len(nodes), limit),
            "more": has_more,
            "nodes": [span_of(node) for node in nodes[:limit]],
        }
        return Answer([*lines, *more_line], data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


async def file(
    ctx: Call,
    path: Annotated[str, Field(description="Path of a file in the tree.", min_length=1, max_length=4_096)],
    roots: Roots,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, NodesData]:
    """What a file defines, in order: its outline."""

    def question(snapshot: Snapshot) -> Answer:
        nodes = nodes_of(snapshot.graph(), path)
        data = {"nodes_total": len(nodes), "more": False, "nodes": [span_of(node) for node in nodes]}
        return Answer([_node_line(node) for node in nodes], data)

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)


def _node_line(node: Node) -> str:
    place = f"{node.path}:{node.start_line}-{node.end_line}"
    signature = f"  {node.signature}" if node.signature else ""
    return f"{place} {node.kind} {node.qualname or node.path}{signature}"
