"""Answers as agents read them: one text and a little structured data, together within the budget."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from mcp.types import CallToolResult, TextContent

from aura_core.errors import AuraError
from aura_core.model.context import ContextPack, SearchHit
from aura_core.model.graph import Node
from aura_core.model.snapshot import is_worktree
from aura_core.model.words import plural
from aura_core.ports.graph import Callers, Neighbour
from aura_core.tokens import TokenCounter
from aura_core.visible_text import visible_lines
from aura_mcp.structured import span_of

DATA_TOKENS: Final = 200
"""What the structured data beside the text may take of a usual budget."""

DATA_SHARE: Final = 20
"""Of a large budget the data may take one part in so many."""

MIN_BUDGET_FOR_DATA: Final = 800
"""Below this budget the text gets everything."""

MORE_TOKENS: Final = 12
"""Room for the line that says how much was left out."""

MAX_CANDIDATES: Final = 20
MAX_NAMES: Final = 30
ENCODING: Final = "cl100k_base"

Count = Callable[[str], int]


class Answer(NamedTuple):
    """Lines of text, and the data beside them, the most useful first. ``unit`` is what a line is."""

    lines: Sequence[str]
    data: Mapping[str, Any]
    unit: str = "lines"

    def within(self, max_tokens: int) -> CallToolResult:
        """Return the result of a tool, cut to a budget."""
        count = counting()
        lines = [visible_lines(line) for line in self.lines]
        return result(fit(lines, text_budget(max_tokens), count, self.unit), self.data, max_tokens, count)


def text_budget(max_tokens: int) -> int:
    """Return what a budget leaves for the text."""
    return max_tokens - data_budget(max_tokens)


def data_budget(max_tokens: int) -> int:
    """Return what the structured data may take of a budget."""
    return max(DATA_TOKENS, max_tokens // DATA_SHARE) if max_tokens >= MIN_BUDGET_FOR_DATA else 0


def result(text: str, data: Mapping[str, Any], max_tokens: int, count: Count) -> CallToolResult:
    """Return the result of a tool: the text with as much of the data, in order, as fits into its share. A list is cut
    after the last entry that fits.
    """
    budget, fitting = data_budget(max_tokens), dict[str, Any]()
    for name, value in data.items() if budget else ():
        part = _first_entries(value, budget - count(json.dumps({**fitting, name: []})), count)
        while isinstance(part, list) and part and count(json.dumps({**fitting, name: part})) > budget:
            part.pop()  # joined entries can take more tokens than each alone
        # A member that does not fit is skipped; a smaller one after it may still fit.
        if count(json.dumps({**fitting, name: part})) <= budget:
            fitting[name] = part
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=fitting)


def _first_entries(value: Any, budget: int, count: Count) -> Any:
    """Return a list's first entries, as many as a budget takes; any other value as it is."""
    if not isinstance(value, list):
        return value
    entries: list[Any] = []
    for entry in value:
        budget -= count(json.dumps(entry) + ", ")
        if budget < 0:
            break
        entries.append(entry)
    return entries


def failure(error: AuraError) -> CallToolResult:
    """Return an error as a result that the agent can act on."""
    candidates = [name for name in map(str, error.details.get("candidates", ())) if name not in str(error)]
    choice = f" It could be {', '.join(candidates[:MAX_CANDIDATES])}." if candidates else ""
    return CallToolResult(content=[TextContent(type="text", text=f"{error}{choice} [{error.code}]")], is_error=True)


def context_data(pack: ContextPack) -> dict[str, Any]:
    """Return what an agent may want to know about a context, the most useful first."""
    return {
        **place(pack.repo, pack.sha),
        "tokens": pack.tokens,
        "items_total": len(pack.items),
        "omitted_total": len(pack.omitted),
        "nodes_truncated": pack.nodes_truncated,
        "lag": asdict(pack.lag),
        "items": [
            {
                "uid": item.uid,
                "path": item.path,
                "start_line": item.start_line,
                "end_line": item.end_line,
                "kind": item.kind,
                "level": item.level.value,
            }
            for item in pack.items
        ],
        "replay_id": pack.replay_id,
        "digest": pack.digest,
        "encoding": pack.encoding,
    }


def place(repo: str, sha: str) -> dict[str, str]:
    """Return which snapshot answered."""
    origin = {"from": "the working tree, with uncommitted edits"} if is_worktree(sha) else {}
    return {"repo": repo, "sha": sha, **origin}


