"""``aura gc``: garbage collection of old snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.options import Json
from aura_cli.output import emit, fields, note
from aura_cli.progress import progress
from aura_cli.session import open_aura

if TYPE_CHECKING:
    from aura_core.indexing import GcReport
    from aura_core.model.snapshot import SweepResult


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would be deleted; delete nothing.")] = False,
    json: Json = False,
) -> None:
    """Delete snapshots that the settings do not keep.

    Then the rows and vectors that only they needed. Published, pinned and recent snapshots stay; syncs may run
    meanwhile.
    """
    with open_aura() as aura, progress() as report:
        done = aura.collect_garbage(dry_run=dry_run, progress=report)
    if json:
        emit(_value(done, dry_run))
        return
    fields(_details(done))
    for repo in done.busy:
        note(f"{repo} is being synced; its snapshots are left for the next time")
    for repo, problem in done.problems.items():
        note(f"{repo}: {problem}")


def _value(done: GcReport, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "retired": {repo: list(shas) for repo, shas in done.retired.items()},
        "kept": dict(done.remaining),
        "rows": {kind: {"rows": s.rows, "bytes": s.bytes, "waiting": s.waiting} for kind, s in _swept(done).items()},
        "bytes": done.bytes,
        "busy": list(done.busy),
        "problems": dict(done.problems),
    }


def _details(done: GcReport) -> dict[str, object]:
    snapshots = {repo: f"{len(shas)} retired, {done.remaining[repo]} kept" for repo, shas in done.retired.items()}
    rows = {kind: f"{s.rows} deleted, {s.waiting} wait" for kind, s in _swept(done).items() if s.rows or s.waiting}
    return {**snapshots, "rows": rows or "all rows are needed", "freed": f"{done.bytes / 1e6:.2f} MB"}


def _swept(done: GcReport) -> dict[str, SweepResult]:
    return {**{str(kind): swept for kind, swept in done.rows.items()}, "vectors": done.vectors}
