"""What every reader of a graph promises. Another adapter is one more entry of ``READERS``: made from the files of a
snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aura_core.model.graph import Edge, EdgeKind, NodeKind, Resolution, Unresolved
from aura_core.ports.graph import GraphReader
from aura_core.views import View, ViewFile
from tests.contracts.graphs import PlainGraph
from tests.core.views.samples import make_view, view_files

TEXTS = {
    "shop/__init__.py": "",
    "shop/cart.py": '"""Carts."""\n\n\nclass Cart:\n    """Holds lines."""\n\n'
    "    def __init__(self):\n        self.lines = []\n\n"
    '    def add(self, what):\n        """Put in."""\n        def check():\n            pass\n        return check()\n',
    "shop/web.py": "from shop.cart import Cart\n\n\nclass Page(Cart):\n    pass\n\n\ndef pay():\n    return Cart()\n",
    "notes.md": "# One\n\ntext\n\nmore text\n\nand more\n\n# Two\n\nthe rest\n\nof it\n\nis here\n",
}
ADD, INIT, PAY = "shop/cart.py::Cart.add", "shop/cart.py::Cart.__init__", "shop/web.py::pay"
EDGES = {
    "shop/web.py": [
        Edge("", EdgeKind.IMPORTS, "shop/cart.py::Cart", Resolution.EXACT, (1,)),
        Edge("Page", EdgeKind.EXTENDS, "shop/cart.py::Cart", Resolution.EXACT, (4,)),
        Edge("pay", EdgeKind.CALLS, INIT, Resolution.EXACT, (9,)),
        Edge("pay", EdgeKind.CALLS, ADD, Resolution.UNIQUE, (9, 10)),
        Edge("pay", EdgeKind.CALLS, "external:json.dumps", Resolution.EXACT, (9,)),
        Edge("", EdgeKind.REFERENCES, "shop/web.py::Page", Resolution.ARGUMENT, (11,)),
        Edge("pay", EdgeKind.REFERENCES, "shop/cart.py::Cart", Resolution.STORED, (9,)),
    ]
}
UNRESOLVED = {
    "shop/web.py": [
        Unresolved("pay", "add", "x.add", "unknown-receiver", 9),
        Unresolved("pay", "Cart", "y.Cart", "unknown-receiver", 9),
    ]
}


def _view(files: Sequence[ViewFile], folder: Path) -> GraphReader:
    return make_view(folder, list(files))


def _plain(files: Sequence[ViewFile], folder: Path) -> GraphReader:
    view = make_view(folder, list(files))
    return PlainGraph(view.nodes(), view.edges(), view.unresolved())


READERS: dict[str, Callable[[Sequence[ViewFile], Path], GraphReader]] = {"view": _view, "plain": _plain}


@pytest.fixture(params=sorted(READERS))
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> GraphReader:
    return READERS[request.param](view_files(TEXTS, EDGES, UNRESOLVED), tmp_path)


def uids(nodes: Sequence[object]) -> list[str]:
    return [n.uid for n in nodes]  # type: ignore[attr-defined]


def test_a_node_is_found_by_its_uid_alone(graph: GraphReader) -> None:
    node = graph.node(ADD)
    assert node is not None
    assert (node.uid, node.path, node.qualname, node.module, node.kind) == (
        ADD,
        "shop/cart.py",
        "Cart.add",
        "shop.cart",
        NodeKind.METHOD,
    )
    assert (node.start_line, node.end_line, node.signature, node.doc) == (10, 14, "def add(self, what)", "Put in.")
    for missing in ("", "Cart.add", "shop/cart.py::", "shop/cart.py::Cart.gone", "gone.py", "external:json.dumps"):
        assert graph.node(missing) is None


def test_a_files_nodes_come_in_order_of_position(graph: GraphReader) -> None:
    assert [n.qualname for n in graph.nodes_in_file("shop/cart.py")] == [
        "",
        "Cart",
        "Cart.__init__",
        "Cart.add",
        "Cart.add.check",
    ]
    assert [n.kind for n in graph.nodes_in_file("notes.md")] == [NodeKind.FILE, NodeKind.SECTION, NodeKind.SECTION]
    assert list(graph.nodes_in_file("gone.py")) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [(1, ""), (4, "Cart"), (8, "Cart.__init__"), (12, "Cart.add.check"), (14, "Cart.add"), (0, None), (99, None)],
)
def test_a_line_belongs_to_the_innermost_node(graph: GraphReader, line: int, name: str | None) -> None:
    node = graph.node_at_line("shop/cart.py", line)
    assert (node.qualname if node is not None else None) == name
    assert graph.node_at_line("gone.py", 1) is None


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (ADD, [ADD]),
        ("shop.cart.Cart.add", [ADD]),
        ("Cart.add", [ADD]),
        ("shop.cart", ["shop/cart.py"]),
        ("*.a??", [ADD]),
        ("shop/web.py*", ["shop/web.py", "shop/web.py::Page", PAY]),
        ("[a]*", []),
        ("gone*", []),
        ("", []),
    ],
)
def test_globs_are_over_every_name_exact_ones_first_then_by_uid(
    graph: GraphReader, pattern: str, matches: list[str]
) -> None:
    assert uids(graph.find(pattern)) == matches
    assert uids(graph.find(pattern, 1)) == matches[:1]


def test_neighbours_go_by_kind_and_direction(graph: GraphReader) -> None:
    out = graph.neighbours(PAY, [EdgeKind.CALLS], incoming=False)
    assert [(n.uid, n.resolution, n.lines) for n in out] == [
        ("external:json.dumps", Resolution.EXACT, (9,)),
        (INIT, Resolution.EXACT, (9,)),
        (ADD, Resolution.UNIQUE, (9, 10)),
    ]
    assert [n.node is None for n in out] == [True, False, False]
    into = graph.neighbours("shop/cart.py::Cart", [EdgeKind.IMPORTS, EdgeKind.EXTENDS], incoming=True)
    assert [(n.uid, n.kind) for n in into] == [
        ("shop/web.py", EdgeKind.IMPORTS),
        ("shop/web.py::Page", EdgeKind.EXTENDS),
    ]
    assert uids(graph.neighbours("shop/cart.py::Cart", [EdgeKind.CONTAINS], incoming=False)) == [INIT, ADD]
    assert uids(graph.neighbours(ADD, [EdgeKind.CONTAINS], incoming=True)) == ["shop/cart.py::Cart"]


def test_what_lies_outside_has_users_and_nothing_else_has_any(graph: GraphReader) -> None:
    assert uids(graph.neighbours("external:json.dumps", [EdgeKind.CALLS], incoming=True)) == [PAY]
    for uid, kinds in ((PAY, []), ("gone.py", list(EdgeKind)), ("external:gone", list(EdgeKind))):
        assert (
            list(graph.neighbours(uid, kinds, incoming=True))
            == list(graph.neighbours(uid, kinds, incoming=False))
            == []
        )


def test_callers_come_with_the_calls_that_could_be_meant(graph: GraphReader) -> None:
    callers = graph.callers(ADD)
    assert uids(callers.neighbours) == [PAY]
    assert [(path, site.text) for path, site in callers.could_be] == [("shop/web.py", "x.add")]
    assert [site.text for _, site in graph.callers(INIT).could_be] == ["y.Cart"]


def test_callers_of_a_class_are_those_of_its_constructors(graph: GraphReader) -> None:
    callers = graph.callers("shop/cart.py::Cart")
    assert (uids(callers.neighbours), list(callers.constructors)) == ([PAY], [INIT])
    assert list(graph.callers(ADD).constructors) == []


def test_who_hands_something_on_is_listed_apart_from_who_calls_it(graph: GraphReader) -> None:
    handed = graph.callers("shop/web.py::Page")
    assert (list(handed.neighbours), [(n.uid, n.resolution) for n in handed.references]) == (
        [], [("shop/web.py", Resolution.ARGUMENT)],
    )  # fmt: skip
    made = graph.callers("shop/cart.py::Cart.__init__")
    assert uids(made.references) == ["shop/web.py::pay"]


def test_counts_name_every_kind(graph: GraphReader) -> None:
    counts = graph.counts()
    assert counts == {
        "module": 3, "class": 2, "function": 2, "method": 2, "file": 1, "section": 2,
        "CONTAINS": 8, "IMPORTS": 1, "EXTENDS": 1, "CALLS": 3, "REFERENCES": 2, "unresolved": 2,
    }  # fmt: skip


def test_a_store_that_leaves_a_question_out_cannot_be_made() -> None:
    questions = {name for name, value in vars(GraphReader).items() if getattr(value, "__isabstractmethod__", False)}
    assert questions == {"node", "nodes_in_file", "node_at_line", "find", "neighbours", "sites_named", "counts"}
    assert GraphReader in View.__mro__
    for left_out in questions:
        answers = {name: getattr(PlainGraph, name) for name in questions - {left_out}}
        incomplete = type("Incomplete", (GraphReader,), answers)
        with pytest.raises(TypeError, match=left_out):
            incomplete()
