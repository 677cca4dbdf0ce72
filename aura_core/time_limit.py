"""The time that one question may take. Python cannot end a thread, so long work looks at its time now and then."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from aura_core.errors import TooSlow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """The seconds that a question may take, and the moment, by the monotonic clock, at which they are over."""

    seconds: float
    end: float


_LIMIT: ContextVar[TimeLimit | None] = ContextVar("time_limit", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Bound the time of what is done inside, in this thread: ``check_time`` raises ``TooSlow`` after that."""
    token = _LIMIT.set(TimeLimit(seconds, time.monotonic() + seconds))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def check_time() -> None:
    """Raise ``TooSlow`` when the time of the question is over. Without a limit nothing happens."""
    limit = _LIMIT.get()
    if limit is not None and time.monotonic() > limit.end:
        raise TooSlow(
            f"The answer takes more than {limit.seconds:g} s.",
            remedy="Ask for less: a shorter task, fewer steps, a smaller limit or a filter. AURA_REQUEST_SECONDS is the"
            " limit.",
            seconds=limit.seconds,
        )


def in_time(items: Iterable[T]) -> Iterator[T]:
    """Yield items, as long as there is time. Raises ``TooSlow``."""
    for item in items:
        check_time()
        yield item
