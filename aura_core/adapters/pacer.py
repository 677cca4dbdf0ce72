"""Long work in small transactions, so that a writer that waits gets its turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from aura_core.adapters.database import ROWS_AT_ONCE

MIN_ROWS = 20
LONG_SECONDS = 0.02
"""A transaction that took longer is followed by a smaller one."""

Item = TypeVar("Item")


class Pacer:
    """Cuts lists into batches for one transaction each, so small that nobody waits long for the write lock."""

    def __init__(self) -> None:
        self._size = ROWS_AT_ONCE

    def batches(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """Yield ``items`` in order. Between two batches others get as much time as the last batch took, at most
        ``LONG_SECONDS``.
        """
        start = 0
        while start < len(items):
            began, size = time.monotonic(), self._size
            yield items[start : start + size]
            start += size
            # The caller's transaction ran while this generator was suspended.
            seconds = time.monotonic() - began
            self._size = max(MIN_ROWS, size // 2) if seconds > LONG_SECONDS else min(ROWS_AT_ONCE, size * 2)
            time.sleep(min(seconds, LONG_SECONDS))
