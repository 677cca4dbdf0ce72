"""Following runs of the pipelines from outside: a line or a bar for each step, and a poke when something is to do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aura_core.errors import AuraError
from aura_pipelines import dagster_client
from aura_pipelines.run_progress import STEPS, StepProgress, read_progress

if TYPE_CHECKING:
    from aura_core.ports.stores import Stores

TICK_SECONDS = 0.15
STATUS_SECONDS = 0.6
ENDED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
_SHOWN_COUNTS = (
    "files",
    "parsed",
    "reused",
    "nodes",
    "edges",
    "unresolved",
    "texts",
    "vectors",
    "published",
    "clusters",
)

Line = Callable[[str], None]


def follow(home: Path, dagster: str, run: str, line: Line, check: Callable[[], None]) -> str:
    """Show a run's steps until it ends; Dagster's word for how it ended. ``check`` is called often, and may raise."""
    status, asked = "", 0.0
    with _display(line) as show:
        while status not in ENDED:
            check()
            if time.monotonic() - asked >= STATUS_SECONDS:
                status, asked = dagster_client.status(dagster, run), time.monotonic()
            show(read_progress(home, run))
            time.sleep(TICK_SECONDS)
        show(read_progress(home, run))
    return status


def told(step: str, progress: StepProgress) -> str:
    """One step in words."""
    if progress.state == "skipped":
        return f"{step:9} nothing to do"
    if progress.state == "failed":
        return f"{step:9} failed"
    counts = ", ".join(f"{progress.counts[name]:,} {name}" for name in _SHOWN_COUNTS if name in progress.counts)
    return f"{step:9} {progress.seconds:6.2f} s  {counts}"


class Poker:
    """Launches runs for events as they arrive, each event and attempt once; the sensor sees to those that are missed."""

    def __init__(self, stores: Stores, dagster: str, line: Line) -> None:
        self._stores = stores
        self._dagster = dagster
        self._line = line
        self._done: dict[str, tuple[int, int]] = {}
        self._runs: dict[str, str] = {}

    def tick(self) -> None:
        """Look at the queue once, and at the runs that were launched."""
        try:
            self._launch()
            self._report()
        except AuraError as error:
            self._line(f"the queue could not be looked at: {error}")

    def _launch(self) -> None:
        newest = {event.repo: event for event in self._stores.catalog.events.due()}
        for repo, event in newest.items():
            if (
                self._done.get(repo) == (event.id, event.attempts)
                or self._stores.catalog.leases.current(repo) is not None
            ):
                continue
            self._done[repo] = event.id, event.attempts
            run = dagster_client.launch(self._dagster, repo)
            if run not in self._runs:
                self._runs[run] = repo
                self._line(f"{repo}: a change was seen ({event.source}), run {run[:8]} brings it in")

    def _report(self) -> None:
        for run, repo in list(self._runs.items()):
            last = self._stores.catalog.publisher.last_run(repo)
            if last is None or last.run != run or not last.finished_at:
                continue
            del self._runs[run]
            took = last.finished_at - last.started_at
            shas = ", ".join(f"{r.name} {r.sha[:12]}" for r in self._stores.catalog.publisher.refs(repo))
            self._line(
                f"{repo}: {'indexed' if last.state == 'done' else last.state} in {took:.1f} s: {last.message or shas}"
            )


@contextmanager
def _display(line: Line) -> Iterator[Callable[[Mapping[str, StepProgress]], None]]:
    if not sys.stdout.isatty():
        seen: set[str] = set()
        yield lambda steps: _lines(steps, seen, line)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn("  {task.description:9}"), BarColumn(), TextColumn("{task.fields[words]}")) as bars:
        tasks: dict[str, Any] = {step: bars.add_task(step, total=None, start=False, words="") for step in STEPS}
        yield lambda steps: _bars(steps, bars, tasks)


def _lines(steps: Mapping[str, StepProgress], seen: set[str], line: Line) -> None:
    for step in STEPS:
        found = steps.get(step)
        if found is not None and found.state not in ("waiting", "running") and step not in seen:
            seen.add(step)
            line(told(step, found))


def _bars(steps: Mapping[str, StepProgress], bars: Any, tasks: Mapping[str, Any]) -> None:
    for step, found in steps.items():
        if found.state == "running":
            bars.update(
                tasks[step],
                total=found.total or None,
                completed=found.done,
                words=f"{found.done:,} of {found.total:,}" if found.total else "",
            )
        elif found.state != "waiting":
            bars.update(tasks[step], total=1, completed=1, words=told(step, found)[10:])
