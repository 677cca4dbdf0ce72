"""Follows runs of the pipelines from outside, with a line or a bar for each step, and launches runs for new events."""

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
"""Pause between two questions to Dagster; the file with the progress is read more often."""

BEAT_SECONDS = 3.0
"""How often the launcher says that it runs."""

FINAL_STATUSES = frozenset({"SUCCESS", "FAILURE", "CANCELED"})
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


def follow(home: Path, dagster: str, run: str, line: Line, check: Callable[[], None]) -> tuple[str, float]:
    """Show the steps of a run until it ends. Return Dagster's final status and the seconds of all steps, as they are
    shown. ``check`` is called often and may raise.
    """
    status, last_request = "", 0.0
    with _display(line) as show:
        while status not in FINAL_STATUSES:
            check()
            if time.monotonic() - last_request >= STATUS_SECONDS:
                status, last_request = dagster_client.status(dagster, run), time.monotonic()
            show(read_progress(home, run))
            time.sleep(TICK_SECONDS)
        # Once more, because the last step may have ended after its progress was read.
        steps = read_progress(home, run)
        show(steps)
    return status, sum(round(step.seconds, 2) for step in steps.values())


def describe(step: str, progress: StepProgress) -> str:
    """Return one step in words."""
    if progress.state == "skipped":
        return f"{step:9} nothing to do"
    if progress.state == "failed":
        return f"{step:9} failed"
    counts = ", ".join(f"{progress.counts[name]:,} {name}" for name in _SHOWN_COUNTS if name in progress.counts)
    return f"{step:9} {progress.seconds:6.2f} s  {counts}"


class RunLauncher:
    """Launches a run for each event and attempt as they arrive. The sensor launches runs for those that it misses."""

    def __init__(self, stores: Stores, dagster: str, line: Line) -> None:
        self._stores = stores
        self._dagster = dagster
        self._line = line
        self._launched: dict[str, tuple[int, int]] = {}
        self._runs: dict[str, str] = {}
        self._next_beat = 0.0

    def tick(self) -> None:
        """Check the queue and the launched runs once."""
        try:
            if time.monotonic() >= self._next_beat:
                self._next_beat = time.monotonic() + BEAT_SECONDS
                self._stores.catalog.heartbeats.beat(dagster_client.LAUNCHER)
            self._launch()
            self._report()
        except AuraError as error:
            self._line(f"the queue could not be read: {error}")

    def _launch(self) -> None:
        # Events come oldest first, so the last one of each repository stays.
        newest = {event.repo: event for event in self._stores.catalog.events.due()}
        for repo, event in newest.items():
            if (
                self._launched.get(repo) == (event.id, event.attempts)
                or self._stores.catalog.leases.current(repo) is not None
            ):
                continue
            self._launched[repo] = event.id, event.attempts
            run = dagster_client.launch(self._dagster, repo, f"asked for by {event.source}")
            if run not in self._runs:
                self._runs[run] = repo
                self._line(f"{repo}: a change arrived ({event.source}), run {run[:8]} indexes it")

    def _report(self) -> None:
        for run, repo in list(self._runs.items()):
            last = self._stores.catalog.publisher.last_run(repo)
            if last is None or last.run != run or not last.finished_at:
                continue
            del self._runs[run]
            seconds = last.finished_at - last.started_at
            shas = ", ".join(f"{r.name} {r.sha[:12]}" for r in self._stores.catalog.publisher.refs(repo))
            state = "indexed" if last.state == "done" else last.state
            self._line(f"{repo}: {state} in {seconds:.1f} s: {last.message or shas}")


@contextmanager
def _display(line: Line) -> Iterator[Callable[[Mapping[str, StepProgress]], None]]:
    if not sys.stdout.isatty():
        seen: set[str] = set()
        yield lambda steps: _lines(steps, seen, line)
        return
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn("  {task.description:9}"), BarColumn(), TextColumn("{task.fields[words]}")) as bars:
        tasks = add_bars(bars)
        yield lambda steps: move_bars(steps, bars, tasks)


def _lines(steps: Mapping[str, StepProgress], seen: set[str], line: Line) -> None:
    for step in STEPS:
        progress = steps.get(step)
        if progress is not None and progress.state not in ("waiting", "running") and step not in seen:
            seen.add(step)
            line(describe(step, progress))


def add_bars(bars: Any) -> dict[str, Any]:
    """Add a bar for each step to a display of rich, and return its task by step."""
    # Only a task without a total moves by itself, so those that wait have one.
    return {step: bars.add_task(step, total=1, words="") for step in STEPS}


def move_bars(steps: Mapping[str, StepProgress], bars: Any, tasks: Mapping[str, Any]) -> None:
    """Show how far each step is in its bar."""
    by_id = {task.id: task for task in bars.tasks}
    for step, progress in steps.items():
        if progress.state == "running":
            words = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
            by_id[tasks[step]].total = progress.total or None  # `update` takes no None
            bars.update(tasks[step], completed=progress.done, words=words)
        elif progress.state != "waiting":
            # Without the step's name, which the bar shows already.
            bars.update(tasks[step], total=1, completed=1, words=describe(step, progress)[10:])
