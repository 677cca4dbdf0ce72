"""Something else happens exactly between two transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aura_core.adapters.database import Database


@contextmanager
def at_boundary(number: int, act: Callable[[], None]) -> Iterator[list[int]]:
    """Call ``act`` before transaction ``number`` of this process, and count transactions."""
    seen = [0]
    real = {name: getattr(Database, name) for name in ("read", "write")}

    def hooked(name: str) -> Callable[[Database], object]:
        def enter(self: Database) -> object:
            seen[0] += 1
            if seen[0] == number:
                act()
            return real[name](self)

        return enter

    for name in real:
        setattr(Database, name, hooked(name))
    try:
        yield seen
    finally:
        for name, method in real.items():
            setattr(Database, name, method)
