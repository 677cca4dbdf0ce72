"""A run follows a plan: whichever button starts it."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from aura_core import indexing
from aura_core.errors import BadGraph
from aura_core.indexing import Finding
from aura_core.model.repository import EventState
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_pipelines.run_progress import STEPS, read_progress
from aura_pipelines.step_runner import last_step
from tests.pipelines.conftest import Sync, materialised, observations_of, rows_of
from tests.support import GitRepository


def test_a_run_publishes_the_head_and_marks_the_event_done(
    sync: Sync, stores: Stores, repo: str, shop: GitRepository
) -> None:
    Aura(stores).sync(repo, source="test")
    result = sync()
    assert result.success
    assert materialised(result) == list(STEPS)
    head = shop.git("rev-parse", "HEAD")
    assert [(r.name, r.sha) for r in stores.catalog.publisher.refs(repo)] == [("main", head)]
    assert [e.state for e in stores.catalog.events.list(repo)] == [EventState.DONE]
    assert stores.catalog.leases.current(repo) is None
    assert stores.catalog.heartbeats.age("pipelines") is not None
    last = stores.catalog.publisher.last_run(repo)
    assert last is not None
    assert (last.run, last.state) == (result.run_id, "done")


def test_each_step_shows_counts_and_has_the_sha_as_its_data_version(sync: Sync, repo: str, shop: GitRepository) -> None:
    events = {
        e.asset_key.path[-1]: e.materialization
        for e in sync().get_asset_materialization_events()
        if e.asset_key is not None
    }
    head = shop.git("rev-parse", "HEAD")
    for name, materialisation in events.items():
        assert materialisation.tags is not None
        assert materialisation.tags["dagster/data_version"] == head, name
        assert materialisation.tags["dagster/code_version"], name
        assert materialisation.metadata["seconds"].value >= 0
    metadata = {name: value.value for name, value in events["snapshot"].metadata.items()}
    assert metadata["files"] == 4
    assert {"nodes", "edges", "unresolved", "bytes", "skipped_files", "digest"} <= metadata.keys()
    assert (metadata["repository"], metadata["commit"]) == (repo, head)


def test_what_is_left_out_is_counted_and_named(sync: Sync, shop: GitRepository) -> None:
    shop.commit({"shop/raw": b"\0", "shop/old.py": "x = 'é'\n".encode("latin-1")})
    materialisations = {
        e.asset_key.path[-1]: e.materialization
        for e in sync().get_asset_materialization_events()
        if e.asset_key is not None
    }
    metadata = {name: value.value for name, value in materialisations["graph"].metadata.items()}
    assert (metadata["skipped_files"], metadata["warnings"]) == (1, 2)
    assert rows_of(metadata["skipped"]) == [{"reason": "binary", "files": 1}]
    assert rows_of(metadata["first_warnings"]) == [
        {"warning": "shop/raw: holds NUL bytes: binary, not indexed"},
        {"warning": "shop/old.py: line 1: not valid utf-8"},
    ]


def test_with_nothing_to_do_a_run_materialises_nothing_and_says_so_in_observations(
    sync: Sync, repo: str, shop: GitRepository
) -> None:
    assert materialised(sync()) == list(STEPS)
    again = sync()
    assert again.success
    assert materialised(again) == []
    observations = observations_of(again)
    assert [o.asset_key.path[-1] for o in observations] == list(STEPS)
    head = shop.git("rev-parse", "HEAD")
    for observation in observations:
        assert observation.partition == repo
        assert f"{repo} is up to date: readers get `main` at {head[:12]}." in str(observation.description)
        assert rows_of(observation.metadata["published"].value) == [{"ref": "main", "commit": head}]
    assert [o.asset_key.path[-1] for o in observations_of(sync(only="graph"))] == ["graph"]


def test_a_run_of_a_repository_without_a_commit_says_so(sync: Sync, stores: Stores, shop: GitRepository) -> None:
    empty = GitRepository(shop.path.with_name("empty"))
    run = sync(of=Aura(stores).add(str(empty.path), from_cli=True).id)
    assert run.success
    assert "has no commit to index yet" in str(observations_of(run)[0].description)


@pytest.mark.parametrize("step", ["parse", "cluster"])
def test_a_forced_run_materialises_everything_again(step: str, sync: Sync, stores: Stores, repo: str) -> None:
    sync()
    before = stores.catalog.publisher.refs(repo)
    forced = sync(run_config={"ops": {step: {"config": {"force": True}}}})
    assert forced.success
    assert materialised(forced) == list(STEPS)
    after = stores.catalog.publisher.refs(repo)
    assert [(r.name, r.sha, r.digest) for r in after] == [(r.name, r.sha, r.digest) for r in before]
    assert stores.catalog.leases.current(repo) is None


def test_a_single_step_can_be_forced(sync: Sync, stores: Stores, repo: str) -> None:
    sync()
    forced = sync(only="graph", run_config={"ops": {"graph": {"config": {"force": True}}}})
    assert materialised(forced) == ["graph"]
    assert stores.catalog.leases.current(repo) is None


def test_progress_of_a_run_is_there_for_who_waits(sync: Sync, stores: Stores) -> None:
    seen = read_progress(stores.settings.home, sync().run_id)
    assert {name: step.state for name, step in seen.items()} == dict.fromkeys(STEPS, "done")
    assert seen["graph"].counts["files"] == 4
    assert read_progress(stores.settings.home, "no-such-run") == {}


def test_a_failed_run_gives_its_event_back_and_goes_on_from_there(
    sync: Sync, stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    Aura(stores).sync(repo, source="test")
    with monkeypatch.context() as broken:
        broken.setattr(stores.snapshots, "flush", _broken_disk)
        failed = sync()
    assert not failed.success
    assert stores.catalog.publisher.refs(repo) == []
    event = stores.catalog.events.list(repo)[0]
    assert (event.state, event.attempts) == (EventState.DUE, 1)
    assert "snapshot: no space" in event.error
    assert stores.catalog.leases.current(repo) is None

    run = instance.get_run_by_id(failed.run_id)
    assert run is not None
    plan = stores.catalog.publisher.plan(failed.run_id)
    assert indexing.resume(stores, repo, failed.run_id, "snapshot") is not None
    indexing.abandon(stores, repo, failed.run_id, "the test only asks")
    again = sync()
    assert again.success
    assert plan is not None
    assert [r.sha for r in stores.catalog.publisher.refs(repo)] == [plan.targets[0][1]]


def _broken_disk() -> None:
    raise OSError("no space left on device")


def test_a_bad_graph_is_not_published_and_the_check_says_why(
    sync: Sync, stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [
        Finding("edge_ends_exist", False, "1 edge without a target: a.py::f", "a" * 40),
        Finding("counts_not_zero", True, "fine", "a" * 40),
    ]
    monkeypatch.setattr("aura_core.indexing.steps.snapshot.check", lambda *_: bad)
    monkeypatch.setattr("aura_core.indexing.check", lambda *_: bad)
    result = sync()
    assert not result.success
    assert stores.catalog.publisher.refs(repo) == []
    checks = {e.check_name: e for e in result.get_asset_check_evaluations()}
    assert not checks["edge_ends_exist"].passed
    assert checks["edge_ends_exist"].description == f"{repo} at aaaaaaaaaaaa: `1 edge without a target: a.py::f`"
    assert checks["counts_not_zero"].passed
    assert BadGraph.__name__ in str(result.failure_data_for_node("snapshot"))


def test_good_checks_are_recorded_for_the_repository_with_its_commit(
    sync: Sync, repo: str, shop: GitRepository
) -> None:
    evaluations = list(sync().get_asset_check_evaluations())
    assert {e.check_name: e.passed for e in evaluations} == {
        "edge_ends_exist": True,
        "counts_not_zero": True,
        "answers_smoke_question": True,
    }
    head = shop.git("rev-parse", "HEAD")
    for evaluation in evaluations:
        assert evaluation.partition == repo
        assert (evaluation.metadata["repository"].value, evaluation.metadata["commit"].value) == (repo, head)
        assert str(evaluation.description).startswith(f"{repo} at {head[:12]}: ")
        (row,) = rows_of(evaluation.metadata["findings"].value)
        assert (row["commit"], row["result"]) == (head, "passed")


def test_a_second_repository_takes_nothing_from_the_checks_of_the_first(
    sync: Sync, stores: Stores, instance: dg.DagsterInstance, repo: str, shop: GitRepository
) -> None:
    other = GitRepository(shop.path.with_name("other"))
    other.commit({"a.py": "def a():\n    pass\n"})
    sync()
    sync(of=Aura(stores).add(str(other.path), from_cli=True).id)
    key = dg.AssetCheckKey(dg.AssetKey("snapshot"), "edge_ends_exist")
    storage = instance.event_log_storage
    (info,) = storage.get_asset_check_partition_info([key], partition_keys=[repo])
    assert info.latest_execution_status is AssetCheckExecutionRecordStatus.SUCCEEDED


@pytest.mark.parametrize("step", STEPS)
def test_a_single_asset_of_an_indexed_repository_does_something_sensible(
    step: str, sync: Sync, stores: Stores, repo: str
) -> None:
    sync()
    result = sync(only=step)
    assert result.success
    assert materialised(result) == (["cluster"] if step == "cluster" else [])
    assert stores.catalog.leases.current(repo) is None


def test_parse_alone_on_a_new_head_leaves_the_rest_to_the_next_run(
    sync: Sync, stores: Stores, repo: str, shop: GitRepository
) -> None:
    assert materialised(sync(only="parse")) == ["parse"]
    assert stores.catalog.leases.current(repo) is None
    assert materialised(sync()) == list(STEPS)


def test_a_step_without_those_before_it_says_what_is_missing(sync: Sync, stores: Stores, repo: str) -> None:
    result = sync(only="graph")
    assert not result.success
    assert "Run the parse step first" in str(result.failure_data_for_node("graph"))
    assert stores.catalog.leases.current(repo) is None


def test_cluster_may_fail_alone(sync: Sync, stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Aura(stores).sync(repo, source="test")
    with monkeypatch.context() as broken:
        broken.setattr("aura_core.indexing.steps.cluster.cluster_symbols", lambda *_, **__: _broken_disk())
        assert not sync().success
    assert len(stores.catalog.publisher.refs(repo)) == 1
    assert [e.state for e in stores.catalog.events.list(repo)] == [EventState.DONE]
    assert stores.catalog.leases.current(repo) is None
    assert materialised(sync(only="cluster")) == ["cluster"]
    assert Aura(stores).at(repo).clusters(latest=True) is not None


def test_an_overtaken_run_never_moves_readers_back(
    sync: Sync, stores: Stores, repo: str, shop: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(stores.snapshots, "flush", _broken_disk)
        old = sync()
    new = shop.commit({"shop/more.py": "def more():\n    pass\n"})
    assert sync().success
    for step in STEPS[:4]:
        assert indexing.resume(stores, repo, old.run_id, step) is None
    assert [r.sha for r in stores.catalog.publisher.refs(repo)] == [new]


def test_the_last_step_of_a_run_follows_what_was_chosen(sync: Sync) -> None:
    run = sync().dagster_run
    assert last_step(run) == "cluster"
    assert last_step(run._replace(asset_selection=frozenset({dg.AssetKey("parse"), dg.AssetKey("graph")}))) == "graph"
    assert last_step(run._replace(step_keys_to_execute=["embed", "snapshot"])) == "snapshot"


def test_a_run_waits_for_a_sync_that_works_already(
    sync: Sync, stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aura_pipelines.step_runner.BUSY_SECONDS", 1.0)
    stores.catalog.leases.acquire(repo, "local-1", 0.5)
    result = sync()
    assert result.success
    assert materialised(result) == list(STEPS)


def test_a_run_that_finds_the_repository_busy_for_too_long_says_by_whom(
    sync: Sync, stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aura_pipelines.step_runner.BUSY_RETRIES", 1)
    monkeypatch.setattr("aura_pipelines.step_runner.BUSY_SECONDS", 0.01)
    stores.catalog.leases.acquire(repo, "local-1", 60)
    result = sync()
    assert not result.success
    assert "(run local-1)" in str(result.failure_data_for_node("parse"))
    assert stores.catalog.leases.current(repo) is not None
