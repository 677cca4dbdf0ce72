"""``aura snapshots``: which commits are indexed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, short, table
from aura_cli.session import open_aura, repository_text

if TYPE_CHECKING:
    from aura_core.service import Aura, SnapshotSummary

MOST = 100_000
PAGE = 1_000


def snapshots(
    repo: Repo = "",
    ref: Annotated[
        str,
        typer.Option(
            "--ref", metavar="R", help="Only commits in the history of this branch, tag or commit.", show_default=False
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST, metavar="N", help="At most this many.")] = 20,
    json: Json = False,
) -> None:
    """List the snapshots of a repository.

    Indexed commits and working trees, the newest index first. `aura index --sha SHA` adds one.
    """
    with open_aura() as aura:
        repository = aura.repository(repository_text(repo))
        snapshots, more = _newest(aura, repository.id, ref, limit)
    if json:
        emit({"repo": repository.id, "snapshots": plain(snapshots), "more": more})
        return
    if snapshots:
        table(("SHA", "INDEXED", "FILES", "BYTES", "DIGEST", "READ AS"), [_row(s) for s in snapshots])
    else:
        note(f"no commit of {repository.id}{f' in the history of {ref}' if ref else ''} is indexed")
    if more:
        note("there are more; ask for them with --limit")


def _newest(aura: Aura, repo: str, ref: str, limit: int) -> tuple[list[SnapshotSummary], bool]:
    snapshots: list[SnapshotSummary] = []
    cursor = ""
    while True:
        page = aura.snapshots(repo, ref=ref, limit=min(PAGE, limit - len(snapshots)), cursor=cursor)
        snapshots += page.snapshots
        cursor = page.cursor
        if not cursor or len(snapshots) >= limit:
            return snapshots, bool(cursor)


def _row(snapshot: SnapshotSummary) -> tuple[object, ...]:
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(snapshot.created_at))
    names = ", ".join([*snapshot.refs, *(["made by another version"] if snapshot.outdated else [])])
    return short(snapshot.sha), when, snapshot.files, snapshot.stored_bytes, snapshot.digest[:12], names
