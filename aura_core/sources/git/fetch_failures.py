"""Remembers failed fetches of a mirror, so that it is tried again after growing pauses and not at every poll."""

from __future__ import annotations

import contextlib
import json
import random
import time
from pathlib import Path
from typing import NamedTuple

from aura_core.files import write_atomically

MAX_PAUSE_SECONDS = 6 * 3600.0
MAX_ERROR_CHARS = 2_000
_JITTER = 0.2
"""Pauses differ by up to this share, so that many mirrors of one host do not come back at once."""


class FetchFailure(NamedTuple):
    """Fetches of a mirror that failed in a row: how many, the last error, and when to try again (UTC seconds)."""

    failures: int
    error: str
    next_try: float

    def __str__(self) -> str:
        times = "once" if self.failures == 1 else f"{self.failures} times in a row"
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.next_try))
        return f"Fetching has failed {times}; the next try is at {moment}. {self.error}"


def read_failure(file: Path) -> FetchFailure | None:
    """Return the failure that a file records, None when the last fetch was a success."""
    try:
        value = json.loads(file.read_text())
        return FetchFailure(int(value["failures"]), str(value["error"]), float(value["next_try"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record_failure(file: Path, error: str, pause_seconds: float) -> None:
    """Record one more failure. The pause before the next try begins with ``pause_seconds`` and doubles each time."""
    last = read_failure(file)
    count = last.failures + 1 if last is not None else 1
    pause = min(pause_seconds * 2.0 ** min(count - 1, 30), MAX_PAUSE_SECONDS)
    next_try = time.time() + pause * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
    value = FetchFailure(count, error[:MAX_ERROR_CHARS], next_try)._asdict()
    with contextlib.suppress(OSError):  # the error itself is reported all the same
        write_atomically(file, json.dumps(value).encode(), mode=0o600)


def forget_failure(file: Path) -> None:
    """Forget the failures, after a success."""
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
