"""A bounded cache of answers, shared by nobody or by many."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Bytes by key. Losing an entry is always allowed; inventing one never is."""

    def get(self, key: str) -> bytes | None:
        """The value, unless it expired or was dropped."""
        ...

    def set(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for at most ``seconds``."""
        ...

    def drop(self, prefix: str) -> None:
        """Forget all keys that begin with ``prefix``."""
        ...
