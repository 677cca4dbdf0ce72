"""Linking ends, and takes work in proportion to the text, whatever a program looks like."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.linking import LinkedTree, hierarchy, link_tree, unpack_fragment
from aura_core.linking.inference import state
from aura_core.model.graph import EdgeKind, Unresolved
from aura_core.parsing import facts_to_link
from tests.core.linking.costly_programs import SHAPES, Tree
from tests.core.linking.hostile_tree import HostileTree
from tests.core.linking.tree_history import TreeHistory, difference, link_from_nothing, parse
from tests.work import assert_linear, lines_executed


def link(tree: Tree) -> LinkedTree:
    parsed = {path: parse(path, text) for path, text in tree.items()}
    return link_tree({path: (key, facts_to_link(packed)) for path, (key, packed) in parsed.items()})


def unresolved(tree: Tree, path: str = "m.py") -> tuple[Unresolved, ...]:
    return unpack_fragment(link(tree).fragments[path].packed).unresolved


def calls(tree: Tree, path: str = "m.py") -> set[tuple[str, str]]:
    edges = unpack_fragment(link(tree).fragments[path].packed).edges
    return {(edge.src, edge.dst) for edge in edges if edge.kind is EdgeKind.CALLS}


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_program_takes_twice_the_work(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # the same growth for smaller programs
    monkeypatch.setattr(hierarchy, "MAX_ANCESTORS", 16)
    monkeypatch.setattr(state, "MAX_READS", 64)
    make, size = SHAPES[shape]
    assert_linear(make, link, size)


def test_a_value_that_a_loop_wraps_again_and_again_is_followed_to_an_end() -> None:
    make, _ = SHAPES["wrapped in a loop"]
    tree = make(1)
    link(tree)
    assert lines_executed(lambda: link(tree)) < 500_000
    assert ("", "m.py::f0") in calls(tree)
    assert ("f0", "external:builtins.enumerate") in calls(tree)


def test_a_long_chain_of_classes_is_cut_where_it_is_honest_to_say_so() -> None:
    make, _ = SHAPES["chain of classes"]
    classes = make(300)["m.py"] + "class D(C299): pass\n" + "D().m()\nD().n()\n"
    text = classes.replace("class C0:\n", "class C0:\n def n(self): pass\n")
    assert ("", "m.py::C299.m") in calls({"m.py": text})
    assert [(site.text, site.reason) for site in unresolved({"m.py": text})] == [("D().n", "too-complex")]


def test_what_is_over_the_budget_is_unresolved_and_the_rest_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "FILE_STEPS", 100)
    monkeypatch.setattr(state, "MIN_STEPS", 40)
    registry = "def f(): pass\ndef g(): pass\nR = [f, g]\n" + "".join(f"R.append(lambda: R[{i}])\n" for i in range(60))
    tree = {"m.py": registry + "for h in R: h()\ng()\n"}
    assert ("", "m.py::g") in calls(tree)
    assert ("h", "too-complex") in {(site.text, site.reason) for site in unresolved(tree)}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), steps=st.integers(5, 120))
def test_a_spent_budget_says_the_same_for_any_history_and_any_order(seed: int, steps: int) -> None:
    random, hostile, history = Random(seed), HostileTree(), TreeHistory()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(state, "FILE_STEPS", steps)
        monkeypatch.setattr(state, "MIN_STEPS", steps // 5)
        monkeypatch.setattr(state, "MAX_STEPS", steps // 2)
        monkeypatch.setattr(state, "MAX_READS", steps // 4)
        for _ in range(8):
            hostile.add(random)
        for _ in range(4):
            history.link(hostile.tree())
            hostile.edit(random)
            hostile.add(random)
        history.link(hostile.tree())
        assert not difference(history.state, link_from_nothing(hostile.tree()))
        tree = hostile.tree()
        paths = sorted(path for path in tree if not tree[path].startswith("binary"))
        random.shuffle(paths)
        assert link({path: tree[path] for path in sorted(paths)}) == link({path: tree[path] for path in paths})
