"""Snapshots over HTTP, from a real repository."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.schemas.snapshots import SnapshotAnswer, SnapshotAsked, SnapshotList
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from tests.api.conftest import NEAR
from tests.support import GitRepository


@pytest.fixture
def real(settings: Settings, stores: Stores) -> Iterator[TestClient]:
    with TestClient(create_app(settings, Aura(stores)), base_url="http://localhost", client=NEAR) as client:
        yield client


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    aura = Aura(stores)
    repository_id = aura.add(str(shop.path), from_cli=True).id
    aura.index(repository_id)
    return repository_id


@pytest.fixture
def base(repo: str) -> str:
    return f"/api/v1/repos/{repo}/snapshots"


def test_snapshots_are_listed_page_by_page(
    real: TestClient, stores: Stores, shop: GitRepository, repo: str, base: str
) -> None:
    for n in range(2):
        shop.commit({"a.py": f"x = {n}\n"})
        Aura(stores).index(repo)
    first = SnapshotList.model_validate_json(real.get(base, params={"limit": 2, "ref": "main"}).content, strict=True)
    assert [s.sha for s in first.snapshots] == shop.git("log", "--format=%H", "-2").split()
    rest = real.get(base, params={"limit": 2, "ref": "main", "cursor": first.cursor}).json()
    assert [s["sha"] for s in rest["snapshots"]] == [shop.git("rev-parse", "HEAD~2")]
    assert rest["cursor"] == ""
    wrong = real.get(base, params={"cursor": "nonsense"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "cursor")
    assert real.get(base, params={"ref": "nowhere"}).status_code == 404


@pytest.mark.parametrize("name", ["main", "refs/heads/main", "HEAD", "feature/vouchers", "100%", "a%2Fb"])
def test_a_snapshot_goes_by_every_name_of_its_commit(
    real: TestClient, shop: GitRepository, base: str, name: str
) -> None:
    if name not in {"main", "refs/heads/main", "HEAD"}:
        shop.git("branch", name)
    head = shop.git("rev-parse", "HEAD")
    for text in (name, head, head[:4]):
        response = real.get(f"{base}/{quote(text, safe='')}")
        assert response.status_code == 200, response.text
        answer = SnapshotAnswer.model_validate_json(response.content, strict=True)
        assert (answer.snapshot.sha, answer.snapshot.refs) == (head, ["main"])


def test_a_commit_is_asked_for_waited_for_and_there(
    real: TestClient, stores: Stores, shop: GitRepository, repo: str, base: str
) -> None:
    new = shop.commit({"a.py": "x = 1\n"})
    missing = real.get(f"{base}/{new}")
    assert (missing.status_code, missing.json()["code"], missing.json()["wanted"]) == (409, "snapshot_not_ready", new)
    answers = [real.post(base, json={"sha": name}) for name in ("main", new[:8])]
    for answer in answers:
        assert answer.status_code == 202
        assert answer.headers["location"] == f"{base}/{new}"
        SnapshotAsked.model_validate_json(answer.content, strict=True)
    assert answers[0].json() == answers[1].json()
    waiting = real.get(answers[0].headers["location"])
    assert (waiting.status_code, waiting.json()["state"], waiting.headers["retry-after"]) == (202, "queued", "2")
    Aura(stores).index(repo)
    ready = real.get(answers[0].headers["location"])
    assert (ready.status_code, ready.json()["snapshot"]["sha"]) == (200, new)
    again = real.post(base, json={"sha": "HEAD"})
    assert (again.status_code, again.headers["location"]) == (200, f"{base}/{new}")
    assert again.json() == ready.json()


@pytest.mark.parametrize("body", [{}, {"sha": ""}, {"sha": "x" * 1_025}, {"sha": 7}, {"sha": "main", "more": 1}])
def test_a_wish_names_one_commit(real: TestClient, base: str, body: dict[str, object]) -> None:
    assert real.post(base, json=body).status_code == 422


def test_what_is_not_there_is_not_found(real: TestClient, base: str) -> None:
    assert real.get("/api/v1/repos/nobody-12345678/snapshots").status_code == 404
    for name in ("nowhere", "0" * 40, "a\0b", "WORKTREE", "WORKTREE-0123", "-x", "feature/none"):
        answer = real.get(f"{base}/{quote(name, safe='')}")
        assert answer.status_code in {404, 422}, name
        refusal = real.post(base, json={"sha": name})
        assert refusal.status_code in {404, 422}, name
