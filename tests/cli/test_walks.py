"""Looking around in the graph from the command line."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository

CHECKOUT, TOTAL, APPLY = "shop/cart.py::Cart.checkout", "shop/prices.py::total_price", "shop/prices.py::apply_voucher"


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def test_the_graph_is_walked_at_any_commit(aura: Aura, here: GitRepository) -> None:
    here.git("tag", "old")
    here.commit({"shop/prices.py": "def fresh():\n    return 1\n"})
    assert "shop/prices.py::fresh" in aura("graph", "at", "shop/prices.py:1").out
    assert aura("graph", "at", "./shop/prices.py:5", "--sha", "old").out.splitlines()[0].split() == ["uid", TOTAL]
    assert [
        line.split()[0] for line in aura("graph", "file", "shop/prices.py", "--sha", "old").out.splitlines()[1:-1]
    ] == [
        "shop/prices.py",
        TOTAL,
        APPLY,
    ]
    assert "1 found" in aura("graph", "find", "*voucher", "--sha", "old").out
    around = aura("graph", "neighbours", "total_price", "--kind", "CALLS", "--sha", "old").out
    assert "←  CALLS  shop/cart.py::Cart.checkout" in around
    assert "→  CALLS  shop/prices.py::apply_voucher" in around
    spread = aura("graph", "expand", "Cart.checkout", "--direction", "out", "--kind", "CALLS", "--sha", "old").out
    assert [line.split()[:2] for line in spread.splitlines()[1:-1]] == [["0.900", TOTAL], ["0.810", APPLY]]
    way = aura("graph", "path", "Cart.checkout", "apply_voucher", "--sha", "old").out.splitlines()
    assert [line.split()[2] for line in way[:-1]] == [TOTAL, APPLY]
    assert way[-1] == "A path of 2 steps."
    assert (
        "There is no path within 1 step."
        in aura("graph", "path", "Cart.checkout", "apply_voucher", "--max-steps", "1", "--sha", "old").out
    )


def test_answers_as_json_are_one_line(aura: Aura, here: GitRepository) -> None:
    asked = {
        "find": (["*voucher"], "nodes"),
        "file": (["shop/cart.py"], "nodes"),
        "at": (["shop/cart.py:18"], "node"),
        "neighbours": (["total_price"], "neighbours"),
        "expand": (["total_price"], "reached"),
        "path": (["Cart.checkout", "external:builtins.round"], "steps"),
    }
    for name, (arguments, key) in asked.items():
        ran = aura("graph", name, *arguments, "--json")
        assert len(ran.out.splitlines()) == 1, name
        assert json.loads(ran.out)[key], name


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["at", "shop/cart.py"], 2), (["at", "shop/cart.py:0"], 2), (["at", "shop/cart.py:999"], 3),
     (["file", "gone.py"], 3), (["path", "gone", "Cart"], 3), (["neighbours", "Cart", "--kind", "LIKES"], 2)],
)  # fmt: skip
def test_wrong_places_and_names_are_said(aura: Aura, here: GitRepository, arguments: list[str], code: int) -> None:
    ran = aura("graph", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert "Traceback" not in ran.err
