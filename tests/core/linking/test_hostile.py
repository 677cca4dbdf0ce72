"""Whatever happens to a tree, moving to it gives what linking it from nothing gives, and what a file records is all
that its links depend on.
"""

from __future__ import annotations

import os
from random import Random

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aura_core.linking import EmptyRowSource, LinkState
from aura_core.linking.dependency_keys import Key, key_hash, unpack_reads
from aura_core.linking.incremental import link_plan, plan_changes
from tests.core.linking.hostile import Hostile
from tests.core.linking.moving import Moving, clean, difference, inputs

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

    @rule(
        seed=SEEDS,
        what=st.lists(
            st.sampled_from(["add", "delete", "rename", "swap", "root", "spoil", "edit"]), min_size=1, max_size=4
        ),
    )
    def happen(self, seed: int, what: list[str]) -> None:
        random = Random(seed)
        for name in what:
            getattr(self.hostile, name)(random)
        self.go(self.hostile.tree())

    @rule(seed=SEEDS)
    def jump(self, seed: int) -> None:
        self.go(Random(seed).choice(self.seen))

    @rule()
    def settle(self) -> None:
        self.moving.settle()

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
TestTrees.settings = settings(
    max_examples=12 * LONG, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=60 * LONG, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=SEEDS,
    what=st.lists(
        st.sampled_from(["edit", "add", "delete", "rename", "swap", "root", "spoil"]), min_size=1, max_size=3
    ),
)
def test_what_a_file_records_is_all_that_its_links_depend_on(seed: int, what: list[str]) -> None:
    """The reason why incremental equals clean, without anything incremental: a file for which every recorded value
    holds in another tree has the same row there. It fails when something is read that is not recorded, or recorded
    with a value that does not say all that was used of it.
    """
    random, hostile = Random(seed), Hostile()
    for _ in range(10):
        hostile.add(random)
    before = Whole(hostile.tree())
    for name in what:
        getattr(hostile, name)(random)
    after = Whole(hostile.tree())
    for path, source in before.program.files.items():
        there = after.program.files.get(path)
        if there is None or (there.key, there.module) != (source.key, source.module):
            continue
        broken = [key for key, value in before.recorded(path) if after.program.value(key) != value]
        assert broken or before.row(path) == after.row(path), (
            f"{path} has another row, though all that it recorded holds"
        )


class Whole:
    """A tree linked from nothing, with the keys behind the recorded hashes."""

    def __init__(self, tree: dict[str, str]) -> None:
        self.kept = LinkState()
        plan = plan_changes(self.kept, inputs(tree), (), EmptyRowSource())
        self.made, self.program = link_plan(plan), plan.program
        self.keys = {key_hash(key): key for key in self.program.keys.keys}

    def recorded(self, path: str) -> list[tuple[Key, int]]:
        layers = msgpack.unpackb(self.made.reads[path].packed)
        return [(self.keys[key], value) for layer in layers for key, value in unpack_reads(layer)]

    def row(self, path: str) -> tuple[bytes, bytes]:
        entry = self.kept.entries[path]
        return entry.fragment, entry.reads
