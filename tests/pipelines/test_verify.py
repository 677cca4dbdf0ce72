"""The nightly comparison with clean rebuilds."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from aura_core.indexing import link_cache
from aura_core.ports.stores import Stores
from aura_pipelines.dagster_client import PARTITION_TAG, VERIFY_JOB
from aura_pipelines.definitions import build_defs
from tests.pipelines.conftest import Sync, rows_of
from tests.support import GitRepository, run_sql


def verify(
    stores: Stores, instance: dg.DagsterInstance, repo: str
) -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation]:
    job = build_defs(stores.settings, stores=stores).resolve_job_def(VERIFY_JOB)
    result = job.execute_in_process(tags={PARTITION_TAG: repo}, instance=instance, raise_on_error=False)
    (evaluation,) = result.get_asset_check_evaluations()
    return result, evaluation


def test_an_equal_index_passes_and_the_result_names_repository_and_commit(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, shop: GitRepository
) -> None:
    assert sync().success
    result, evaluation = verify(stores, instance, repo)
    assert result.success
    assert evaluation.passed
    assert evaluation.partition == repo
    assert evaluation.metadata["compared"].value == 1
    assert evaluation.description == f"{repo}: of 1 commit, none differ from a clean rebuild"
    head = shop.git("rev-parse", "HEAD")
    (row,) = rows_of(evaluation.metadata["commits"].value)
    assert row == {"commit": head, "result": "equal", "difference": ""}


def test_an_index_that_differs_fails_the_run_and_says_so_in_the_log(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sync()
    largest = "SELECT data FROM fragments ORDER BY length(data) DESC LIMIT 1"
    run_sql(stores.settings.home / "store.db", f"UPDATE fragments SET data = ({largest})")
    result, evaluation = verify(stores, instance, repo)
    assert not result.success
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert f"index_differs: {repo} " in capfd.readouterr().err
    assert not list(link_cache.states_folder(stores, repo).glob("*"))


def test_a_repository_that_cannot_be_read_says_so_and_fails_nothing(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, shop: GitRepository
) -> None:
    sync()
    shop.path.rename(shop.path.with_name("elsewhere"))
    result, evaluation = verify(stores, instance, repo)
    assert result.success
    assert evaluation.metadata["compared"].value == 0
    assert str(evaluation.description).endswith("there was no commit to compare")
    (row,) = rows_of(evaluation.metadata["commits"].value)
    assert row["difference"]


def test_a_verification_without_a_repository_says_how_to_choose_one(
    stores: Stores, instance: dg.DagsterInstance
) -> None:
    job = build_defs(stores.settings, stores=stores).resolve_job_def(VERIFY_JOB)
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert "dagster/partition" in str(result.failure_data_for_node("snapshot_verify"))


def test_every_repository_is_verified_every_night(stores: Stores, instance: dg.DagsterInstance, repo: str) -> None:
    repository = build_defs(stores.settings, stores=stores).get_repository_def()
    schedule = repository.get_schedule_def("verify_snapshots_nightly")
    night = datetime(2026, 1, 2, 3, 47, tzinfo=UTC)
    with dg.build_schedule_context(
        instance, scheduled_execution_time=night, repository_def=repository, resources={"stores": stores}
    ) as context:
        (request,) = schedule.evaluate_tick(context).run_requests
    assert (request.tags[PARTITION_TAG], request.run_key) == (repo, f"{repo}#2026-01-02")


def test_a_sync_does_not_wait_for_the_comparison(sync: Sync) -> None:
    names = {e.check_name for e in sync().get_asset_check_evaluations()}
    assert names == {"edge_ends_exist", "counts_not_zero", "answers_smoke_question"}
