"""From a name to a node."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, cast

import pytest

from aura_core.errors import AmbiguousSymbol, InvalidRequest, UnknownSymbol
from aura_core.model.graph import Node, NodeKind, uid_of
from aura_core.service.symbols import MAX_CANDIDATES, choose_symbol, dotted_name, find_symbol


def _node(path: str, qualname: str, kind: NodeKind = NodeKind.FUNCTION, module: str = "") -> Node:
    return Node(uid_of(path, qualname), path, qualname, kind, 1, 2, module)


CART = _node("shop/cart.py", "Cart", NodeKind.CLASS, "shop.cart")
ADD = _node("shop/cart.py", "Cart.add", NodeKind.METHOD, "shop.cart")
OTHER_ADD = _node("shop/list.py", "List.add", NodeKind.METHOD, "shop.list")
MODULE = _node("shop/cart.py", "", NodeKind.MODULE, "shop.cart")
TITLE = _node("docs/cart.md", "filter", NodeKind.SECTION)
FILTER = _node("shop/list.py", "List.filter", NodeKind.METHOD, "shop.list")
CHEAPEST = _node("docs/cart.md", "Cheapest", NodeKind.SECTION)


class Reader:
    def __init__(self, *nodes: Node) -> None:
        self.nodes = nodes

    def node(self, uid: str) -> Node | None:
        return next((n for n in self.nodes if n.uid == uid), None)

    def find(self, pattern: str, limit: int = 100) -> list[Node]:
        return [
            n for n in self.nodes if any(fnmatchcase(name, pattern) for name in (n.uid, dotted_name(n), n.qualname))
        ][:limit]


def _find(text: str, *nodes: Node) -> Node:
    return find_symbol(cast(Any, Reader(*(nodes or (CART, ADD, OTHER_ADD, MODULE, TITLE, FILTER, CHEAPEST)))), text)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("shop/cart.py::Cart.add", ADD),
        ("shop/cart.py", MODULE),
        ("shop.cart.Cart.add", ADD),
        ("shop.cart", MODULE),
        ("Cart.add", ADD),
        ("Cart", CART),
        ("cart.Cart.add", ADD),
        ("*.Cart.a*", ADD),
        ("Cheapest", CHEAPEST),
    ],
)
def test_a_name_may_be_given_whole_or_by_its_end(text: str, node: Node) -> None:
    assert _find(text) is node


def test_code_comes_before_a_section_of_the_same_title() -> None:
    assert _find("filter") is FILTER
    assert _find("filter", TITLE, CART) is TITLE


def test_code_that_is_called_comes_before_modules_and_the_others_are_listed() -> None:
    folder = _node("tests/bulk_add/__init__.py", "", NodeKind.MODULE, "bulk_add")
    method = _node("shop/list.py", "List.bulk_add", NodeKind.METHOD, "shop.list")
    test = _node("tests/test_list.py", "Lists.bulk_add", NodeKind.METHOD, "tests.test_list")
    choice = choose_symbol(cast(Any, Reader(folder, test, method)), "bulk_add")
    assert choice == (method, [test.uid, folder.uid])
    assert _find("bulk_add", folder) is folder


def test_several_are_listed() -> None:
    with pytest.raises(AmbiguousSymbol) as caught:
        _find("add")
    assert caught.value.details["candidates"] == [ADD.uid, OTHER_ADD.uid]


def test_very_many_are_cut() -> None:
    with pytest.raises(AmbiguousSymbol, match="and more") as caught:
        _find("run", *(_node(f"m{n:02}.py", "run", module=f"m{n:02}") for n in range(40)))
    assert len(caught.value.details["candidates"]) == MAX_CANDIDATES


def test_an_unknown_name_is_an_error_and_so_is_none() -> None:
    with pytest.raises(UnknownSymbol):
        _find("nothing")
    for text in ("", " ", "x" * 2_001):
        with pytest.raises(InvalidRequest):
            _find(text)
