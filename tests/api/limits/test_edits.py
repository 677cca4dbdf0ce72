"""A question about a working tree waits for its edits, as long as somebody indexes them."""

from __future__ import annotations

from typing import Any, cast

import anyio
import pytest

from aura_api.limits.concurrency import ConcurrencyLimit, PatientLimit
from aura_api.limits.edits import after_edits
from aura_core.errors import SnapshotNotReady
from tests.api.fake import FakeAura


class Edited(FakeAura):
    """A checkout whose edits are indexed after a number of looks."""

    def __init__(self, looks: int, *, is_indexed: bool = True) -> None:
        super().__init__()
        self.looks = looks
        self.is_indexed = is_indexed

    def may_become_ready(self, text: str) -> bool:
        return self.is_indexed

    def answer(self, _asked: Any) -> str:
        self.looks -= 1
        if self.looks > 0:
            raise SnapshotNotReady("not yet", remedy="wait")
        return "answer"


def ask(aura: Edited, patience: float) -> str:
    limiter = PatientLimit(ConcurrencyLimit(1), patience, seconds=30.0)

    async def run() -> str:
        return await after_edits(limiter, cast(Any, aura), "shop-1", aura.answer)

    return anyio.run(run)


def test_a_question_waits_for_edits_that_are_being_indexed() -> None:
    assert ask(Edited(3), 30.0) == "answer"


def test_a_question_that_nobody_would_make_answerable_is_refused_at_once() -> None:
    aura = Edited(1_000, is_indexed=False)
    with pytest.raises(SnapshotNotReady):
        ask(aura, 30.0)
    assert aura.looks == 999


def test_a_question_waits_no_longer_than_its_caller() -> None:
    with pytest.raises(SnapshotNotReady):
        ask(Edited(1_000), 0.3)
