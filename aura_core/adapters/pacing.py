"""Long work in small transactions: a writer that waits gets its turn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from aura_core.adapters.database import ROWS_AT_ONCE

AT_LEAST = 20
LONG_SECONDS = 0.02
"""A transaction that took longer is followed by a smaller one."""

Item = TypeVar("Item")


class Turns:
    """Portions of lists, each small enough that whoever consumes it in one transaction holds others up for a moment
    only.
    """

    def __init__(self) -> None:
        self._size = ROWS_AT_ONCE

    def portions(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """``items`` in order; between two portions others get as long as the last one took."""
        start = 0
        while start < len(items):
            began, size = time.monotonic(), self._size
            yield items[start : start + size]
            start += size
            took = time.monotonic() - began
            self._size = max(AT_LEAST, size // 2) if took > LONG_SECONDS else min(ROWS_AT_ONCE, size * 2)
            time.sleep(min(took, LONG_SECONDS))
