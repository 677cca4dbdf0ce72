"""Looking around in the graph over HTTP, from a real repository at any commit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.schemas.graph import ExpandOut, NeighboursOut, NodeAnswer, NodesOut, RouteOut
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from tests.api.conftest import NEAR
from tests.support import GitRepository

CHECKOUT, TOTAL, APPLY = "shop/cart.py::Cart.checkout", "shop/prices.py::total_price", "shop/prices.py::apply_voucher"


@pytest.fixture
def real(settings: Settings, stores: Stores) -> Iterator[TestClient]:
    with TestClient(create_app(settings, Aura(stores)), base_url="http://localhost", client=NEAR) as body:
        yield body


@pytest.fixture
def base(stores: Stores, shop: GitRepository) -> str:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    aura.index(repo)
    shop.git("tag", "old")
    shop.commit({"shop/prices.py": "\n\n\ndef fresh():\n    return 1\n"})
    aura.index(repo)
    return f"/api/v1/repos/{repo}/graph"


def ask(real: TestClient, address: str, **params: Any) -> Any:
    answer = real.get(address, params={"sha": "old", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_symbols_are_found_by_glob(real: TestClient, base: str) -> None:
    body = ask(real, f"{base}/find", pattern="*_price*")
    NodesOut.model_validate(body, strict=True)
    assert [n["uid"] for n in body["nodes"]] == [TOTAL]
    cut = ask(real, f"{base}/find", pattern="shop/cart.py*", limit=2)
    assert (len(cut["nodes"]), cut["more"]) == (2, True)


def test_a_file_and_a_line_lead_to_symbols(real: TestClient, base: str) -> None:
    body = ask(real, f"{base}/file", path="shop/prices.py")
    assert [n["qualname"] for n in body["nodes"]] == ["", "total_price", "apply_voucher"]
    here = ask(real, f"{base}/at", path="shop/cart.py", line=18)
    NodeAnswer.model_validate(here, strict=True)
    assert here["node"]["uid"] == ask(real, f"{base}/node", symbol="shop/cart.py:18")["node"]["uid"] == CHECKOUT
    assert ask(real, f"{base}/at", path="shop/prices.py", line=5, sha="main")["node"]["uid"] == "shop/prices.py::fresh"
    for path, line in (("shop/gone.py", 1), ("shop/cart.py", 9_999)):
        missing = real.get(f"{base}/at", params={"path": path, "line": line})
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_symbol")
    assert real.get(f"{base}/file", params={"path": "shop/gone.py"}).status_code == 404


def test_neighbours_go_by_kind_and_direction(real: TestClient, base: str) -> None:
    every = ask(real, f"{base}/neighbours", symbol=TOTAL)
    NeighboursOut.model_validate(every, strict=True)
    uids = [(n["direction"], n["kind"], n["uid"]) for n in every["neighbours"]]
    assert ("in", "CALLS", CHECKOUT) in uids
    assert ("out", "CALLS", APPLY) in uids
    assert ("in", "CONTAINS", "shop/prices.py") in uids
    into = ask(real, f"{base}/neighbours", symbol=TOTAL, kind="CALLS", direction="in")
    assert [n["uid"] for n in into["neighbours"]] == [CHECKOUT]
    none = ask(real, f"{base}/neighbours", symbol=TOTAL, kind="CALLS", direction="in", min_confidence=1.0)
    assert (none["neighbours"], none["below_minimum"]) == ([], 1)
    outside = ask(real, f"{base}/neighbours", symbol="external:builtins.round")
    assert (outside["node"], [n["uid"] for n in outside["neighbours"]]) == (None, [APPLY])
    assert real.get(f"{base}/neighbours", params={"symbol": "external:gone"}).status_code == 404


def test_what_lies_around_comes_with_its_weight_and_way(real: TestClient, base: str) -> None:
    body = ask(real, f"{base}/expand", symbol=CHECKOUT, kind="CALLS", direction="out")
    ExpandOut.model_validate(body, strict=True)
    assert [(r["node"]["uid"], r["weight"]) for r in body["reached"]] == [(TOTAL, 0.9), (APPLY, 0.81)]
    assert [s["uid"] for s in body["reached"][1]["path"]] == [TOTAL, APPLY]
    assert body["cut_off"] == ""
    assert ask(real, f"{base}/expand", symbol=CHECKOUT, kind="CALLS", direction="out", limit=1)["cut_off"] == "limit"
    assert [
        r["weight"] for r in ask(real, f"{base}/expand", symbol=CHECKOUT, direction="out", min_weight=0.9)["reached"]
    ] == [0.9]


def test_the_shortest_way_is_found_or_said_not_to_be(real: TestClient, base: str) -> None:
    body = ask(real, f"{base}/path", **{"from": CHECKOUT, "to": "apply_voucher"})
    RouteOut.model_validate(body, strict=True)
    assert ([s["uid"] for s in body["steps"]], body["outcome"], body["words"]) == (
        [TOTAL, APPLY],
        "found",
        "A path of 2 steps.",
    )
    none = ask(real, f"{base}/path", **{"from": CHECKOUT, "to": "apply_voucher", "max_steps": 1})
    assert (none["outcome"], none["words"]) == ("none", "There is no path within 1 step.")
    assert (
        ask(real, f"{base}/path", **{"from": "apply_voucher", "to": CHECKOUT, "direction": "in"})["outcome"] == "found"
    )
    assert (
        ask(real, f"{base}/path", **{"from": CHECKOUT, "to": "external:builtins.round"})["steps"][-1]["uid"]
        == "external:builtins.round"
    )


@pytest.mark.parametrize(
    ("rest", "params"),
    [
        ("expand", {"symbol": "x", "kind": "LIKES"}),
        ("expand", {"symbol": "x", "max_steps": 33}),
        ("expand", {"symbol": "x", "min_weight": 0}),
        ("neighbours", {"symbol": "x", "direction": "up"}),
        ("path", {"from": "x"}),
        ("at", {"path": "x", "line": 0}),
        ("find", {"pattern": ""}),
    ],
)
def test_wrong_questions_are_the_callers_to_mend(
    real: TestClient, base: str, rest: str, params: dict[str, Any]
) -> None:
    answer = real.get(f"{base}/{rest}", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
