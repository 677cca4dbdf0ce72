"""The tools that look at several commits: which are indexed, and what differs between two."""

from __future__ import annotations

import time
from typing import Annotated

from mcp.types import CallToolResult
from pydantic import Field

from aura_core.model.times import iso_time
from aura_core.service import Aura, SnapshotSummary
from aura_core.service.diff_text import difference_lines, difference_summary
from aura_mcp import answers
from aura_mcp.answers import Answer
from aura_mcp.structured import DiffData, SnapshotsData
from aura_mcp.tool_context import Call, ask
from aura_mcp.tools.parameters import Budget, Limit, Repo, Roots, Sha

Old = Annotated[str, Field(description="Commit, branch or tag to begin with.", min_length=1, max_length=1_024)]
Ref = Annotated[str, Field(description="Only what is in the history of this branch, tag or commit.", max_length=1_024)]


async def diff(
    ctx: Call, old: Old, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = ""
) -> Annotated[CallToolResult, DiffData]:
    """What differs between the code graphs of two commits, `old` and `sha`: files, symbols, calls; renames and
    moves are recognised.
    """

    def question(aura: Aura, repo: str) -> CallToolResult:
        first, last = aura.at(repo, old), aura.at(repo, sha)
        difference = last.difference_from(first)
        lines = list(difference_lines(difference))
        head = f"{first.sha} to {last.sha}: {difference_summary(difference)}"
        counts = {"comparable": difference.comparable, "differences_total": len(lines)}
        data = {**answers.place(last.repo, last.sha), "old": first.sha, **counts}
        return Answer([head, *lines], data).within(max_tokens)

    return await ask(ctx, repo, [old, sha], roots, question)


async def snapshots(
    ctx: Call, roots: Roots, ref: Ref = "", limit: Limit = 20, max_tokens: Budget = 2_000, repo: Repo = ""
) -> Annotated[CallToolResult, SnapshotsData]:
    """Commits and working trees that are indexed, the one indexed last first. Others are indexed when a tool is
    asked about them by `sha`.
    """

    def question(aura: Aura, repo: str) -> CallToolResult:
        page = aura.snapshots(repo, ref=ref, limit=limit)
        lines = [*map(_snapshot_line, page.snapshots)] or ["Nothing is indexed."]
        more_line = ["There are more."] if page.cursor else []
        data = {
            "repo": repo,
            "snapshots_total": len(page.snapshots),
            "more": bool(page.cursor),
            "snapshots": [
                {"sha": s.sha, "files": s.files, "created_at": iso_time(s.created_at), "refs": list(s.refs)}
                for s in page.snapshots
            ],
        }
        return Answer([*lines, *more_line], data, unit="snapshots").within(max_tokens)

    return await ask(ctx, repo, [ref], roots, question)


def _snapshot_line(snapshot: SnapshotSummary) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(snapshot.created_at))
    names = f" ({', '.join(snapshot.refs)})" if snapshot.refs else ""
    version = ", by another version" if snapshot.outdated else ""
    return f"- {snapshot.sha}{names}: {snapshot.files:,} files, indexed {when}{version}"
