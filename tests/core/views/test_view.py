"""A view answers questions about the graph as it was linked, and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura_core.model.graph import Edge, EdgeKind, NodeKind, Resolution, Unresolved
from aura_core.views import View
from tests.core.views.samples import make_view, view_files
from tests.work import seconds

BASE = '''"""Bases."""


class Base:
    """A base."""

    def run(self, times=1):
        """Run it."""
        def inner():
            pass
        return inner()
'''
USE = """from pkg.base import Base


class Child(Base):
    def __init__(self):
        self.run()


def start():
    return Child().go()
"""
NOTES = "# One\n\ntext\n\nmore\n\nand more\n\n# Two\n\nrest\n\nof\n\nit\n"
TEXTS = {"pkg/__init__.py": "", "pkg/base.py": BASE, "pkg/use.py": USE, "notes.md": NOTES}
RUN, CHILD = "pkg/base.py::Base.run", "pkg/use.py::Child"
EDGES = {
    "pkg/use.py": [
        Edge("", EdgeKind.IMPORTS, "pkg/base.py::Base", Resolution.EXACT, (1,)),
        Edge("Child", EdgeKind.EXTENDS, "pkg/base.py::Base", Resolution.EXACT, (4,)),
        Edge("Child.__init__", EdgeKind.CALLS, RUN, Resolution.INFERRED, (6,)),
        Edge("start", EdgeKind.CALLS, "pkg/use.py::Child.__init__", Resolution.EXACT, (10,)),
        Edge("start", EdgeKind.CALLS, "external:json.dumps", Resolution.EXACT, (9, 10)),
    ]
}
UNRESOLVED = {
    "pkg/use.py": [
        Unresolved("start", "go", "Child().go", "unknown_member", 10),
        Unresolved("", "run", "x.run", "unknown_receiver", 1),
        Unresolved("start", "Child", "y.Child", "unknown_receiver", 9),
    ]
}


@pytest.fixture
def view(tmp_path: Path) -> View:
    return make_view(tmp_path, view_files(TEXTS, EDGES, UNRESOLVED))


def test_a_node_carries_what_the_parser_found(view: View) -> None:
    node = view.node(RUN)
    assert node is not None
    assert (node.kind, node.qualname, node.module, node.start_line, node.end_line) == (
        NodeKind.METHOD,
        "Base.run",
        "pkg.base",
        7,
        11,
    )
    assert (node.signature, node.doc) == ("def run(self, times=1)", "Run it.")
    assert view.node("pkg/base.py::Nothing") is None


def test_nodes_of_a_file_come_by_position_with_the_module_first(view: View) -> None:
    assert [n.qualname for n in view.nodes_in_file("pkg/base.py")] == ["", "Base", "Base.run", "Base.run.inner"]
    assert [n.kind for n in view.nodes_in_file("notes.md")] == [NodeKind.FILE, NodeKind.SECTION, NodeKind.SECTION]
    assert view.nodes_in_file("nowhere.py") == []


@pytest.mark.parametrize(
    ("line", "name"), [(1, ""), (4, "Base"), (7, "Base.run"), (10, "Base.run.inner"), (11, "Base.run"), (99, None)]
)
def test_a_line_belongs_to_the_innermost_node(view: View, line: int, name: str | None) -> None:
    node = view.node_at_line("pkg/base.py", line)
    assert (node.qualname if node else None) == name


@pytest.mark.parametrize(
    ("pattern", "uids"),
    [
        (RUN, [RUN]),
        ("Base.run", [RUN]),
        ("pkg.base.Base.run", [RUN]),
        ("pkg.base", ["pkg/base.py"]),
        ("pkg", ["pkg/__init__.py"]),
        ("pkg/base.py", ["pkg/base.py"]),
        ("run", []),
        ("", []),
        ("*.run", [RUN]),
        ("pkg.base.B???", ["pkg/base.py::Base"]),
        ("[pkg]*", []),
        ("notes.md::T*", ["notes.md::Two"]),
    ],
)
def test_names_are_found_exactly_or_by_glob(view: View, pattern: str, uids: list[str]) -> None:
    assert [n.uid for n in view.find(pattern)] == uids


def test_glob_matches_are_sorted_by_uid_and_bounded(view: View) -> None:
    assert [n.uid for n in view.find("pkg*", 3)] == ["pkg/__init__.py", "pkg/base.py", "pkg/base.py::Base"]


@pytest.mark.parametrize("pattern", ["*a" * 60 + "z", "?*" * 60 + "z", "a." * 5_000, "*" * 5_000 + "z"])
def test_a_hostile_name_is_looked_up_at_once(view: View, pattern: str) -> None:
    assert seconds(view.find, pattern) < 1


def test_neighbours_go_both_ways_and_leave_the_tree(view: View) -> None:
    out = view.neighbours("pkg/use.py::start", (EdgeKind.CALLS,), incoming=False)
    assert [(n.uid, n.resolution, n.lines) for n in out] == [
        ("external:json.dumps", Resolution.EXACT, (9, 10)),
        ("pkg/use.py::Child.__init__", Resolution.EXACT, (10,)),
    ]
    assert out[0].node is None
    assert out[1].node is not None
    assert [
        n.uid for n in view.neighbours("pkg/base.py::Base", (EdgeKind.EXTENDS, EdgeKind.IMPORTS), incoming=True)
    ] == ["pkg/use.py", CHILD]
    assert [n.uid for n in view.neighbours("external:json.dumps", (EdgeKind.CALLS,), incoming=True)] == [
        "pkg/use.py::start"
    ]
    assert view.neighbours("external:nothing", (EdgeKind.CALLS,), incoming=True) == []


def test_containment_follows_from_definitions(view: View) -> None:
    inside = view.neighbours("pkg/base.py::Base", (EdgeKind.CONTAINS,), incoming=False)
    assert [(n.uid, n.lines) for n in inside] == [(RUN, (7,))]
    assert [n.uid for n in view.neighbours(RUN, (EdgeKind.CONTAINS,), incoming=True)] == ["pkg/base.py::Base"]


def test_callers_come_with_the_calls_that_could_be_meant_too(view: View) -> None:
    callers = view.callers(RUN)
    assert [n.uid for n in callers.neighbours] == ["pkg/use.py::Child.__init__"]
    assert [(path, site.text) for path, site in callers.could_be] == [("pkg/use.py", "x.run")]


def test_a_constructor_may_be_meant_by_its_classs_name(view: View) -> None:
    assert [site.text for _, site in view.callers("pkg/use.py::Child.__init__").could_be] == ["y.Child"]


def test_counts_name_every_kind(view: View) -> None:
    counts = view.counts()
    assert counts == {
        "module": 3, "class": 2, "function": 2, "method": 2, "file": 1, "section": 2,
        "CONTAINS": 8, "IMPORTS": 1, "EXTENDS": 1, "CALLS": 3, "REFERENCES": 0, "unresolved": 3,
    }  # fmt: skip


def test_everything_that_went_in_comes_out(view: View) -> None:
    edges = {(path, edge) for path, edge in view.edges() if edge.kind is not EdgeKind.CONTAINS}
    assert edges == {("pkg/use.py", edge) for edge in EDGES["pkg/use.py"]}
    assert set(view.unresolved()) == {("pkg/use.py", site) for site in UNRESOLVED["pkg/use.py"]}
    assert len({node.uid for node in view.nodes()}) == 12


def test_edges_that_end_nowhere_are_named(tmp_path: Path) -> None:
    loose = {
        "pkg/use.py": [
            Edge("start", EdgeKind.CALLS, "pkg/gone.py::f", Resolution.EXACT, (9,)),
            Edge("gone", EdgeKind.CALLS, RUN, Resolution.EXACT),
        ]
    }
    assert make_view(tmp_path, view_files(TEXTS, EDGES)).dangling() == []
    assert sorted(make_view(tmp_path, view_files(TEXTS, loose)).dangling()) == [
        "pkg/use.py::gone -> pkg/base.py::Base.run",
        "pkg/use.py::start -> pkg/gone.py::f",
    ]


def test_a_snapshot_without_files_has_a_view(tmp_path: Path) -> None:
    view = make_view(tmp_path, [])
    assert (len(view), view.find("*"), view.node("a"), list(view.edges()), view.dangling()) == (0, [], None, [], [])
    assert sum(view.counts().values()) == 0
