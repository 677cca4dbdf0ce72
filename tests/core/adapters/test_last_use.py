"""The minutes in which rows are stamped and may be deleted."""

from __future__ import annotations

from aura_core.adapters.last_use import LastUse

NOW = 6_000_000.0
MINUTE = 100_000


def test_a_stamp_is_renewed_four_times_in_a_grace_period() -> None:
    last_use = LastUse(lambda: NOW, 240)
    assert (last_use.minute(), last_use.seconds(), last_use.stale_before()) == (MINUTE, NOW, MINUTE - 60)


def test_a_row_stays_for_the_grace_period_and_one_interval_after_its_stamp() -> None:
    assert LastUse(lambda: NOW, 240).unused_until() == MINUTE - 240 - 60
    assert LastUse(lambda: NOW, 0).unused_until() == MINUTE


def test_rows_used_since_a_time_are_spared_whatever_the_grace_period() -> None:
    last_use = LastUse(lambda: NOW, 0)
    assert last_use.unused_until(NOW - 600) == MINUTE - 10 - 1
    assert LastUse(lambda: NOW, 240).unused_until(NOW - 600) == MINUTE - 240 - 60
