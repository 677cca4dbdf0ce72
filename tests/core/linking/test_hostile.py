"""Whatever happens to a tree, moving to it gives what linking it from nothing gives, and what a file records is all that its links depend on."""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.core.linking.hostile import Hostile
from tests.core.linking.moving import Moving, clean, difference

LONG = int(os.environ.get("AURA_TEST_LONG", "1"))
"""How many times longer than usual the tests of this file run."""

SEEDS = st.integers(0, 2**32)


class Trees(RuleBasedStateMachine):
    """One tree after another, linked incrementally, sometimes by another process, sometimes back to an earlier one."""

    def __init__(self) -> None:
        super().__init__()
        self.hostile, self.moving = Hostile(), Moving()
        self.seen: list[dict[str, str]] = []
        self.moved = False

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(10):
            self.hostile.add(random)
        self.go(self.hostile.tree())

    @rule(seed=SEEDS, times=st.integers(1, 3))
    def edit(self, seed: int, times: int) -> None:
        random = Random(seed)
        for _ in range(times):
            self.hostile.edit(random)
        self.go(self.hostile.tree())

    @rule(seed=SEEDS, what=st.lists(st.sampled_from(["add", "delete", "rename", "swap", "root", "spoil", "edit"]), min_size=1, max_size=4))
    def happen(self, seed: int, what: list[str]) -> None:
        random = Random(seed)
        for name in what:
            getattr(self.hostile, name)(random)
        self.go(self.hostile.tree())

    @rule(seed=SEEDS)
    def jump(self, seed: int) -> None:
        self.go(Random(seed).choice(self.seen))

    @rule()
    def reopen(self) -> None:
        self.moving.reopen()

    def go(self, tree: dict[str, str]) -> None:
        self.seen.append(tree)
        self.moving.move(tree)
        self.moved = True

    @invariant()
    def equal(self) -> None:
        if self.moved:
            self.moved = False
            assert not difference(self.moving.kept, clean(self.seen[-1]), self.moving.rows)


TestTrees = pytest.mark.filterwarnings("ignore")(Trees.TestCase)
TestTrees.settings = settings(max_examples=12 * LONG, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
