"""``aura index``: the steps of a sync, one after another, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.options import Json
from aura_cli.output import emit, fields, note, numbered, plain, short
from aura_cli.progress import progress
from aura_cli.session import new_repository, open_aura, repository_text
from aura_core.model.snapshot import is_worktree
from aura_core.model.words import plural

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
    counts, skipped, warnings = dict[str, float](), dict[str, int](), list[str]()
    for step in done.steps:
        counts |= step.counts
        skipped |= step.skipped
        warnings += [w for w in step.warnings if w not in warnings]
    values: dict[str, object] = {
        "repository": done.repo,
        "indexed": _place(done.sha),
        "files": _files(counts, skipped),
        "symbols": f"{counts['nodes']:,.0f}" if "nodes" in counts else "",
        "relations": _relations(counts),
        "took": f"{done.seconds:.1f} s",
    }
    if not done.steps:
        values["note"] = (
            "nothing to do: everything is indexed"
            if done.sha
            else "nothing to index: there is no commit and no file yet"
        )
    fields(values | numbered(warnings, "`aura status --json`"))
    if done.steps:
        note('ask about it: aura context "what you want to change or understand"')


def _place(sha: str) -> str:
    return f"your working tree, with its edits ({sha})" if is_worktree(sha) else f"commit {short(sha)}" if sha else ""


def _files(counts: Mapping[str, float], skipped: Mapping[str, int]) -> str:
    if "files" not in counts:
        return ""
    reasons = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in sorted(skipped.items()))
    left_out = f"; {sum(skipped.values()):,} skipped ({reasons})" if skipped else ""
    return f"{counts['files']:,.0f}{left_out}"


def _relations(counts: Mapping[str, float]) -> str:
    if "edges" not in counts:
        return ""
    unresolved = int(counts.get("unresolved", 0))
    more = f"; {plural(unresolved, 'call')} could not be resolved" if unresolved else ""
    return f"{counts['edges']:,.0f} (calls, imports, base classes, contents){more}"
