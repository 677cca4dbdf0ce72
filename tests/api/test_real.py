"""The API over real stores and a real repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.schemas.base import Problem
from aura_api.schemas.context import ContextOut, SearchOut
from aura_api.schemas.graph import CalleesOut, CallersOut, DigestOut, NodeAnswer
from aura_api.schemas.repositories import StatusOut
from aura_core.model.times import iso_time
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from tests.api.conftest import NEAR
from tests.support import GitRepository

ODD = [
    *(
        "\0",
        "a\0b",
        "..",
        "../..",
        ".",
        " ",
        "%",
        "%00",
        "a" * 1_000,
        "é",
        "😀",
        "\u202e",
        "-",
        "--help",
        "-x",
        "~",
        "~root",
        "*",
        "[",
        "**/*",
    ),
    *(
        "'; drop table repositories; --",
        "file:///etc",
        "https://",
        "http://127.0.0.1:1/x",
        "ssh://-oProxyCommand=x/y",
        "ext::sh -c id",
        "WORKTREE",
    ),
    *(
        "HEAD",
        "HEAD~1",
        "@{-1}",
        ":/x",
        "main:shop",
        "refs/heads/main",
        "0" * 40,
        "0" * 7,
        "f" * 41,
        "/",
        "/etc/passwd",
        "/proc/self",
        "\n",
        "\r\nX: y",
    ),
]


@pytest.fixture
def real(settings: Settings, stores: Stores) -> Iterator[TestClient]:
    with TestClient(create_app(settings, Aura(stores)), base_url="http://localhost", client=NEAR) as body:
        yield body


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    """A registered repository that nothing is published of."""
    return Aura(stores).add(str(shop.path), from_cli=True).id


@pytest.mark.parametrize("odd", ODD)
def test_whatever_is_named_the_answer_is_a_problem_and_never_a_crash(real: TestClient, repo: str, odd: str) -> None:
    base = f"/api/v1/repos/{quote(odd, safe='')}"
    inside = f"/api/v1/repos/{repo}"
    answers = [
        *(
            real.get(f"{base}{rest}")
            for rest in ("", "/status", "/search?q=x", "/graph/digest", "/graph/node?symbol=x")
        ),
        real.delete(base),
        real.post(f"{base}/sync", json={}),
        real.post(f"{inside}/sync", json={"sha": odd}),
        real.post("/api/v1/repos", json={"source": odd, "sync": False}),
        *(real.get(f"{inside}/{rest}", params={"sha": odd}) for rest in ("search?q=x", "graph/digest")),
        real.get(f"{inside}/search", params={"q": odd, "ref": "main"}),
        real.get(f"{inside}/graph/callers", params={"symbol": odd}),
        real.post("/api/v1/context", json={"repo": odd, "task": "x"}),
        real.post("/api/v1/context", json={"repo": repo, "task": odd, "sha": odd}),
        real.post("/api/v1/context", json={"repo": repo, "task": odd, "encoding": odd[:64]}),
        real.post("/api/v1/context", json={"repo": repo, "task": "x", "entry_points": [odd]}),
    ]
    for answer in answers:
        assert answer.status_code < 500, (answer.request.url, answer.text)
        if answer.status_code >= 400:
            Problem.model_validate_json(answer.content)


def test_a_repository_of_which_nothing_is_published_says_what_is_wanted(
    real: TestClient, repo: str, shop: GitRepository
) -> None:
    head = shop.git("rev-parse", "HEAD")
    for answer in (
        real.post("/api/v1/context", json={"repo": repo, "task": "x"}),
        real.get(f"/api/v1/repos/{repo}/search?q=x"),
    ):
        assert answer.status_code == 409
        body = answer.json()
        assert (body["code"], body["wanted"], body["indexed"]) == ("snapshot_not_ready", head, None)
        assert repo in body["remedy"]


def test_unknown_repositories_and_commits_are_not_found(real: TestClient, repo: str) -> None:
    missing = real.post("/api/v1/context", json={"repo": "nobody-12345678", "task": "x"})
    assert (missing.status_code, missing.json()["code"], missing.json()["known"]) == (
        404,
        "unknown_repository",
        [repo],
    )
    commit = real.post("/api/v1/context", json={"repo": repo, "task": "x", "sha": "0" * 40})
    assert (commit.status_code, commit.json()["code"]) == (404, "unknown_revision")


def test_local_paths_need_a_root_or_the_command_line(stores: Stores, shop: GitRepository, tmp_path: Path) -> None:
    def post(*repo_roots: Path) -> tuple[int, str]:
        opened = stores.with_settings(repo_roots=repo_roots)
        with TestClient(create_app(opened.settings, Aura(opened)), base_url="http://localhost", client=NEAR) as client:
            answer = client.post("/api/v1/repos", json={"source": str(shop.path), "sync": False})
            return answer.status_code, str(answer.json().get("code"))

    assert post() == (403, "forbidden")
    assert post(tmp_path / "elsewhere") == (403, "forbidden")
    assert post(tmp_path) == (201, "None")


def test_a_sync_is_asked_for_once_by_its_delivery(real: TestClient, repo: str, shop: GitRepository) -> None:
    head = shop.git("rev-parse", "HEAD")
    events = [real.post(f"/api/v1/repos/{repo}/sync", json={"sha": head[:10], "delivery": "d1"}) for _ in range(2)]
    assert [e.status_code for e in events] == [202, 202]
    assert events[0].json() == events[1].json()
    assert events[0].json()["target"] == head
    status = StatusOut.model_validate_json(real.get(f"/api/v1/repos/{repo}/status").content)
    assert status.events == {"received": 1}
    assert (status.wanted, status.indexed, status.current) == (head, None, False)


def test_a_sync_that_may_not_wait_is_refused_while_another_works(real: TestClient, repo: str, stores: Stores) -> None:
    base = f"/api/v1/repos/{repo}"
    lease = stores.catalog.leases.acquire(repo, "somebody", 60)
    refused = real.post(f"{base}/sync", json={"if_idle": True})
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["holder"], problem["since"]) == (
        409,
        "sync_in_progress",
        "somebody",
        iso_time(lease.acquired_at),
    )
    assert problem["remedy"]
    assert real.get(f"{base}/status").json()["events"] == {}, "a wish that was refused stays out of the queue"
    assert real.post(f"{base}/sync", json={}).status_code == 202
    stores.catalog.leases.release(lease)
    assert real.post(f"{base}/sync", json={"if_idle": True}).status_code == 202
    assert real.get(f"{base}/status").json()["events"] == {"received": 2}
    assert real.post("/api/v1/repos/nobody-12345678/sync", json={"if_idle": True}).status_code == 404


def test_a_repository_is_registered_listed_shown_and_forgotten(
    real: TestClient, repo: str, shop: GitRepository
) -> None:
    assert [r["id"] for r in real.get("/api/v1/repos").json()["repos"]] == [repo]
    assert real.get(f"/api/v1/repos/{repo}").json()["origin"] == str(shop.path)
    assert real.delete(f"/api/v1/repos/{repo}").status_code == 200
    assert real.get(f"/api/v1/repos/{repo}").status_code == 404
    assert (shop.path / "shop" / "cart.py").exists()


def test_metrics_tell_the_lag_of_what_is_published_and_survive_what_cannot_be_read(
    real: TestClient, repo: str, shop: GitRepository
) -> None:
    assert f'aura_index_lag_seconds{{repo="{repo}"}}' in real.get("/metrics").text
    (shop.path / ".git").rename(shop.path / "gone")
    assert real.get("/metrics").status_code == 200


def test_what_is_indexed_is_answered(real: TestClient, stores: Stores, repo: str, shop: GitRepository) -> None:
    old = shop.git("rev-parse", "HEAD")
    Aura(stores).index(repo)
    new = shop.commit({"shop/gift.py": "def wrap_gift():\n    return 'ribbon'\n"})
    Aura(stores).index(repo)
    fresh = real.post("/api/v1/context", json={"repo": repo, "task": "wrap_gift ribbon", "max_tokens": 1_000})
    assert fresh.status_code == 200, fresh.text
    body = ContextOut.model_validate_json(fresh.content)
    assert body.sha == new
    assert "ribbon" in body.text
    assert body.tokens <= 1_000
    then = real.post("/api/v1/context", json={"repo": repo, "task": "wrap_gift ribbon", "sha": old[:12]}).json()
    assert then["sha"] == old
    assert "ribbon" not in then["text"]
    assert (
        real.post("/api/v1/context", json={"repo": repo, "task": "x", "encoding": "nope"}).json()["field"] == "encoding"
    )
    hits = SearchOut.model_validate_json(
        real.get(f"/api/v1/repos/{repo}/search", params={"q": "checkout voucher"}).content
    )
    assert any(h.symbol.endswith("checkout") for h in hits.hits)
    callers = CallersOut.model_validate_json(
        real.get(f"/api/v1/repos/{repo}/graph/callers", params={"symbol": "total_price"}).content
    )
    assert [c.uid for c in callers.callers] == ["shop/cart.py::Cart.checkout"]
    node = NodeAnswer.model_validate_json(
        real.get(f"/api/v1/repos/{repo}/graph/node", params={"symbol": "shop.cart.Cart"}).content
    )
    assert "shop/cart.py::Cart.checkout" in node.contains
    callees = CalleesOut.model_validate_json(
        real.get(f"/api/v1/repos/{repo}/graph/callees", params={"symbol": "Cart.checkout"}).content
    )
    assert [c.uid for c in callees.callees] == ["shop/prices.py::total_price"]
    digest = DigestOut.model_validate_json(
        real.get(f"/api/v1/repos/{repo}/graph/digest", params={"ref": "main"}).content
    )
    assert (digest.sha, digest.digest) == (new, body.digest)
