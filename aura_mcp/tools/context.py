"""The tools that begin a task: the best context for it, and search."""

from __future__ import annotations

from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from aura_core.errors import InputTooLarge
from aura_core.model.context import MAX_ENTRY_POINTS, MAX_TASK_CHARS, ContextRequest, Format
from aura_core.service import Aura, Snapshot
from aura_mcp import answers
from aura_mcp.answers import Answer
from aura_mcp.structured import ContextData, SearchData
from aura_mcp.tool_context import Call, ask, ask_snapshot
from aura_mcp.tools.parameters import Budget, Repo, Roots, Sha


async def context(
    ctx: Call,
    task: Annotated[
        str,
        Field(description="The whole task in words: issue, error, question. Names and paths in it help.", min_length=1),
    ],
    roots: Roots,
    max_tokens: Budget = 8_000,
    repo: Repo = "",
    sha: Sha = "",
    entry_points: Annotated[
        list[str] | None,
        Field(description="Uids, names or paths that matter for sure.", max_length=MAX_ENTRY_POINTS),
    ] = None,
    format: Annotated[Format, Field(description="Shape of the text.")] = Format.MARKDOWN,
) -> Annotated[CallToolResult, ContextData]:
    """The source code that matters most for a task, within a budget of tokens. Call this first."""

    def question(aura: Aura, repo: str) -> CallToolResult:
        if len(task) > MAX_TASK_CHARS:
            raise InputTooLarge(f"The task is over {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task")
        request = ContextRequest(task, answers.text_budget(max_tokens), tuple(entry_points or ()), format)
        pack = aura.at(repo, sha).context(request)
        return answers.result(pack.text, answers.context_data(pack), max_tokens, answers.counting(request.encoding))

    return await ask(ctx, repo, [sha], roots, question)


async def search(
    ctx: Call,
    query: Annotated[
        str, Field(description="Words, a name, a path or a part of code.", min_length=1, max_length=10_000)
    ],
    roots: Roots,
    limit: Annotated[int, Field(description="At most this many hits.", ge=1, le=100)] = 10,
    max_tokens: Budget = 2_000,
    repo: Repo = "",
    sha: Sha = "",
) -> Annotated[CallToolResult, SearchData]:
    """Symbols that fit a query, ranked, with their first lines."""

    def question(snapshot: Snapshot) -> Answer:
        hits = snapshot.search(query, limit=limit)
        names = ("uid", "path", "start_line", "end_line", "kind", "score")
        data = {
            "hits_total": len(hits),
            "hits": [{name: getattr(hit, name) for name in names} for hit in hits],
        }
        return Answer(answers.hit_lines(hits), data, unit="hits")

    return await ask_snapshot(ctx, repo, sha, roots, max_tokens, question)
