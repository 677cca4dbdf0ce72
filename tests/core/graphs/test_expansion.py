"""Weighted expansion, held to all ways written out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.graphs import DEFAULT_KINDS, expand, steps_around
from aura_core.model.edge_weights import EDGE_WEIGHTS
from aura_core.model.graph import EdgeKind
from aura_core.model.walks import CutOff, Direction, Expansion
from tests.contracts.graphs import PlainGraph, small_graph

C, M, E = EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.EXTENDS
ALL = tuple(EdgeKind)
EDGE = st.tuples(
    st.sampled_from("abcdef"), st.sampled_from(ALL), st.sampled_from(["a", "b", "c", "d", "e", "f", "external:x"])
)


def expand_from(graph: PlainGraph, start: str, direction: Direction = Direction.OUT, **options: object) -> Expansion:
    return expand(steps_around(graph, DEFAULT_KINDS, direction), f"a.py::{start}", **options)  # type: ignore[arg-type]


def rows_of(expansion: Expansion) -> list[tuple[str, float, str]]:
    return [(r.node.qualname, r.weight, "".join(s.uid[-1] for s in r.path)) for r in expansion.reached]


def test_weights_multiply_along_the_way_and_stop_below_a_tenth() -> None:
    graph = small_graph(
        [("a", C, "b"), ("b", M, "c"), ("c", E, "d"), ("d", M, "e"), ("e", M, "f"), ("f", M, "g"), ("g", M, "h")]
    )
    expansion = rows_of(expand_from(graph, "a"))
    assert [n for n, _, _ in expansion] == ["b", "c", "d", "e", "f", "g"]
    assert [w for _, w, _ in expansion] == [0.9, 0.54, 0.54, 0.324, 0.1944, 0.11664]
    assert expansion[-1][2] == "bcdefg"


def test_a_weight_of_exactly_the_least_is_kept() -> None:
    graph = small_graph([("a", M, "b"), ("b", M, "c"), ("c", C, "d")])
    assert [w for _, w, _ in rows_of(expand_from(graph, "a", min_weight=0.324))] == [0.6, 0.36, 0.324]
    assert [w for _, w, _ in rows_of(expand_from(graph, "a", min_weight=0.3241))] == [0.6, 0.36]


def test_the_best_way_counts_and_cycles_end() -> None:
    graph = small_graph([("a", M, "b"), ("a", E, "c"), ("c", E, "b"), ("b", E, "a"), ("c", E, "c")])
    assert rows_of(expand_from(graph, "a")) == [("c", 1.0, "c"), ("b", 1.0, "cb")]


def test_a_heavy_long_way_does_not_hide_what_only_a_light_short_one_can_reach() -> None:
    graph = small_graph([("a", E, "x"), ("x", E, "y"), ("y", E, "b"), ("a", M, "b"), ("b", E, "c")])
    assert rows_of(expand_from(graph, "a", max_steps=3)) == [
        ("x", 1.0, "x"),
        ("y", 1.0, "xy"),
        ("b", 1.0, "xyb"),
        ("c", 0.6, "bc"),
    ]


def test_edges_are_walked_as_asked() -> None:
    graph = small_graph([("a", C, "b"), ("c", C, "a"), ("d", C, "c"), ("c", C, "e")])
    assert [n for n, _, _ in rows_of(expand_from(graph, "a"))] == ["b"]
    assert [n for n, _, _ in rows_of(expand_from(graph, "a", Direction.IN))] == ["c", "d"]
    both = expand_from(graph, "a", Direction.BOTH)
    assert [n for n, _, _ in rows_of(both)] == ["b", "c", "d", "e"]
    assert [s.direction for s in both.reached[3].path] == [Direction.IN, Direction.OUT]


def test_what_lies_outside_is_not_walked_through() -> None:
    graph = small_graph([("a", C, "external:json"), ("b", C, "external:json")])
    assert rows_of(expand_from(graph, "a", Direction.BOTH)) == []


@pytest.mark.parametrize(("limit", "cut"), [(2, CutOff.LIMIT), (3, CutOff.NO), (4, CutOff.NO)])
def test_more_than_the_limit_is_said(limit: int, cut: CutOff) -> None:
    expansion = expand_from(small_graph([("a", C, "b"), ("a", C, "c"), ("a", E, "d")]), "a", limit=limit)
    assert (expansion.cut_off, [n for n, _, _ in rows_of(expansion)]) == (cut, ["d", "b", "c"][:limit])


def test_a_hub_is_cut_off_and_that_is_said() -> None:
    graph = small_graph([("a", C, "b"), *(("b", C, f"n{i}") for i in range(50))])
    assert expand_from(graph, "a", max_edges=20).cut_off is CutOff.EDGES


@given(
    st.lists(EDGE, max_size=14), st.sampled_from(list(Direction)), st.integers(1, 5), st.sampled_from([0.1, 0.3, 0.01])
)
def test_every_node_has_the_heaviest_of_all_ways_that_are_short_enough(
    edges: list[tuple[str, EdgeKind, str]], direction: Direction, depth: int, least: float
) -> None:
    graph = small_graph([*edges, ("a", C, "b")])
    expansion = expand(steps_around(graph, ALL, direction), "a.py::a", max_steps=depth, min_weight=least)
    best: dict[str, Fraction] = {"a": Fraction(1)}
    level = {"a": Fraction(1)}
    for _ in range(depth):
        next_level: dict[str, Fraction] = {}
        for s, kind, t in {*edges, ("a", C, "b")}:
            if ":" in t:
                continue
            for source, target in [*([(s, t)] if direction != "in" else []), *([(t, s)] if direction != "out" else [])]:
                if source in level and (w := level[source] * EDGE_WEIGHTS[kind] / 10) >= Fraction(str(least)):
                    next_level[target] = max(w, next_level.get(target, Fraction(0)))
        for name, w in next_level.items():
            best[name] = max(w, best.get(name, Fraction(0)))
        level = next_level
    del best["a"]
    assert {r.node.qualname: r.weight for r in expansion.reached} == {name: float(w) for name, w in best.items()}
    assert [(-r.weight, len(r.path), r.node.uid) for r in expansion.reached] == sorted(
        (-r.weight, len(r.path), r.node.uid) for r in expansion.reached
    )
    for reached in expansion.reached:
        product = Fraction(1)
        for step in reached.path:
            product *= Fraction(EDGE_WEIGHTS[step.kind], 10)
        assert (float(product), reached.path[-1].uid, len(reached.path) <= depth) == (
            reached.weight,
            reached.node.uid,
            True,
        )
