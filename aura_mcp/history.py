"""The tools that look at several commits: which are indexed, and what differs between two."""

from __future__ import annotations

import time
from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from aura_core.service import Aura, SnapshotSummary
from aura_core.service.diff_text import difference_lines, difference_summary
from aura_mcp import answers
from aura_mcp.tool_context import Budget, Desk, Repo, Roots, Sha

Limit = Annotated[int, Field(description="At most this many.", ge=1, le=1_000)]
Old = Annotated[str, Field(description="Commit, branch or tag to begin with.", min_length=1, max_length=1_024)]
Ref = Annotated[str, Field(description="Only what is in the history of this branch, tag or commit.", max_length=1_024)]


class History:
    """Tools over one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def diff(
        self, ctx: Context, old: Old, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = ""
    ) -> CallToolResult:
        """What differs between the code graphs of two commits, `old` and `sha`: files, symbols, calls; renames and
        moves are recognised.
        """

        def question(aura: Aura, repository: str) -> CallToolResult:
            count, first, last = answers.counting(), aura.at(repository, old), aura.at(repository, sha)
            found = last.difference_from(first)
            lines = [f"{first.sha} to {last.sha}: {difference_summary(found)}", *difference_lines(found)]
            text = answers.fit(lines, answers.text_budget(max_tokens), count, "lines")
            data = {
                **answers.place(repository, last.sha),
                "old": first.sha,
                "comparable": found.comparable,
                "differences": len(lines) - 1,
            }
            return answers.result(text, data, max_tokens, count)

        return await self.desk.ask(ctx, repo, (old, sha), roots, question)

    async def snapshots(
        self, ctx: Context, roots: Roots, ref: Ref = "", limit: Limit = 20, max_tokens: Budget = 2_000, repo: Repo = ""
    ) -> CallToolResult:
        """Commits and working trees that are indexed, the one indexed last first. Others are indexed when a tool is
        asked about them by `sha`.
        """

        def question(aura: Aura, repository: str) -> CallToolResult:
            count, page = answers.counting(), aura.snapshots(repository, ref=ref, limit=limit)
            lines = [*map(_snapshot_line, page.snapshots)] or ["Nothing is indexed."]
            text = answers.fit(
                [*lines, *(["There are more."] if page.cursor else [])],
                answers.text_budget(max_tokens),
                count,
                "snapshots",
            )
            data = {"repo": repository, "snapshots": len(page.snapshots), "more": bool(page.cursor)}
            return answers.result(text, data, max_tokens, count)

        return await self.desk.ask(ctx, repo, ref, roots, question)


def _snapshot_line(snapshot: SnapshotSummary) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(snapshot.created_at))
    names = f" ({', '.join(snapshot.refs)})" if snapshot.refs else ""
    version = ", by another version" if snapshot.outdated else ""
    return f"- {snapshot.sha}{names}: {snapshot.files:,} files, indexed {when}{version}"
