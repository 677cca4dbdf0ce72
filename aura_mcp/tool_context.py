"""What the tools work with, and how each asks: choose the repository, ask, and index first what is not indexed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ListRootsResult

from aura_core.errors import AuraError, SnapshotNotReady
from aura_core.service import Aura, Snapshot
from aura_mcp import answers
from aura_mcp.answers import Answer
from aura_mcp.indexer import WAIT_SECONDS, Indexer, RisingProgress, Runner, ensure_indexed
from aura_mcp.repository_choice import choose, folder_of

ATTEMPTS: Final = 3
"""An edit while indexing makes the working tree a new one; three times is enough."""


@dataclass(frozen=True)
class ToolContext:
    """What the tools of one server work with.

    ``folder`` is the current folder of a server over stdio, ``from_cli`` says that local paths may be added, and
    ``wait_seconds`` how long a question waits for an indexing.
    """

    aura: Callable[[], Aura]
    run: Runner
    indexer: Indexer
    folder: Path | None = None
    from_cli: bool = False
    wait_seconds: float = WAIT_SECONDS


Call = Context[ToolContext, Any]
"""The context of one call of a tool."""


async def ask(
    ctx: Call,
    repo: str,
    revisions: Sequence[str],
    roots: ListRootsResult | None,
    question: Callable[[Aura, str], CallToolResult],
) -> CallToolResult:
    """Choose the repository and ask. When something is not indexed, each of ``revisions`` is indexed first. Errors of
    the core become an answer that the agent can act on.
    """
    tools = ctx.request_context.lifespan_context
    progress = RisingProgress(ctx.report_progress)
    places = [path for root in (roots.roots if roots else ()) if (path := folder_of(str(root.uri)))]
    try:
        aura = await tools.run(tools.aura)
        chosen = await tools.run(lambda: choose(aura, repo, places, tools.folder, from_cli=tools.from_cli))
        facade = await tools.run(lambda: aura.asked_now(chosen.id))
        for _ in range(ATTEMPTS):
            try:
                return await tools.run(lambda: question(facade, chosen.id))
            except SnapshotNotReady:
                # Each one: a difference needs both of its commits.
                for revision in revisions:
                    progress.begin()
                    await ensure_indexed(
                        tools.indexer, aura, chosen.id, revision, tools.run, progress, tools.wait_seconds
                    )
        return await tools.run(lambda: question(facade, chosen.id))
    except AuraError as error:
        return answers.failure(error)


async def ask_snapshot(
    ctx: Call,
    repo: str,
    sha: str,
    roots: ListRootsResult | None,
    max_tokens: int,
    question: Callable[[Snapshot], Answer],
) -> CallToolResult:
    """Ask one snapshot, as ``ask`` does; the answer says which one it was and stays within the budget."""

    def ask_located(aura: Aura, repo: str) -> CallToolResult:
        snapshot = aura.at(repo, sha)
        answer = question(snapshot)
        return answer._replace(data={**answers.place(snapshot.repo, snapshot.sha), **answer.data}).within(max_tokens)

    return await ask(ctx, repo, [sha], roots, ask_located)
