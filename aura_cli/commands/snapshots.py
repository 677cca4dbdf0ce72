"""``aura snapshots``: which commits are indexed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, note, plain, short, table
from aura_cli.session import named, opened

if TYPE_CHECKING:
    from aura_core.service import Aura, Listed

MOST = 100_000
PAGE = 1_000


def snapshots(
    repo: Repo = "",
    ref: Annotated[
        str,
        typer.Option(
            "--ref", metavar="R", help="Only what is in the history of this branch, tag or commit.", show_default=False
        ),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST, metavar="N", help="At most this many.")] = 20,
    json: Json = False,
) -> None:
    """List the snapshots of a repository.

    Indexed commits and working trees, the one indexed last first. `aura index --sha SHA` makes one.
    """
    with opened() as aura:
        repository = aura.repository(named(repo))
        found, more = _newest(aura, repository.id, ref, limit)
    if json:
        emit({"repo": repository.id, "snapshots": [_value(s) for s in found], "more": more})
        return
    if found:
        table(("SHA", "INDEXED", "FILES", "BYTES", "DIGEST", "READ AS"), [_row(s) for s in found])
    else:
        note(f"nothing of {repository.id}{f' in the history of {ref}' if ref else ''} is indexed")
    if more:
        note("there are more; ask for them with --limit")


def _newest(aura: Aura, repo: str, ref: str, limit: int) -> tuple[list[Listed], bool]:
    found: list[Listed] = []
    cursor = ""
    while True:
        page = aura.snapshots(repo, ref=ref, limit=min(PAGE, limit - len(found)), cursor=cursor)
        found += page.snapshots
        cursor = page.cursor
        if not cursor or len(found) >= limit:
            return found, bool(cursor)


def _value(found: Listed) -> dict[str, object]:
    info = found.info
    sizes = {"files": info.files, "created_at": info.created_at, "stored_bytes": info.stored_bytes}
    return {"sha": info.sha, "digest": info.digest, **sizes, "refs": plain(found.refs), "outdated": found.outdated}


def _row(found: Listed) -> tuple[object, ...]:
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(found.info.created_at))
    names = ", ".join([*found.refs, *(["made by another version"] if found.outdated else [])])
    return short(found.info.sha), when, found.info.files, found.info.stored_bytes, found.info.digest[:12], names
