"""The progress of a run as a small file in the home: its steps write it, whoever waits reads it. No heavy imports."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aura_core.files import write_atomically
from aura_core.private_files import make_private_folder

STEPS = ("parse", "graph", "embed", "snapshot", "cluster")
"""Steps of a sync, in order: the names of the assets and of the functions."""

WRITE_EVERY_SECONDS = 0.1
MAX_FILES = 50
"""Runs whose progress stays on disk."""


@dataclass(slots=True)
class StepProgress:
    """One step: ``state`` is waiting, running, done, failed or skipped; ``done`` of ``total`` files while it runs."""

    state: str = "waiting"
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    counts: dict[str, Any] = field(default_factory=dict)


def progress_file(home: Path, run: str) -> Path:
    """Return where the progress of a run is written."""
    return home / "progress" / f"{run}.json"


def read_progress(home: Path, run: str) -> dict[str, StepProgress]:
    """Return the progress by step, empty before the first step starts."""
    try:
        stored = json.loads(progress_file(home, run).read_text())
    except (OSError, ValueError):
        return {}
    return {name: StepProgress(**step) for name, step in stored.items()}


class RunProgress:
    """Writes one run's progress, at most every ``WRITE_EVERY_SECONDS`` while a step works. A write may get lost."""

    def __init__(self, home: Path, run: str) -> None:
        self._file = progress_file(home, run)
        self._home = home
        self._run = run
        self._written = 0.0

    def begin(self, step: str) -> None:
        """Record that the step works now."""
        self._write(step, StepProgress("running"))
        _prune(self._file.parent)

    def update(self, step: str, done: int, total: int) -> None:
        """Record how far the step is. The shape of ``aura_core.indexing.Progress``."""
        now = time.monotonic()
        if now - self._written >= WRITE_EVERY_SECONDS:
            self._written = now
            self._write(step, StepProgress("running", done, total))

    def end(self, step: str, state: str, seconds: float = 0.0, counts: Mapping[str, Any] | None = None) -> None:
        """Record that the step is done, failed or skipped."""
        self._write(step, StepProgress(state, seconds=round(seconds, 3), counts=dict(counts or {})))

    def _write(self, step: str, progress: StepProgress) -> None:
        steps = read_progress(self._home, self._run) | {step: progress}
        stored = {name: {k: getattr(p, k) for k in StepProgress.__slots__} for name, p in steps.items()}
        with suppress(OSError):
            make_private_folder(self._file.parent)
            write_atomically(self._file, json.dumps(stored).encode())


def _prune(folder: Path) -> None:
    newest = sorted(folder.glob("*.json"), key=lambda f: f.stat().st_mtime, reverse=True)
    for old in newest[MAX_FILES:]:
        old.unlink(missing_ok=True)
