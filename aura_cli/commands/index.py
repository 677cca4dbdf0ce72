"""``aura index``: the steps of a sync, one after another, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.options import Json
from aura_cli.output import emit, fields, numbered, plain, short
from aura_cli.progress import progress
from aura_cli.session import new_repository, open_aura, repository_text

if TYPE_CHECKING:
    from aura_core.indexing import IndexReport


def index(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH|URL",
            help="Repository to index; the default is that of the current folder.",
            show_default=False,
        ),
    ] = "",
    sha: Annotated[
        str,
        typer.Option(
            "--sha",
            metavar="SHA",
            help="Exactly this commit, branch or tag, instead of HEAD and uncommitted edits.",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Index a repository in this process.

    The same steps as the pipelines, without Dagster. Work that is done already is not repeated.
    """
    with open_aura() as aura, new_repository(aura, repository_text(path)) as repository, progress() as report:
        done = aura.index(repository.id, revision=sha, progress=report)
    if json:
        emit(_value(done))
    else:
        _show(done)


def _value(done: IndexReport) -> dict[str, Any]:
    steps = [
        {
            name: plain(getattr(step, name))
            for name in ("step", "sha", "seconds", "nothing_to_do", "counts", "skipped", "warnings")
        }
        for step in done.steps
    ]
    return {
        "repo": done.repo,
        "sha": done.sha,
        "digest": done.digest,
        "seconds": round(done.seconds, 3),
        "nothing_to_do": not done.steps,
        "steps": steps,
    }


def _show(done: IndexReport) -> None:
    values: dict[str, object] = {
        "repo": done.repo,
        "sha": short(done.sha),
        "digest": done.digest,
        "seconds": f"{done.seconds:.1f}",
    }
    if not done.steps:
        values["note"] = (
            "nothing to do: everything is indexed"
            if done.sha
            else "nothing to index: there is no commit and no file yet"
        )
    warnings: list[str] = []
    for step in done.steps:
        values[step.step] = step.counts
        values |= {"skipped": step.skipped} if step.skipped else {}
        warnings += [w for w in step.warnings if w not in warnings]
    values |= numbered(warnings, "`aura status --json`")
    fields(values)
