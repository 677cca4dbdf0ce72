"""Routes: what they ask the core, and that what they say is what the description promises."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.schemas.context import ClustersOut, ContextOut, SearchOut
from aura_api.schemas.graph import CalleesOut, CallersOut, DigestOut, NodeAnswer
from aura_api.schemas.repositories import EventOut, RepositoryList, RepositoryOut, StatusOut
from aura_api.schemas.service import HealthOut, ReadyOut
from aura_core.model.context import ContextRequest, Format
from aura_core.model.graph import CONFIDENCE, Resolution
from aura_core.ports.graph import Callers
from aura_core.settings import Settings
from tests.api.conftest import NEAR
from tests.api.fake import CHECKOUT, DIGEST, PAY, SHA, SHOP, FakeAura, FakeReader
from tests.support import PATIENCE_SECONDS

READS: list[tuple[str, type[BaseModel]]] = [
    ("/api/v1/repos", RepositoryList),
    ("/api/v1/repos/shop", RepositoryOut),
    ("/api/v1/repos/shop/status", StatusOut),
    ("/api/v1/repos/shop/search?q=cart", SearchOut),
    ("/api/v1/repos/shop/clusters", ClustersOut),
    ("/api/v1/repos/shop/graph/node?symbol=Cart.checkout", NodeAnswer),
    ("/api/v1/repos/shop/graph/callers?symbol=checkout", CallersOut),
    ("/api/v1/repos/shop/graph/callees?symbol=shop.cart.Cart.checkout", CalleesOut),
    ("/api/v1/repos/shop/graph/digest", DigestOut),
    ("/health", HealthOut),
    ("/ready", ReadyOut),
    ("/api/v1/health", HealthOut),
]


@pytest.mark.parametrize(("path", "shape"), READS)
def test_an_answer_has_exactly_the_promised_shape(client: TestClient, path: str, shape: type[BaseModel]) -> None:
    if "shop.cart" in path:
        path = path.replace("shop.cart.Cart.checkout", "Cart.checkout")
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    shape.model_validate_json(answer.content, strict=True)
    assert set(answer.json()) == {
        name for name, field in shape.model_fields.items() if field.is_required() or name in answer.json()
    }


def test_a_context_is_asked_and_answered_whole(client: TestClient, aura: FakeAura) -> None:
    body = {
        "repo": "shop",
        "task": "Fix it",
        "max_tokens": 500,
        "ref": "main",
        "entry_points": ["a", "b"],
        "format": "xml",
        "encoding": "o200k_base",
    }
    answer = client.post("/api/v1/context", json=body)
    assert answer.status_code == 200
    ContextOut.model_validate_json(answer.content)
    request = ContextRequest("Fix it", 500, ("a", "b"), Format.XML, "o200k_base")
    assert aura.calls == [("at", ("shop", "main", None)), ("context", (request,))]
    body = answer.json()
    assert (body["sha"], body["digest"], body["tokens"], body["nodes_truncated"]) == (SHA, DIGEST, 12, 1)
    assert body["items"][0]["uid"] == CHECKOUT.uid
    assert body["items"][0]["scores"] == {"text": 1.0}
    assert body["omitted"] == [{"uid": PAY.uid, "symbol": "pay", "tokens": 900, "reason": "over budget"}]


def test_without_detail_there_are_no_items(client: TestClient) -> None:
    body = client.post("/api/v1/context", json={"repo": "shop", "task": "x", "detail": False}).json()
    assert "items" not in body
    assert body["omitted"]


def test_the_working_tree_is_looked_at_only_when_asked_for(client: TestClient, aura: FakeAura) -> None:
    for extra, local in (({}, None), ({"worktree": False}, None), ({"worktree": True}, True)):
        assert client.post("/api/v1/context", json={"repo": "shop", "task": "x", **extra}).status_code == 200
        assert aura.calls[-2] == ("at", ("shop", "", local))


def test_a_repository_is_added_by_the_rules_of_http_and_synced(client: TestClient, aura: FakeAura) -> None:
    answer = client.post("/api/v1/repos", json={"source": "https://example.com/a.git", "ref": "dev"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/repos/{SHOP.id}"
    RepositoryOut.model_validate_json(answer.content)
    assert aura.calls == [("add", ("https://example.com/a.git", False, "dev")), ("sync", (SHOP.id, "api", None, None))]


def test_a_repository_may_be_added_without_a_sync(client: TestClient, aura: FakeAura) -> None:
    client.post("/api/v1/repos", json={"source": "https://example.com/a.git", "sync": False})
    assert aura.names() == ["add"]


@pytest.mark.parametrize(
    ("body", "arguments"),
    [({}, (None, None)), ({"sha": "abc"}, ("abc", None)), ({"delivery": "d1"}, (None, "d1"))],
)
def test_a_sync_is_put_into_the_queue(
    client: TestClient, aura: FakeAura, body: dict[str, str], arguments: tuple[str | None, str | None]
) -> None:
    answer = client.post("/api/v1/repos/shop/sync", json=body)
    assert answer.status_code == 202
    EventOut.model_validate_json(answer.content)
    assert aura.calls == [("sync", ("shop", "api", *arguments))]


def test_a_sync_without_a_body_is_refused_as_the_description_says(client: TestClient, aura: FakeAura) -> None:
    answer = client.post("/api/v1/repos/shop/sync", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "body is missing.")
    assert aura.calls == []


def test_a_repository_is_forgotten(client: TestClient, aura: FakeAura) -> None:
    assert client.delete("/api/v1/repos/shop").json()["id"] == SHOP.id
    assert aura.calls == [("remove", ("shop",))]


def test_clusters_show_as_many_members_as_are_asked_for(client: TestClient) -> None:
    for members, uids in ((0, []), (1, [CHECKOUT.uid]), (9, [CHECKOUT.uid, PAY.uid])):
        (group,) = client.get("/api/v1/repos/shop/clusters", params={"members": members}).json()["clusters"]
        assert group == {"label": "cart", "size": 2, "members": uids}


def test_callers_say_what_is_not_known(client: TestClient) -> None:
    body = client.get("/api/v1/repos/shop/graph/callers", params={"symbol": CHECKOUT.uid}).json()
    assert body["callers"] == [
        {
            **body["callers"][0],
            "uid": PAY.uid,
            "kind": "CALLS",
            "how": "inferred",
            "confidence": CONFIDENCE[Resolution.INFERRED],
            "lines": [5, 7],
        }
    ]
    assert body["could_be"] == [
        {"source": "shop/jobs.py::run", "text": "job.checkout", "reason": "unknown receiver", "line": 4}
    ]


def test_a_minimum_confidence_leaves_callers_out_and_counts_them(client: TestClient) -> None:
    arguments = {"symbol": CHECKOUT.uid, "min_confidence": 0.95}
    body = client.get("/api/v1/repos/shop/graph/callers", params=arguments).json()
    assert (body["callers_total"], body["callers"], body["below_minimum"], body["could_be_total"]) == (0, [], 1, 1)
    called = client.get("/api/v1/repos/shop/graph/callees", params=arguments).json()
    assert (called["callees_total"], called["below_minimum"]) == (1, 0)
    assert (
        client.get("/api/v1/repos/shop/graph/callers", params={**arguments, "min_confidence": 1.5}).status_code == 422
    )


def test_long_lists_are_cut_and_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = FakeReader().callers(CHECKOUT.uid)
    monkeypatch.setattr(
        FakeReader, "callers", lambda self, uid: Callers(list(one.neighbours) * 30, list(one.could_be) * 40)
    )
    body = client.get("/api/v1/repos/shop/graph/callers", params={"symbol": CHECKOUT.uid, "limit": 7}).json()
    assert (body["callers_total"], len(body["callers"]), body["could_be_total"], len(body["could_be"])) == (
        30,
        7,
        40,
        7,
    )


def test_unknown_and_ambiguous_symbols_are_told_apart(client: TestClient) -> None:
    missing = client.get("/api/v1/repos/shop/graph/node", params={"symbol": "nothing"})
    several = client.get("/api/v1/repos/shop/graph/node", params={"symbol": "either"})
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_symbol")
    assert (several.status_code, several.json()["code"]) == (409, "ambiguous_symbol")
    assert several.json()["candidates"] == [CHECKOUT.uid, PAY.uid]


def test_without_an_indexer_it_is_ready_and_says_so(client: TestClient, aura: FakeAura) -> None:
    for age in (None, 61.0):
        aura.health = lambda age=age: {"stores": "ok", "indexer": "", "indexer_age_seconds": age}  # type: ignore[method-assign,misc]
        answer = client.get("/ready")
        assert answer.status_code == 200
        assert answer.json()["indexer"] == "no indexer is running: start `aura dev`"


def test_metrics_count_requests_by_route_and_contexts(client: TestClient) -> None:
    client.post("/api/v1/context", json={"repo": "shop", "task": "x"})
    client.get("/api/v1/repos/some-id")
    client.get("/nowhere/at/all")
    page = client.get("/metrics").text
    assert 'aura_http_requests_total{method="POST",route="/api/v1/context",status="200"} 1.0' in page
    assert 'aura_http_requests_total{method="GET",route="/api/v1/repos/{repo}",status="200"} 1.0' in page
    assert 'route="none",status="404"} 1.0' in page
    assert "some-id" not in page
    assert "aura_context_tokens_sum 12.0" in page
    assert "aura_context_nodes_truncated_total 1.0" in page
    assert f'aura_index_lag_commits{{repo="{SHOP.id}"}} 0.0' in page
    assert "aura_indexer_age_seconds 1.5" in page


def test_two_applications_count_apart(settings: Settings) -> None:
    first, second = (
        TestClient(create_app(settings, cast(Any, FakeAura())), base_url="http://localhost", client=NEAR)
        for _ in range(2)
    )
    with first, second:
        first.get("/health")
        assert 'route="/health"' not in second.get("/metrics").text


def test_ranking_takes_a_place_per_core_and_health_never_waits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    aura, running, most, go = FakeAura(), 0, 0, threading.Event()
    lock = threading.Lock()

    def slow() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(PATIENCE_SECONDS)
        with lock:
            running -= 1

    aura.before = slow
    aura.repositories, aura.health = list, lambda: {"indexer_age_seconds": None}  # type: ignore[method-assign]
    with TestClient(create_app(settings, cast(Any, aura)), base_url="http://localhost", client=NEAR) as client:
        askers = [
            threading.Thread(target=lambda: client.post("/api/v1/context", json={"repo": "shop", "task": "x"}))
            for _ in range(8)
        ]
        for asker in askers:
            asker.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while "aura_ranking_waiting 6.0" not in client.get("/metrics").text:
            assert time.monotonic() < until
        assert client.get("/health").status_code == 200
        go.set()
        for asker in askers:
            asker.join(PATIENCE_SECONDS)
        assert "aura_ranking_waiting 0.0" in client.get("/metrics").text
    assert most == 2
    assert sorted(aura.names()) == ["at"] * 8 + ["context"] * 8
