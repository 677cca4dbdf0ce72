"""Limits how many questions are worked on at a time: one for each core, first come first served."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from prometheus_client import Gauge

T = TypeVar("T")


class ConcurrencyLimit:
    """Runs functions in threads, as many at a time as there are cores: ranking keeps a core busy, and the event loop
    must stay free. Callers are served in order, and a caller who leaves frees the place.
    """

    def __init__(self, limit: int = 0, waiting: Gauge | None = None) -> None:
        self._limit = limit or os.cpu_count() or 1
        self._limiter: anyio.CapacityLimiter | None = None
        self._waiting = waiting

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of a function, from a thread."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter or self._open())

    def _open(self) -> anyio.CapacityLimiter:
        """Make the limiter, which belongs to a running loop, at the first question."""
        limiter = self._limiter = anyio.CapacityLimiter(self._limit)
        if self._waiting is not None:
            self._waiting.set_function(lambda: limiter.statistics().tasks_waiting)
        return limiter
