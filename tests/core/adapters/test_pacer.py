"""Long work in small transactions."""

from __future__ import annotations

import pytest

from aura_core.adapters.database import ROWS_AT_ONCE
from aura_core.adapters.pacer import LONG_SECONDS, MIN_ROWS, Pacer


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("aura_core.adapters.pacer.time", clock)
    return clock


def test_quick_batches_are_as_large_as_a_transaction_may_be(clock: Clock) -> None:
    batches = list(Pacer().batches(range(2 * ROWS_AT_ONCE + 1)))
    assert [len(batch) for batch in batches] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]
    assert [number for batch in batches for number in batch] == list(range(2 * ROWS_AT_ONCE + 1))


def test_slow_batches_shrink_and_others_get_their_time_between_them(clock: Clock) -> None:
    sizes = []
    pacer = Pacer()
    for batch in pacer.batches(range(600)):
        sizes.append(len(batch))
        clock.now += 10 * LONG_SECONDS
    assert sizes[:5] == [200, 100, 50, 25, MIN_ROWS]
    assert set(sizes[5:-1]) == {MIN_ROWS}
    assert set(clock.pauses) == {LONG_SECONDS}
    assert len(next(pacer.batches(range(600)))) == MIN_ROWS, "the next list begins with the size that was learnt"
