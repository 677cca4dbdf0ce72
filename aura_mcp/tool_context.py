"""The desk at which every tool works: choose the repository, ask, and index first when that is what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from mcp.server.mcpserver import Context, ListRoots, Resolve
from mcp.types import CallToolResult, ListRootsResult
from pydantic import Field

from aura_core.errors import AuraError, SnapshotNotReady
from aura_core.model.context import MAX_TOKENS, MIN_TOKENS
from aura_core.service import Aura
from aura_mcp import answers
from aura_mcp.indexer import Indexer, Runner, bring_up
from aura_mcp.repository_choice import choose, folder_of

ATTEMPTS: Final = 3
"""An edit while indexing makes the working tree a new one; three times is enough."""


def client_roots(ctx: Context, repo: str) -> ListRootsResult | ListRoots | None:
    """The folders that the client works in: asked for only when the question names no repository and the client can
    say.
    """
    capabilities = ctx.client_capabilities
    if repo or capabilities is None or capabilities.roots is None:
        return None
    modern = ctx.protocol_version is not None and ctx.protocol_version >= "2026-07-28"
    return ListRoots() if modern or ctx.session.can_send_request else None


Repo = Annotated[
    str, Field(description="Repository: an id, a path or a URL. Leave out for the one you work in.", max_length=4_096)
]
Sha = Annotated[
    str, Field(description="Commit, branch or tag to answer from. Leave out for the present state.", max_length=1_024)
]
Budget = Annotated[int, Field(description="The answer has at most this many tokens.", ge=MIN_TOKENS, le=MAX_TOKENS)]
Name = Annotated[
    str,
    Field(description="Uid, path:line, dotted name, qualified name or its last part.", min_length=1, max_length=2_000),
]
MinConfidence = Annotated[float, Field(description="Leave out, but count, edges less sure than this.", ge=0, le=1)]
Roots = Annotated[ListRootsResult | None, Resolve(client_roots)]


@dataclass(frozen=True)
class Desk:
    """What the tools work with. ``folder`` is the current folder where that means something; ``from_cli`` may add
    local paths.
    """

    aura: Callable[[], Aura]
    run: Runner
    indexer: Indexer
    folder: Path | None = None
    from_cli: bool = False

    async def ask(
        self,
        ctx: Context,
        repo: str,
        revision: str | Sequence[str],
        roots: ListRootsResult | None,
        question: Callable[[Aura, str], CallToolResult],
    ) -> CallToolResult:
        """Choose the repository, ask, and index the revision (or each of several) first when that is what is missing."""
        places = [path for root in (roots.roots if roots else ()) if (path := folder_of(str(root.uri)))]
        try:
            return await self._ask(ctx, repo, [revision] if isinstance(revision, str) else revision, places, question)
        except AuraError as error:
            return answers.failure(error)

    async def _ask(
        self,
        ctx: Context,
        repo: str,
        revisions: Sequence[str],
        places: Sequence[str],
        question: Callable[[Aura, str], CallToolResult],
    ) -> CallToolResult:
        aura = await self.run(self.aura)
        chosen = await self.run(lambda: choose(aura, repo, places, self.folder, from_cli=self.from_cli))
        for _ in range(ATTEMPTS):
            try:
                return await self.run(lambda: question(aura, chosen.id))
            except SnapshotNotReady:
                for revision in revisions:
                    await bring_up(self.indexer, aura, chosen.id, revision, self.run, ctx.report_progress)
        return await self.run(lambda: question(aura, chosen.id))
