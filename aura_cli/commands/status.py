"""``aura status``: how fresh the index of a repository is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, fields, note, numbered, plain, printable, short, table
from aura_cli.session import open_aura, repository_text
from aura_core.errors import InvalidRequest, UnknownRepository
from aura_core.model.words import plural

if TYPE_CHECKING:
    from aura_core.service import Aura, Status


SHOWN_EDITS = 10


def status(
    repo: Repo = "",
    sha: Annotated[
        str,
        typer.Option(
            "--sha",
            metavar="SHA",
            help="Of this commit, branch or tag, instead of the tracked head.",
            show_default=False,
        ),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All registered repositories.")] = False,
    json: Json = False,
) -> None:
    """Show how fresh a repository is.

    The requested and the indexed commit, and why they differ. Lists all repositories when the current folder is none
    of them.
    """
    if sha and every:
        raise InvalidRequest(
            "--sha cannot be used with --all.",
            remedy="A commit belongs to one repository: leave out --all.",
            field="sha",
        )
    with open_aura() as aura:
        status = None if every else _one(aura, repo, sha)
        states = [status] if status is not None else [aura.status(r.id) for r in aura.repositories()]
        edits = aura.edits(status.repo.id) if status is not None and not sha else ()
    if json:
        emit({**_value(status), "edits": list(edits)} if status is not None else [_value(s) for s in states])
    elif status is not None:
        fields({**_details(status), **_edits(edits)})
    elif states:
        table(("ID", "INDEXED", "HEAD", "BEHIND", "LAST RUN"), [_row(s) for s in states])
    else:
        note("no repository is registered; add one with `aura repos add PATH_OR_URL`")


def _one(aura: Aura, repo: str, sha: str) -> Status | None:
    try:
        return aura.status(repository_text(repo), revision=sha)
    except UnknownRepository:
        if repo or sha:
            raise
        return None


def _value(state: Status) -> dict[str, Any]:
    value: dict[str, Any] = plain(state)
    return {**value, "repo": state.repo.id, "indexer": _indexer(state)}


def _row(state: Status) -> tuple[object, ...]:
    return (
        state.repo.id,
        short(state.indexed),
        short(state.wanted),
        _behind(state),
        state.last_run.state if state.last_run else "-",
    )


def _details(state: Status) -> dict[str, object]:
    run = state.last_run
    ran = (
        f"{run.state}, {_ago(run.finished_at or run.started_at)}{f': {run.message}' if run.message else ''}"
        if run
        else "never"
    )
    return {
        "repo": f"{state.repo.id}  ({state.repo.origin})",
        "indexed": f"{short(state.indexed)}{f'  ({state.ref})' if state.ref else ''}",
        "head": short(state.wanted),
        "behind": _behind(state),
        "last run": ran,
        "events": state.events,
        "graph": state.counts,
        "skipped": state.skipped,
        **numbered(state.warnings, "`aura status --json`"),
        "indexer": _indexer(state),
        "sync": f"runs, {state.sync['holder']} since {_ago(state.sync['since'])}" if state.sync else "",
        "digest": state.digest,
        "snapshots": _snapshots(state),
        "stored": _megabytes(state.stored),
        "on disk": _megabytes(state.disk),
        "problem": state.problem,
    }


def _edits(paths: Sequence[str]) -> dict[str, object]:
    """Return a row that names the files of the working tree that no commit has, as far as they fit."""
    if not paths:
        return {}
    more = f" and {plural(len(paths) - SHOWN_EDITS, 'more file')}" if len(paths) > SHOWN_EDITS else ""
    names = ", ".join(printable(path) for path in paths[:SHOWN_EDITS])
    return {"your edits": f"{plural(len(paths), 'file')}: {names}{more}; the next question includes them"}


def _snapshots(state: Status) -> str:
    sizes = state.snapshots
    return f"{sizes['count']}, {sizes['median'] / 1e3:.1f} KB each at the median" if sizes.get("count") else ""


def _megabytes(sizes: Mapping[str, int]) -> dict[str, str]:
    """Return sizes in words, with their sum; sizes that round to zero are left out."""
    texts = {name: f"{size / 1e6:.2f} MB" for name, size in sizes.items() if size >= 5_000}
    return {**texts, "together": f"{sum(sizes.values()) / 1e6:.2f} MB"} if sizes else {}


def _behind(state: Status) -> str:
    if state.current:
        return "no: this is the newest commit"
    commits, seconds = state.lag.commits, state.lag.seconds
    if state.indexed is None:
        return "not indexed"
    distance = plural(commits, "commit") if commits is not None else "an unknown number of commits"
    return f"{distance}{f', {seconds:.0f} s' if seconds is not None else ''}"


def _indexer(state: Status) -> str:
    age = state.indexer_age_seconds
    return "running" if age is not None and age <= 60 else "no indexer is running: start `aura dev`"


def _ago(when: float) -> str:
    return f"{max(0.0, time.time() - when):.0f} s ago"
