"""When a row was last wanted, in minutes, and from when on nobody misses it."""

from __future__ import annotations

from aura_core.adapters.database import Clock

TOUCHES = 4
"""How often a row that is wanted all the time is touched while an unwanted one is kept."""


class Stamps:
    """``grace``: for how many minutes a row that nothing names is kept after it was wanted last."""

    def __init__(self, clock: Clock, grace: int) -> None:
        self._clock = clock
        self._every = grace // TOUCHES
        self._grace = grace

    def now(self) -> int:
        """Minutes since the epoch."""
        return int(self._clock() // 60)

    def seconds(self) -> float:
        """UTC seconds since the epoch."""
        return self._clock()

    def fresh(self) -> int:
        """A row with an older stamp gets a new one when it is wanted."""
        return self.now() - self._every

    def doomed_before(self, spare_since: float | None = None) -> int:
        """Rows touched in this minute, or before, have not been wanted for the time of grace, nor since
        ``spare_since``: a touch is written down up to one interval late.
        """
        limit = self.now() - self._grace
        return (limit if spare_since is None else min(limit, int(spare_since // 60) - 1)) - self._every
