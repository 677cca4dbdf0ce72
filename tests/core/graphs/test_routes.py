"""The shortest way between two symbols, held to all ways written out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aura_core.graphs import shortest_route, steps_around
from aura_core.model.graph import EdgeKind
from aura_core.model.walks import Direction, Outcome, Route
from tests.contracts.graphs import PlainGraph, small_graph

C, M = EdgeKind.CALLS, EdgeKind.IMPORTS
EDGE = st.tuples(st.sampled_from("abcdef"), st.just(C), st.sampled_from(["a", "b", "c", "d", "e", "f", "external:x"]))


def find_route(graph: PlainGraph, start: str, end: str, direction: Direction = Direction.OUT, **options: int) -> Route:
    target = end if ":" in end else f"a.py::{end}"
    return shortest_route(steps_around(graph, [C], direction), f"a.py::{start}", target, **options)


def names(route: Route) -> str:
    return "".join(step.uid[-1] for step in route.steps)


def test_the_fewest_edges_win_and_of_equal_ways_the_first_by_name() -> None:
    graph = small_graph(
        [("a", C, "c"), ("a", C, "b"), ("b", C, "z"), ("c", C, "z"), ("a", C, "d"), ("d", C, "e"), ("e", C, "z")]
    )
    route = find_route(graph, "a", "z")
    assert (route.outcome, names(route)) == (Outcome.REACHED, "bz")


def test_a_symbol_is_no_steps_from_itself() -> None:
    assert find_route(small_graph([("a", C, "b")]), "a", "a") == Route(Outcome.REACHED, (), 8, 1)


def test_only_the_kinds_and_the_direction_asked_for_count() -> None:
    graph = small_graph([("a", M, "b"), ("b", C, "a"), ("c", C, "b")])
    assert find_route(graph, "a", "b").outcome is Outcome.NONE
    back = find_route(graph, "a", "b", Direction.IN)
    assert [(s.uid, s.direction) for s in back.steps] == [("a.py::b", Direction.IN)]
    assert names(find_route(graph, "a", "c", Direction.BOTH)) == "bc"


def test_a_way_ends_outside_but_never_leads_through_it() -> None:
    graph = small_graph([("a", C, "b"), ("b", C, "external:json"), ("c", C, "external:json")])
    assert [s.uid for s in find_route(graph, "a", "external:json").steps] == ["a.py::b", "external:json"]
    assert find_route(graph, "a", "c", Direction.BOTH).outcome is Outcome.NONE


def test_no_way_within_the_steps_is_told_from_giving_up() -> None:
    graph = small_graph(
        [*((f"n{i:02}", C, f"n{i + 1:02}") for i in range(20)), *(("n00", C, f"m{i:02}") for i in range(30))]
    )
    short = find_route(graph, "n00", "n20", max_steps=5)
    assert (short.outcome, short.max_steps) == (Outcome.NONE, 5)
    assert find_route(graph, "n00", "n20", max_steps=20).outcome is Outcome.REACHED
    assert find_route(graph, "n00", "n20", max_steps=20, max_nodes=10).outcome is Outcome.CUT_OFF


@given(st.lists(EDGE, max_size=14), st.sampled_from(list(Direction)), st.integers(0, 6))
def test_a_route_is_as_short_as_the_shortest_of_all_ways(
    edges: list[tuple[str, EdgeKind, str]], direction: Direction, max_steps: int
) -> None:
    graph = small_graph([*edges, ("a", C, "b"), ("g", C, "g")])
    pairs = {(s, t) for s, _, t in edges if ":" not in t} | {("a", "b"), ("g", "g")}
    pairs = {
        p for s, t in pairs for p in ([(s, t)] if direction != "in" else []) + ([(t, s)] if direction != "out" else [])
    }
    for end in "abcdefg":
        if graph.node(f"a.py::{end}") is None:
            continue
        level, distance = {"a"}, 0
        while end not in level and distance < max_steps:
            level |= {t for s, t in pairs if s in level}
            distance += 1
        route = find_route(graph, "a", end, direction, max_steps=max_steps)
        if end in level:
            assert (route.outcome, len(route.steps)) == (Outcome.REACHED, distance)
            way = ["a", *names(route)]
            assert all(p in pairs for p in pairwise(way))
        else:
            assert route.outcome is Outcome.NONE