def hit_lines(hits: Sequence[SearchHit]) -> list[str]:
    """Return search hits, one paragraph each."""
    if not hits:
        return ["Nothing was found. Try other words, or a part of the name."]
    return [f"{h.path}:{h.start_line}-{h.end_line} {h.kind} {h.symbol} [{h.uid}]\n{_indented(h.snippet)}" for h in hits]


def caller_lines(node: Node, answer: Callers, below_minimum: int) -> list[str]:
    """Return who calls a symbol, and what is not known: "no callers" is never said while it is handed to other code, or
    while calls of its name are unresolved or left out.
    """
    callers, could_be = answer.neighbours, answer.could_be
    count = len(callers)
    lines = [f"{plural(count, 'resolved caller')} of {node.uid}:" if count else f"No resolved caller of {node.uid}."]
    lines += [_caller_line(neighbour) for neighbour in callers]
    lines += [f"Counted with it: calls of {', '.join(answer.constructors)}."] if answer.constructors else []
    if answer.references:
        lines.append(
            f"{plural(len(answer.references), 'place hands', 'places hand')} it to other code, which may call it:"
        )
        lines += [_caller_line(neighbour) for neighbour in answer.references]
    lines += [f"{below_minimum} below the minimum confidence."] if below_minimum else []
    if not could_be:
        return [*lines, "No unresolved call in the repository has its name."]
    lines.append(f"{plural(len(could_be), 'unresolved call')} of the same name could also be calls of it:")
    return lines + [f"- {source}: {site.text} (line {site.line}; {site.reason})" for source, site in could_be]


def callee_lines(node: Node, callees: Sequence[Neighbour], below_minimum: int) -> list[str]:
    """Return what a symbol calls, and how many calls are left out."""
    count = len(callees)
    head = f"{plural(count, 'resolved callee')} of {node.uid}:" if count else f"No resolved callee of {node.uid}."
    tail = [f"{below_minimum} below the minimum confidence."] if below_minimum else []
    return [head, *map(_caller_line, callees), *tail]


def other_lines(node: Node, others: Sequence[str]) -> list[str]:
    """Return which symbol was chosen, when its name could mean others too."""
    return [f"This is {node.uid}. The name could also mean {', '.join(others)}."] if others else []


def about(node: Node, others: Sequence[str], lines: Sequence[str], data: Mapping[str, Any]) -> Answer:
    """Return an answer about one symbol, with the ``others`` that its name could mean last in the data."""
    return Answer([*other_lines(node, others), *lines], {"symbol": span_of(node), **data, "others": list(others)})


def symbol_lines(node: Node, source: Sequence[str], calls: Sequence[Neighbour], contents: Sequence[str]) -> list[str]:
    """Return where a symbol is, what it holds and calls, and its source."""
    lines = [f"{node.kind} {node.uid} ({node.path}:{node.start_line}-{node.end_line})"]
    for title, names in (("contains", contents), ("calls", [neighbour.uid for neighbour in calls])):
        more = " …" if len(names) > MAX_NAMES else ""
        lines += [f"{title}: {', '.join(names[:MAX_NAMES])}{more}"] if names else []
    return [*lines, *source]


def fit(lines: Sequence[str], budget: int, count: Count, unit: str) -> str:
    """Return as many lines as a budget of tokens takes, and how many it did not take."""
    fitting: list[str] = []
    used = 0
    for line in lines:
        # Counting line by line, and the whole text only at the end, keeps this linear.
        used += count(line + "\n")
        if used > budget - MORE_TOKENS:
            break
        fitting.append(line)
    while True:
        rest = len(lines) - len(fitting)
        text = "\n".join([*fitting, f"… {rest:,} more {unit}"] if rest else fitting)
        # Tokens of joined lines can be more than those of each alone.
        if not fitting or count(text) <= budget:
            return text
        fitting.pop()


def counting(encoding: str = ENCODING) -> Count:
    """Return the token counter of a vocabulary. Raises ``InvalidRequest`` for an unknown one."""
    return TokenCounter(encoding).count


def line_list(lines: Sequence[int]) -> str:
    """Return line numbers in words: "line 3", "lines 3, 4"."""
    return f"line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}"


def _indented(snippet: str) -> str:
    return "\n".join(f"    {line}" for line in snippet.splitlines())


def _caller_line(neighbour: Neighbour) -> str:
    resolution = f"{neighbour.resolution}, {neighbour.confidence:.2f}"
    return f"- {neighbour.uid} ({resolution}; {line_list(neighbour.lines)})"
