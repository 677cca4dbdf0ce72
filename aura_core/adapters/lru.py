"""The cache of one process: the least recently used entry goes first."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class LruCache:
    """Values in memory, bounded by bytes (keys and values) and by entries. Safe to share between threads."""

    def __init__(
        self, max_bytes: int = 64_000_000, max_entries: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_bytes = max_bytes
        self._max_entries = max_entries
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """The value, unless it expired or was dropped."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, expires_at = entry
            if expires_at <= self._clock():
                self._forget(key)
                return None
            self._entries.move_to_end(key)
            return value

    def set(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for at most ``seconds``; a value that is larger than the whole cache is not kept."""
        with self._lock:
            self._forget(key)
            if seconds <= 0 or _cost(key, value) > self._max_bytes:
                return
            self._entries[key] = value, self._clock() + seconds
            self._bytes += _cost(key, value)
            while self._bytes > self._max_bytes or len(self._entries) > self._max_entries:
                self._forget(next(iter(self._entries)))

    def drop(self, prefix: str) -> None:
        """Forget all keys that begin with ``prefix``."""
        with self._lock:
            for key in [key for key in self._entries if key.startswith(prefix)]:
                self._forget(key)

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _cost(key, entry[0])


def _cost(key: str, value: bytes) -> int:
    return len(key.encode("utf-8", "surrogatepass")) + len(value)
