"""A request for a sync can be followed: where its event is, what became of it and why. Times are read by every
program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_core import indexing
from aura_core.errors import GitFailed
from aura_core.model.repository import Lag
from aura_core.model.times import iso_time
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.api.conftest import NEAR
from tests.support import GitRepository

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
LAG = {"wanted", "indexed", "current", "commits", "seconds", "problem"}


@pytest.fixture
def real(stores: Stores) -> Iterator[TestClient]:
    with TestClient(create_app(stores.settings, Aura(stores)), base_url="http://localhost", client=NEAR) as client:
        yield client


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


def times_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a JSON value whose name is that of a time."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.endswith("_at") or name == "since":
                yield name, inner
            yield from times_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from times_in(inner)


def test_a_time_is_iso_8601_in_utc_with_milliseconds() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00.000Z"
    assert iso_time(1_764_000_000.25) == "2025-11-24T16:00:00.250Z"
    assert datetime.fromisoformat(iso_time(1.5)) == datetime.fromtimestamp(1.5, UTC)


def test_a_sync_answers_where_its_event_is_and_the_event_says_what_became_of_it(
    real: TestClient, stores: Stores, repo: str
) -> None:
    answer = real.post(f"/api/v1/repos/{repo}/sync", json={})
    address = answer.headers["location"]
    assert (answer.status_code, int(answer.headers["retry-after"])) == (202, 2)
    assert address == f"/api/v1/repos/{repo}/events/{answer.json()['id']}"
    before = real.get(address).json()
    assert before == answer.json()
    assert (before["state"], before["attempts"], before["reason"], before["run"]) == ("received", 0, "", None)
    assert (before["taken_at"], before["finished_at"]) == (None, None)
    Aura(stores).index(repo)
    after = real.get(address).json()
    run = stores.catalog.publisher.last_run(repo)
    assert run is not None
    assert (after["state"], after["run"], after["reason"]) == ("done", run.run, "")
    assert before["created_at"] <= after["taken_at"] <= after["finished_at"]


def test_a_failed_run_is_told_by_the_event_with_its_reason(real: TestClient, stores: Stores, tmp_path: Path) -> None:
    repo = Aura(stores).add(f"file://{tmp_path}/nothing", from_cli=True).id
    address = real.post(f"/api/v1/repos/{repo}/sync", json={}).headers["location"]
    with pytest.raises(GitFailed):
        Aura(stores).index(repo)
    event = real.get(address).json()
    assert (event["state"], event["attempts"]) == ("failed", 1)
    assert "git ls-remote failed" in event["reason"]
    assert event["run"]
    assert event["due_at"] > event["created_at"]


def test_an_event_that_is_taken_or_dead_says_so(real: TestClient, stores: Stores, repo: str) -> None:
    address = real.post(f"/api/v1/repos/{repo}/sync", json={}).headers["location"]
    plan = indexing.plan_run(stores, repo, "run-1")
    assert plan is not None
    event = real.get(address).json()
    assert (event["state"], event["run"], event["finished_at"]) == ("taken", "run-1", None)
    indexing.finish(stores, plan, "the disk is full")
    number = event["id"]
    for attempt in range(4):
        lease = stores.catalog.leases.acquire(repo, f"again-{attempt}", 60)
        again = type(plan)(f"again-{attempt}", repo, lease.fence, (number,), (), 1.0)
        stores.catalog.publisher.save_plan(again)
        stores.catalog.events.fail(again, "the disk is full")
        stores.catalog.leases.release(lease)
    event = real.get(address).json()
    assert (event["state"], event["attempts"], event["reason"]) == ("dead", 5, "the disk is full")


def test_an_unknown_event_and_that_of_another_repository_are_404(
    real: TestClient, stores: Stores, repo: str, tmp_path: Path
) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"a.py": "x = 1\n"})
    elsewhere = Aura(stores).add(str(other.path), from_cli=True).id
    number = real.post(f"/api/v1/repos/{elsewhere}/sync", json={}).json()["id"]
    for path in (f"{repo}/events/{number}", f"{repo}/events/{2**62}", f"{elsewhere}/events/{number + 1}"):
        answer = real.get(f"/api/v1/repos/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_event"), path
    for number in ("0", "-1", "x", str(2**64)):
        assert real.get(f"/api/v1/repos/{repo}/events/{number}").status_code == 422


@pytest.mark.parametrize("revision", [{}, {"ref": "main"}, {"sha": "a" * 40}], ids=str)
def test_a_failed_clone_is_said_by_the_questions_to_its_repository(
    real: TestClient, stores: Stores, tmp_path: Path, revision: dict[str, str]
) -> None:
    repo = Aura(stores).add(f"file://{tmp_path}/nothing", from_cli=True).id
    with pytest.raises(GitFailed):
        Aura(stores).index(repo)
    asked = [
        real.post("/api/v1/context", json={"repo": repo, "task": "x", **revision}),
        real.get(f"/api/v1/repos/{repo}/search", params={"q": "x", **revision}),
        real.get(f"/api/v1/repos/{repo}/graph/digest", params=revision),
    ]
    for answer in asked:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "snapshot_not_ready"), problem
        assert "git ls-remote failed" in problem["detail"]
        assert problem["failed"] in problem["detail"]
        assert "sync" in problem["remedy"]


def test_a_repository_that_is_not_cloned_yet_has_no_failure_to_tell(
    real: TestClient, stores: Stores, tmp_path: Path
) -> None:
    repo = Aura(stores).add(f"file://{tmp_path}/nothing", from_cli=True).id
    problem = real.get(f"/api/v1/repos/{repo}/search", params={"q": "x", "ref": "main"}).json()
    assert (problem["code"], "failed" in problem) == ("snapshot_not_ready", False)


def test_every_time_is_iso_8601_and_lag_has_one_shape(
    real: TestClient, stores: Stores, repo: str, shop: GitRepository
) -> None:
    Aura(stores).index(repo)
    base = f"/api/v1/repos/{repo}"
    event = real.post(f"{base}/sync", json={}).json()
    lease = stores.catalog.leases.acquire(repo, "somebody", 60)
    refused = real.post(f"{base}/sync", json={"if_idle": True}).json()
    status = real.get(f"{base}/status").json()
    context = real.post("/api/v1/context", json={"repo": repo, "task": "cart"}).json()
    stores.catalog.leases.release(lease)
    sha = shop.git("rev-parse", "HEAD")
    answers = [
        *(event, refused, status, context),
        *(real.get(path).json() for path in (base, "/api/v1/repos", f"{base}/snapshots", f"{base}/snapshots/{sha}")),
    ]
    times = [(name, value) for answer in answers for name, value in times_in(answer)]
    assert {name for name, _ in times} == {
        *("created_at", "due_at", "taken_at", "finished_at", "started_at", "since", "expires_at")
    }
    assert all(value is None or TIME.match(value) for _, value in times), times
    assert set(status["sync"]) == {"holder", "since", "expires_at"}
    assert set(status["lag"]) == set(context["lag"]) == LAG
    assert status["lag"] == asdict(Lag(sha, sha, True, 0, 0.0))
    assert real.get(f"{base}/status").json()["sync"] is None


def test_a_head_that_cannot_be_read_is_unknown_and_not_behind(stores: Stores, repo: str, shop: GitRepository) -> None:
    Aura(stores).index(repo)
    sha = shop.git("rev-parse", "HEAD")
    (shop.path / ".git").rename(shop.path / "gone")
    lag = Aura(stores).lag(repo)
    assert lag == Lag(indexed=sha, problem=lag.problem)
    assert lag.problem
