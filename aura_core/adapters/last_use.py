"""Stamps of the last use of rows, in minutes, and the stamp up to which a row may be deleted."""

from __future__ import annotations

from aura_core.adapters.database import Clock

STAMPS_PER_GRACE = 4
"""How often a row that is used all the time gets a new stamp during one grace period."""


class LastUse:
    """Stamps of rows: the minute of their last use, written at most every ``grace / STAMPS_PER_GRACE`` minutes.

    ``grace``: for how many minutes a row that nothing names is kept after its last use.
    """

    def __init__(self, clock: Clock, grace: int) -> None:
        self._clock = clock
        self._grace = grace
        self._interval = grace // STAMPS_PER_GRACE

    def minute(self) -> int:
        """Return the present minute since the epoch."""
        return int(self._clock() // 60)

    def seconds(self) -> float:
        """Return the present time in UTC seconds since the epoch."""
        return self._clock()

    def stale_before(self) -> int:
        """Return the minute before which a stamp is renewed when its row is used."""
        return self.minute() - self._interval

    def unused_until(self, spare_since: float | None = None) -> int:
        """Return the newest stamp of rows that may be deleted: they were not used for the grace period, nor since
        ``spare_since`` (UTC seconds). One interval is subtracted because a stamp may be that much older than its use.
        """
        limit = self.minute() - self._grace
        return (limit if spare_since is None else min(limit, int(spare_since // 60) - 1)) - self._interval
