"""Progress of work that takes longer than a second, on stderr: a bar on a terminal, elsewhere a line every few
seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

Report = Callable[[str, int, int], None]
"""Called as (step, done, total) from time to time."""

_WORDS = {
    "wait": "waiting for another sync",
    "fetch": "fetching",
    "parse": "reading files",
    "graph": "finding who calls what",
    "embed": "comparing meanings",
    "snapshot": "preparing answers",
    "cluster": "grouping what is alike",
    "verify": "comparing with a rebuild",
}
"""What each step does, for people who do not know its name."""

MIN_WIDTH = 64
"""A narrower terminal has no room for a bar."""

PATIENCE_SECONDS = 1.0
SECONDS_BETWEEN_LINES = 5.0


def words_of(step: str) -> str:
    """Return what a step does, in words; the step's own name when it has none."""
    return _WORDS.get(step, step)


@contextmanager
def progress() -> Iterator[Report]:
    """Show progress from the second second on, and clear it from a terminal at the end."""
    display: Bars | _Lines = Bars() if sys.stderr.isatty() else _Lines()
    try:
        yield display
    finally:
        display.close()


class _Lines:
    """Prints a line when a step begins and every few seconds, for logs."""

    def __init__(self) -> None:
        self._first = time.monotonic() + PATIENCE_SECONDS
        self._next = self._first
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._first or (step == self._step and now < self._next):
            return
        self._step, self._next = step, now + SECONDS_BETWEEN_LINES
        amount = f", {done:,} of {total:,}" if done else ""
        sys.stderr.write(f"aura: {words_of(step)}{amount}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Do nothing: the lines stay."""


class Bars:
    """Draws one bar per step with rich, which is imported when there is something to show."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._quiet_until = time.monotonic() + PATIENCE_SECONDS
        self._display: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show how far a step is."""
        if self._display is None:
            if time.monotonic() < self._quiet_until:
                return
            self._display = _new_display()
            self._display.start()
        if step not in self._tasks:
            self._stop_others()
            self._tasks[step] = self._display.add_task(words_of(step), total=None)
        self._display.update(self._tasks[step], completed=done, total=total or None)

    def _stop_others(self) -> None:
        """Fill the bars of the steps before, which have ended: only the step that works has a bar that moves."""
        for task in self.tasks:
            total = task.total or task.completed or 1
            self._display.update(task.id, completed=total, total=total)
            self._display.stop_task(task.id)

    @property
    def tasks(self) -> Sequence[Any]:
        """The tasks that are drawn, in the order of their steps."""
        return self._display.tasks if self._display is not None else ()

    def close(self) -> None:
        """Clear the bars."""
        if self._display is not None:
            self._display.stop()


def _new_display() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    width = max(map(len, _WORDS.values()))
    name, amount = TextColumn(f"{{task.description:{width}}}"), MofNCompleteColumn()
    columns = (name, BarColumn(), amount, TimeElapsedColumn()) if console.width >= MIN_WIDTH else (name, amount)
    return Progress(*columns, console=console, transient=True)
