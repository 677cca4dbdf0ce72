"""What starts runs: due events, moved heads, and never twice."""

from __future__ import annotations

import dagster as dg
import pytest

from aura_core.model.repository import EventState
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_pipelines.dagster_client import JOB, LAUNCHER, PARTITION_TAG, VERIFY_JOB
from aura_pipelines.definitions import build_defs
from aura_pipelines.partitions import NAME
from aura_pipelines.sensors import check_for_new_commits, index_when_asked
from tests.pipelines.conftest import Sync
from tests.support import GitRepository


def tick(
    stores: Stores, instance: dg.DagsterInstance, sensor: dg.SensorDefinition = index_when_asked
) -> list[dg.RunRequest]:
    repository = build_defs(stores.settings, stores=stores).get_repository_def()
    with dg.build_sensor_context(instance, repository_def=repository, resources={"stores": stores}) as context:
        answer = sensor(context)
        answers = [answer] if isinstance(answer, dg.SkipReason) else list(answer)
        return [request for request in answers if isinstance(request, dg.RunRequest)]


def test_due_events_of_a_repository_ask_for_one_run(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    aura = Aura(stores)
    newest = [aura.sync(repo, source="test").id for _ in range(3)][-1]
    requests = tick(stores, instance)
    assert [(r.partition_key, r.run_key) for r in requests] == [(repo, f"{repo}#{newest}#0#first")]
    assert tick(stores, instance)[0].run_key == requests[0].run_key


def test_partitions_follow_the_registry(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    instance.add_dynamic_partitions(NAME, ["gone-12345678"])
    assert tick(stores, instance) == []
    assert list(instance.get_dynamic_partitions(NAME)) == [repo]


def test_a_tick_says_that_an_indexer_is_alive(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    assert stores.catalog.heartbeats.age("pipelines") is None
    tick(stores, instance)
    age = stores.catalog.heartbeats.age("pipelines")
    assert age is not None
    assert age < 5


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_no_run_is_asked_for_while_one_is_queued_or_active(
    status: dg.DagsterRunStatus, stores: Stores, instance: dg.DagsterInstance, repo: str
) -> None:
    Aura(stores).sync(repo, source="test")
    _run(instance, repo, status)
    assert tick(stores, instance) == []


def test_a_sync_outside_of_dagster_is_waited_for(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    Aura(stores).sync(repo, source="test")
    lease = stores.catalog.leases.acquire(repo, "local-1", 60)
    assert tick(stores, instance) == []
    stores.catalog.leases.release(lease)
    assert len(tick(stores, instance)) == 1


def test_the_lease_of_a_run_that_was_killed_is_freed_and_its_events_come_back(
    stores: Stores, instance: dg.DagsterInstance, repo: str
) -> None:
    from aura_core import indexing

    Aura(stores).sync(repo, source="test")
    run = _run(instance, repo, dg.DagsterRunStatus.FAILURE)
    assert indexing.plan_run(stores, repo, run) is not None
    assert stores.catalog.leases.current(repo) is not None
    assert tick(stores, instance) == []
    assert stores.catalog.leases.current(repo) is None
    event = stores.catalog.events.list(repo)[0]
    assert (event.state, event.attempts) == (EventState.DUE, 1)


def test_a_run_that_ended_without_its_event_never_blocks_the_next(
    stores: Stores, instance: dg.DagsterInstance, repo: str
) -> None:
    Aura(stores).sync(repo, source="test")
    first = tick(stores, instance)[0].run_key
    _run(instance, repo, dg.DagsterRunStatus.CANCELED)
    assert tick(stores, instance)[0].run_key != first


def test_a_run_that_failed_a_moment_ago_is_not_tried_at_once(
    stores: Stores, instance: dg.DagsterInstance, repo: str
) -> None:
    Aura(stores).sync(repo, source="test")
    _run(instance, repo, dg.DagsterRunStatus.FAILURE)
    assert tick(stores, instance) == []


def test_a_moved_head_becomes_one_event(
    stores: Stores, instance: dg.DagsterInstance, repo: str, shop: GitRepository, sync: Sync
) -> None:
    heads = check_for_new_commits(60.0)
    assert sync().success
    tick(stores, instance, heads)
    assert stores.catalog.events.list(repo) == []
    shop.commit({"shop/new.py": "x = 1\n"})
    tick(stores, instance, heads)
    tick(stores, instance, heads)
    assert [(e.source, e.target) for e in stores.catalog.events.list(repo)] == [("poll", "main")]
    assert sync().success
    assert [e.state for e in stores.catalog.events.list(repo)] == [EventState.DONE]


def test_a_head_that_goes_back_is_seen(
    stores: Stores, instance: dg.DagsterInstance, repo: str, shop: GitRepository, sync: Sync
) -> None:
    heads, old = check_for_new_commits(60.0), shop.git("rev-parse", "HEAD")
    new = shop.commit({"shop/new.py": "x = 1\n"})
    for sha in (old, new, old, new):
        shop.git("reset", "--quiet", "--hard", sha)
        tick(stores, instance, heads)
        assert stores.catalog.events.list(repo)[0].state is EventState.DUE
        assert sync().success
        assert [r.sha for r in stores.catalog.publisher.refs(repo)] == [sha]


def test_one_broken_repository_does_not_cost_the_others(
    stores: Stores, instance: dg.DagsterInstance, repo: str, tmp_path: object
) -> None:
    other = GitRepository(stores.settings.home.parent / "other")
    other.commit({"a.py": "x = 1\n"})
    fine = Aura(stores).add(str(other.path), from_cli=True).id
    (stores.settings.home.parent / "shop" / ".git").rename(stores.settings.home.parent / "shop" / "not-git")
    tick(stores, instance, check_for_new_commits(60.0))
    assert [e.repo for e in stores.catalog.events.due()] == [fine]


def test_a_request_says_who_asked(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    for source in ("webhook", "api", "webhook"):
        Aura(stores).sync(repo, source=source)
    (request,) = tick(stores, instance)
    assert request.tags["aura/why"] == "asked for by api, webhook"


def test_what_a_launcher_is_about_to_launch_is_left_to_it(
    stores: Stores, instance: dg.DagsterInstance, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.catalog.heartbeats.beat(LAUNCHER)
    Aura(stores).sync(repo, source="test")
    assert tick(stores, instance) == []
    monkeypatch.setattr("aura_pipelines.sensors.LAUNCHER_SECONDS", 0.0)
    assert len(tick(stores, instance)) == 1


def test_a_verification_keeps_no_index_waiting(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    Aura(stores).sync(repo, source="test")
    _run(instance, repo, dg.DagsterRunStatus.STARTED, VERIFY_JOB)
    assert len(tick(stores, instance)) == 1


def _run(instance: dg.DagsterInstance, repo: str, status: dg.DagsterRunStatus, job: str = JOB) -> str:
    from dagster._core.test_utils import create_run_for_test

    return create_run_for_test(instance, job_name=job, status=status, tags={PARTITION_TAG: repo}).run_id
