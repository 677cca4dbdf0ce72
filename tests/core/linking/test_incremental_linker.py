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
from aura_core.linking.incremental_linker import link_plan, plan_changes
from tests.core.linking.hostile_tree import HostileTree
from tests.core.linking.tree_history import TreeHistory, difference, inputs, link_from_nothing

LONG = int(os.environ.get("AURA_TEST_LONG", "1"))
"""How many times longer than usual the tests of this file run."""

SEEDS = st.integers(0, 2**32)


class Trees(RuleBasedStateMachine):
    """One tree after another, linked incrementally, sometimes by another process, sometimes back to an earlier one."""

    def __init__(self) -> None:
        super().__init__()
        self.hostile, self.history = HostileTree(), TreeHistory()
        self.seen: list[dict[str, str]] = []
        self.is_checked = True

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
        operations=st.lists(
            st.sampled_from(["add", "delete", "rename", "swap", "root", "spoil", "edit"]), min_size=1, max_size=4
        ),
    )
    def happen(self, seed: int, operations: list[str]) -> None:
        random = Random(seed)
        for name in operations:
            getattr(self.hostile, name)(random)
        self.go(self.hostile.tree())

    @rule(seed=SEEDS)
    def jump(self, seed: int) -> None:
        self.go(Random(seed).choice(self.seen))

    @rule()
    def compact(self) -> None:
        self.history.compact()

    @rule()
    def reopen(self) -> None:
        self.history.reopen()

    def go(self, tree: dict[str, str]) -> None:
        self.seen.append(tree)
        self.history.link(tree)
        self.is_checked = False

    @invariant()
    def equal(self) -> None:
        if not self.is_checked:
            self.is_checked = True
            assert not difference(self.history.state, link_from_nothing(self.seen[-1]))


TestTrees = pytest.mark.slow(pytest.mark.filterwarnings("ignore")(Trees.TestCase))
TestTrees.settings = settings(
    max_examples=12 * LONG, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=60 * LONG, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=SEEDS,
    operations=st.lists(
        st.sampled_from(["edit", "add", "delete", "rename", "swap", "root", "spoil"]), min_size=1, max_size=3
    ),
)
def test_what_a_file_records_is_all_that_its_links_depend_on(seed: int, operations: list[str]) -> None:
    """The reason why incremental equals clean, without anything incremental: a file for which every recorded value
    holds in another tree has the same row there. It fails when something is read that is not recorded, or recorded
    with a value that does not say all that was used of it.
    """
    random, hostile = Random(seed), HostileTree()
    for _ in range(10):
        hostile.add(random)
    before = LinkedFromNothing(hostile.tree())
    for name in operations:
        getattr(hostile, name)(random)
    after = LinkedFromNothing(hostile.tree())
    for path, source in before.program.files.items():
        file = after.program.files.get(path)
        if file is None or (file.key, file.module) != (source.key, source.module):
            continue
        changed_keys = [key for key, value in before.reads(path) if after.program.value(key) != value]
        assert changed_keys or before.row(path) == after.row(path), (
            f"{path} has another row, though all that it recorded holds"
        )


class LinkedFromNothing:
    """A tree linked from nothing, with the keys behind the recorded hashes."""

    def __init__(self, tree: dict[str, str]) -> None:
        self.state = LinkState()
        plan = plan_changes(self.state, inputs(tree), (), EmptyRowSource())
        self.result, self.program = link_plan(plan), plan.program
        self.keys = {key_hash(key): key for key in self.program.keys.keys}

    def reads(self, path: str) -> list[tuple[Key, int]]:
        layers = msgpack.unpackb(self.result.reads[path].packed)
        return [(self.keys[key], value) for layer in layers for key, value in unpack_reads(layer)]

    def row(self, path: str) -> tuple[bytes, bytes]:
        entry = self.state.entries[path]
        return entry.fragment, entry.reads


@pytest.mark.parametrize("text", ["[project.scripts]\nrun = 'lib:go'\n", "[project]\nname = 'lib'\n", "not toml", None])
def test_entry_points_come_and_go(text: str | None) -> None:
    code = {"lib.py": "def run(): pass\ndef go(): pass\n"}
    before = code | {"pyproject.toml": "[project.scripts]\nrun = 'lib:run'\n"}
    after = code | ({"pyproject.toml": text} if text is not None else {})
    for first, second in ((before, after), (after, before)):
        history = TreeHistory()
        history.link(first)
        history.link(second)
        assert not difference(history.state, link_from_nothing(second))
