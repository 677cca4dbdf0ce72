"""Answers as agents read them: one text and a little structured data, together within the budget."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mcp.types import CallToolResult, TextContent

from aura_core.errors import AuraError
from aura_core.model.context import ContextPack, SearchHit
from aura_core.model.graph import Node, Unresolved
from aura_core.model.snapshot import is_worktree
from aura_core.ports.graph import Callers, Neighbour, split_confident
from aura_core.tokens import counter

DATA_TOKENS: Final = 200
"""At most this much structured data beside the text."""

ROOM_FOR_DATA: Final = 800
"""Below this budget the text gets everything."""

MORE_TOKENS: Final = 12
CANDIDATES: Final = 20
ENCODING: Final = "cl100k_base"

Count = Callable[[str], int]


def text_budget(max_tokens: int) -> int:
    """What is left for the text."""
    return max_tokens - DATA_TOKENS if max_tokens >= ROOM_FOR_DATA else max_tokens


def result(text: str, data: Mapping[str, Any], max_tokens: int, count: Count) -> CallToolResult:
    """The text with as much of the data, in order, as fits into its share."""
    shown: dict[str, Any] = {}
    for name, value in data.items() if max_tokens >= ROOM_FOR_DATA else ():
        if count(json.dumps({**shown, name: value})) <= DATA_TOKENS:
            shown[name] = value
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=shown or None)


def failure(error: AuraError) -> CallToolResult:
    """An error that the agent can act on."""
    some = [name for name in map(str, error.details.get("candidates", ())) if name not in str(error)][:CANDIDATES]
    meant = f" It could be {', '.join(some)}." if some else ""
    return CallToolResult(content=[TextContent(type="text", text=f"{error}{meant} [{error.code}]")], is_error=True)


def context_data(pack: ContextPack) -> dict[str, Any]:
    """What an agent may want to know about a context, the most useful first."""
    lag = {name: pack.lag[name] for name in ("current", "commits") if pack.lag.get(name) is not None}
    counts = {
        "tokens": pack.tokens,
        "items": len(pack.items),
        "omitted": len(pack.omitted),
        "nodes_truncated": pack.nodes_truncated,
    }
    return {
        **place(pack.repo, pack.sha),
        **counts,
        "lag": lag,
        "replay_id": pack.replay_id,
        "digest": pack.digest,
        "encoding": pack.encoding,
    }


def place(repo: str, sha: str) -> dict[str, Any]:
    """Which snapshot answered."""
    return {
        "repo": repo,
        "sha": sha,
        **({"from": "the working tree, with uncommitted edits"} if is_worktree(sha) else {}),
    }


def hits_text(hits: Sequence[SearchHit], budget: int, count: Count) -> str:
    """Search hits, one paragraph each."""
    if not hits:
        return "Nothing was found. Try other words, or a part of the name."
    blocks = [
        f"{h.path}:{h.start_line}-{h.end_line} {h.kind} {h.symbol} [{h.uid}]\n{_indented(h.snippet)}" for h in hits
    ]
    return fit(blocks, budget, count, "hits")


def callers_text(node: Node, callers: Callers, minimum: float, budget: int, count: Count) -> str:
    """Who calls a symbol, and the honest remainder: "no callers" is never said while calls of its name are unresolved
    or left out.
    """
    found, below = split_confident(callers.neighbours, minimum)
    open_calls = callers.could_be
    lines = [
        f"{len(found)} resolved caller{'' if len(found) == 1 else 's'} of {node.uid}:"
        if found
        else f"No resolved caller of {node.uid}."
    ]
    lines += [_caller(neighbour) for neighbour in found]
    lines += [f"{below} below the minimum confidence."] if below else []
    if open_calls:
        lines.append(
            f"{len(open_calls)} unresolved call{'' if len(open_calls) == 1 else 's'} of the same name could also be calls of it:"
        )
        lines += [_open_call(source, site) for source, site in open_calls]
    else:
        lines.append("No unresolved call in the repository has its name.")
    return fit(lines, budget, count, "lines")


def symbol_text(
    node: Node, source: Sequence[str], calls: Sequence[Neighbour], contains: Sequence[str], budget: int, count: Count
) -> str:
    """Where a symbol is, what it calls and holds, and its source as far as it fits."""
    head = [f"{node.kind} {node.uid} ({node.path}:{node.start_line}-{node.end_line})"]
    head += [f"contains: {', '.join(contains[:30])}{' …' if len(contains) > 30 else ''}"] if contains else []
    head += [f"calls: {', '.join(n.uid for n in calls[:30])}{' …' if len(calls) > 30 else ''}"] if calls else []
    return fit([*head, *source], budget, count, "lines")


def fit(parts: Sequence[str], budget: int, count: Count, what: str) -> str:
    """As many parts as fit, joined by line ends, and how many did not."""
    kept: list[str] = []
    used = 0
    for part in parts:
        used += count(part + "\n")
        if used > budget - MORE_TOKENS:
            break
        kept.append(part)
    while True:
        left = len(parts) - len(kept)
        text = "\n".join([*kept, f"… {left:,} more {what}"] if left else kept)
        if not kept or count(text) <= budget:
            return text
        kept.pop()


def counting(encoding: str = ENCODING) -> Count:
    """The token counter of a vocabulary. Raises ``InvalidRequest`` for an unknown one."""
    return counter(encoding).count


def _indented(snippet: str) -> str:
    return "\n".join(f"    {line}" for line in snippet.splitlines())


def _caller(neighbour: Neighbour) -> str:
    lines = ", ".join(str(line) for line in neighbour.lines)
    return f"- {neighbour.uid} ({neighbour.resolution}, {neighbour.confidence:.2f}; line{'' if len(neighbour.lines) == 1 else 's'} {lines})"


def _open_call(source: str, site: Unresolved) -> str:
    return f"- {source}: {site.text} (line {site.line}; {site.reason})"
