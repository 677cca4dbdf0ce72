"""Which edges are judged right or wrong, and what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tracing.calls import Caller, Trace
from benchmarks.tracing.definitions import Tree
from benchmarks.tracing.graph import Edge, Graph, ask_aura
from benchmarks.tracing.judge import Score, happened, score_pairs, seen_pairs, verdicts
from benchmarks.tracing.packages import PACKAGES, Package
from benchmarks.tracing.report import Result, as_json, calibration_table, misses, summary, wrong
from benchmarks.tracing.rivals import callee_of, executed, same_name
from tests.benchmarks.conftest import TraceProgram, caller_name

PROGRAM = """
    class A:
        def go(self): return 1
    class B:
        def go(self): return 2
    def first(): return A()
    def never(): return 0
    def main(items=()):
        first().go(); "".join(items)
        for item in items:
            never()
"""


def edge(tree: Tree, caller: str, target: str, *lines: int, resolution: str = "exact") -> Edge:
    source = tree.source("prog.py")
    assert source is not None
    by_name = {definition.qualname: definition for definition in source.definitions}
    return Edge(("prog.py", by_name[caller]), by_name[target], resolution, lines)


@pytest.mark.parametrize(
    ("target", "line", "right"),
    [
        ("first", 9, True),
        ("A.go", 9, True),
        ("B.go", 9, False),
        ("never", 11, None),
        ("never", 9, None),
        ("A", 9, None),
    ],
)
def test_an_edge_is_wrong_only_where_its_own_site_called_something_else(
    trace_program: TraceProgram, target: str, line: int, right: bool | None
) -> None:
    tree, trace = trace_program(PROGRAM)
    edges = [edge(tree, "main", "first", 9), edge(tree, "main", "A.go", 9)]
    judged_edge = edge(tree, "main", target, line)
    assert {e.target.qualname: r for e, r, _ in verdicts(trace, Graph([*edges, judged_edge]))}[target] is right


def test_an_edge_of_another_name_is_wrong_when_no_edge_explains_what_its_line_called(
    trace_program: TraceProgram,
) -> None:
    tree, trace = trace_program(PROGRAM)
    [(_, right, places)] = verdicts(trace, Graph([edge(tree, "main", "never", 9)]))
    assert right is False
    assert {p.site.name for p in places if p.site} == {"first", "go"}


def test_a_class_without_a_constructor_is_rightly_called_where_only_code_outside_made_it(
    trace_program: TraceProgram,
) -> None:
    tree, trace = trace_program("""
        import logging
        class Quiet(logging.Handler): pass
        def main(): Quiet()
    """)
    [(_, right, _)] = verdicts(trace, Graph([edge(tree, "main", "Quiet", 4)]))
    assert right is True


def test_a_bare_name_finds_every_definition_of_it_and_classes_stand_for_their_constructors(
    trace_program: TraceProgram,
) -> None:
    tree, trace = trace_program("""
        class A:
            def __init__(self): pass
            def go(self): pass
        class B(A):
            def go(self): pass
        def main(): B().go()
    """)
    first, *_ = executed(trace)
    main = first.caller
    pairs = {(c, t.qualname) for c, t in same_name(tree, trace) if c == main}
    assert pairs == {(main, "A.__init__"), (main, "A.go"), (main, "B.go")}
    score = score_pairs(same_name(tree, trace), happened(trace), seen_pairs(trace))
    assert (score.hits, score.true_pairs, score.right, score.verdicts) == (3, 3, 3, 4)


def test_a_class_that_is_gone_at_the_end_stands_for_the_constructor_in_its_own_body(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A:\n    def __new__(cls): pass\nclass B: pass\n")
    tree, trace = Tree(tmp_path), Trace()
    source = tree.source("a.py")
    assert source is not None
    assert [callee_of(tree, trace, d).qualname for d in source.definitions if d.kind == "class"] == ["A.__new__", "B"]


def test_aura_is_asked_as_a_user_would_and_its_edges_are_mapped_to_the_same_definitions(
    trace_program: TraceProgram,
) -> None:
    tree, trace = trace_program("""
        class A:
            def go(self): return 1
        def first(): return A()
        def main(items=()):
            class Inner:
                made = first()
            first().go(); "".join(items)
    """)
    graph = ask_aura(tree)
    main: Caller = next(place.caller for place in trace.direct if caller_name(place) == "main")
    assert {(e.target.qualname, e.lines) for e in graph.edges if e.caller == main} == {
        ("first", (7,)),
        ("first", (8,)),
        ("A.go", (8,)),
    }
    assert {(e.caller, e.target) for e in graph.edges} >= set(happened(trace))
    assert graph.outside["prog.py", 8]


def result_of(tree: Tree, trace: Trace, *edges: Edge) -> Result:
    result = Result(Package("sample==1", ("start",)), tree, trace, Graph(list(edges)))
    ours = {(e.caller, e.target) for e in edges}
    for view in ("headline", "product", "all"):
        true_pairs = result.true_pairs(view)
        result.scores["aura", view] = Score(len(ours & true_pairs), len(true_pairs), 1, 2)
    return result


def test_the_report_shows_recall_the_table_by_kind_what_was_missed_and_what_was_wrong(
    trace_program: TraceProgram,
) -> None:
    tree, trace = trace_program(PROGRAM)
    result = result_of(tree, trace, edge(tree, "main", "first", 9), edge(tree, "main", "B.go", 9, resolution="unique"))
    assert "total" in "\n".join(summary([result]))
    assert "| `exact` | 1 | 1 | 1.000 |" in calibration_table([result])
    assert "| `unique` | 1 | 0 | 0.000 |" in calibration_table([result])
    assert "| `override` | 0 | 0 | not seen |" in calibration_table([result])
    miss_lines = "\n".join(misses([result], 5))
    assert 'sample:prog.py:9: first().go(); "".join(items)' in miss_lines
    assert "called prog.py:3 A.go; Aura: edge to prog.py:5 B.go (unique)" in miss_lines
    assert "Aura: prog.py:5 B.go; called prog.py:3 A.go" in "\n".join(wrong([result], "unique", 5))
    assert as_json([result])["calibration"]["exact"] == {"judged": 1, "right": 1, "precision": 1.0}


def test_every_package_is_pinned_and_what_its_tests_need_is_too() -> None:
    from benchmarks.tracing.environments import CONSTRAINTS

    versions = dict(line.lower().split("==", 1) for line in CONSTRAINTS.read_text().splitlines() if "==" in line)
    # A need may carry a version of its own, for tests that do not run with the usual one.
    unpinned_needs = {need.lower() for p in PACKAGES for need in p.needs if "==" not in need}
    assert unpinned_needs | {"jedi"} <= versions.keys()
    assert all("==" in p.requirement for p in PACKAGES)
