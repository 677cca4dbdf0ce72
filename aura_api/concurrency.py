"""Ranking is work for a core: as many at a time as there are cores, first come first served, never on the event loop."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from prometheus_client import Gauge

T = TypeVar("T")


class Gate:
    """Runs functions in threads, a core's worth at a time. Waiters are served in order, and a waiter who leaves frees
    the place.
    """

    def __init__(self, places: int = 0, waiting: Gauge | None = None) -> None:
        self._places = places or os.cpu_count() or 1
        self._limiter: anyio.CapacityLimiter | None = None
        self._waiting = waiting

    async def run(self, work: Callable[[], T]) -> T:
        """The function's result, from a thread."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter or self._open())

    def _open(self) -> anyio.CapacityLimiter:
        """A limiter belongs to a running loop, so the first question makes it."""
        limiter = self._limiter = anyio.CapacityLimiter(self._places)
        if self._waiting is not None:
            self._waiting.set_function(lambda: limiter.statistics().tasks_waiting)
        return limiter
