"""The check of coverage by room."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.room_coverage import ROOMS, Share, report

ROOT = Path(__file__).parents[2]


def all_of(share: Share) -> dict[str, Share]:
    return {
        str(file.relative_to(ROOT)): share
        for patterns in ROOMS.values()
        for pattern in patterns
        for file in ROOT.glob(pattern)
    }


def test_every_pattern_of_a_room_names_files_that_are_there() -> None:
    assert [pattern for patterns in ROOMS.values() for pattern in patterns if not list(ROOT.glob(pattern))] == []


@pytest.mark.parametrize(
    ("share", "code"),
    [(Share(10, 10, 10, 10), 0), (Share(100, 91, 100, 91), 0), (Share(10, 9, 10, 10), 1), (Share(10, 10, 10, 9), 1)],
)
def test_lines_and_branches_must_both_be_above_the_least(share: Share, code: int) -> None:
    assert report(all_of(share), 90.0) == code


def test_a_room_that_was_not_measured_is_not_good() -> None:
    assert report({"aura_core/sources/git/mirror.py": Share(10, 10, 0, 0)}, 90.0) == 1


def test_files_that_have_less_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    report({**all_of(Share(100, 100, 4, 4)), "aura_core/indexing/sync.py": Share(100, 50, 4, 1)}, 90.0)
    output = capsys.readouterr().out
    assert "aura_core/indexing/sync.py" in output
    assert "aura_core/indexing/runs.py" not in output
