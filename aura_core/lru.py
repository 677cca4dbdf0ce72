"""The cache that a process keeps in memory: the least recently used value goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LruCache(Generic[Key, Value]):
    """Values by key, up to a total weight. The newest value stays whatever it weighs. Threads may share it.

    ``weight``: what one value counts, 1 by default; then ``capacity`` is a number of values.
    """

    def __init__(self, capacity: int, weight: Callable[[Value], int] = lambda value: 1) -> None:
        self._capacity = capacity
        self._weight = weight
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return a value, which counts as a use of it; None when the cache has none."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> list[Value]:
        """Store a value as the one used last; returns the values that were evicted for it."""
        evicted = []
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > 1 and sum(map(self._weight, self._values.values())) > self._capacity:
                evicted.append(self._values.popitem(last=False)[1])
        return evicted

    def pop(self, key: Key) -> Value | None:
        """Remove a value and return it; None when the cache has none."""
        with self._lock:
            return self._values.pop(key, None)

    def values(self) -> list[Value]:
        """Return all values, the least recently used first."""
        with self._lock:
            return list(self._values.values())

    def clear(self) -> list[Value]:
        """Remove all values and return them."""
        with self._lock:
            values = list(self._values.values())
            self._values.clear()
        return values
