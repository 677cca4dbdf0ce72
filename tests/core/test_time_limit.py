from __future__ import annotations

import pytest

from aura_core.errors import TooSlow
from aura_core.time_limit import check_time, in_time, time_limit


def test_without_a_limit_there_is_always_time() -> None:
    check_time()
    assert list(in_time([1, 2])) == [1, 2]


def test_after_its_time_a_question_ends_and_the_next_one_has_its_own() -> None:
    with pytest.raises(TooSlow, match=r"more than 1e-09 s") as error, time_limit(1e-9):
        list(in_time(range(3)))
    assert error.value.details == {"seconds": 1e-9}
    with time_limit(60):
        check_time()
    check_time()
