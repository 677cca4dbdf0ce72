"""Limits how many questions are worked on at a time, one for each core, and how many may wait in order."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from prometheus_client import Gauge

from aura_core.errors import AuraError
from aura_core.time_limit import time_limit

T = TypeVar("T")

MAX_PATIENCE_SECONDS: Final = 600.0
"""A caller cannot wait longer than this, whatever it asks for."""

RECENT_SHARE: Final = 0.1
"""Weight of the last question in the mean of how long questions take."""


class TooBusy(AuraError):
    """Too many questions wait already, or this one would wait longer than its caller does; ``retry_after`` and the
    header ``Retry-After`` say when to try again. Over HTTP only.
    """

    code = "too_busy"
    http_status = 429
    exit_code = 4


class ConcurrencyLimit:
    """Runs functions in threads, ``limit`` at a time (as many as there are cores by default): ranking keeps a core
    busy, and the event loop must stay free.

    At most ``queue`` callers wait. They are served in order, and a caller who leaves frees the place. ``waiting`` shows
    how many wait.
    """

    def __init__(self, limit: int = 0, *, queue: int = 64, waiting: Gauge | None = None) -> None:
        self._limit = limit or os.cpu_count() or 1
        self._queue = queue
        self._waiting = waiting
        self._limiter: anyio.CapacityLimiter | None = None
        self._threads: anyio.CapacityLimiter | None = None
        self._mean_seconds = 0.0

    async def run(self, work: Callable[[], T], patience: float | None = None) -> T:
        """Return the result of a function, from a thread. Raises ``TooBusy`` when the queue is full, or when the wait
        is, or probably would be, longer than ``patience`` seconds; None waits for ever.
        """
        limiter, ticket = self._limiter or self._open(), object()
        await self._enter(limiter, ticket, patience)
        start = time.perf_counter()
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            limiter.release_on_behalf_of(ticket)
            seconds = time.perf_counter() - start
            self._mean_seconds += (seconds - self._mean_seconds) * (RECENT_SHARE if self._mean_seconds else 1)

    async def _enter(self, limiter: anyio.CapacityLimiter, ticket: object, patience: float | None) -> None:
        try:
            return limiter.acquire_on_behalf_of_nowait(ticket)
        except anyio.WouldBlock:
            pass
        if patience is None:
            with self._waits():
                return await limiter.acquire_on_behalf_of(ticket)
        waiting = limiter.statistics().tasks_waiting
        expected = (waiting + 1) * self._mean_seconds / self._limit
        if waiting >= self._queue:
            raise _too_busy(f"{waiting} questions wait already", expected)
        if expected > patience:
            raise _too_busy(f"The wait would be some {expected:.1f} s, and the caller waits {patience:g} s", expected)
        with self._waits(), anyio.move_on_after(patience):
            return await limiter.acquire_on_behalf_of(ticket)
        raise _too_busy(f"The question has waited for {patience:g} s", expected)

    def _open(self) -> anyio.CapacityLimiter:
        """Make the limiter, which belongs to a running loop, at the first question."""
        limiter = self._limiter = anyio.CapacityLimiter(self._limit)
        self._threads = anyio.CapacityLimiter(self._limit)
        return limiter

    @contextmanager
    def _waits(self) -> Iterator[None]:
        """Count one more caller that waits inside this context."""
        if self._waiting is not None:
            self._waiting.inc()
        try:
            yield
        finally:
            if self._waiting is not None:
                self._waiting.dec()


@dataclass(frozen=True, slots=True)
class PatientLimit:
    """The limit for one caller, who waits at most ``patience`` seconds for a free core, and whose question may take
    ``seconds`` there.
    """

    limit: ConcurrencyLimit
    patience: float
    seconds: float

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of a function, from a thread. Raises ``TooBusy``, and ``TooSlow`` as soon as the function
        looks at its time.
        """

        def work_in_time() -> T:
            with time_limit(self.seconds):
                return work()

        return await self.limit.run(work_in_time, self.patience)

    async def go_on(self, work: Callable[[], T]) -> T:
        """Do the same for a further part of an answer that has begun, which is never refused."""
        return await self.limit.run(work)


def patience_of(prefer: Sequence[str], default: float) -> float:
    """Return how many seconds a caller waits, from its ``Prefer`` headers (``wait=10``, RFC 7240), else ``default``."""
    for preference in ",".join(prefer).lower().split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        digits = value.strip().strip('"')
        # Ten digits are more than any wait has; Python refuses to convert thousands of them.
        if name.strip() == "wait" and digits.isascii() and digits.isdigit():
            return min(float(digits[:10]), MAX_PATIENCE_SECONDS)
    return default


def _too_busy(reason: str, expected: float) -> TooBusy:
    seconds = max(1, math.ceil(expected))
    return TooBusy(
        f"{reason}.", remedy=f"Try again in {seconds} s, or send `Prefer: wait=…` to wait longer.", retry_after=seconds
    )
