"""The nightly comparison with clean rebuilds."""

from __future__ import annotations

import dagster as dg
import pytest

from aura_core.indexing import link_cache
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_pipelines.definitions import build_defs
from tests.pipelines.conftest import Sync
from tests.support import GitRepository, run_sql


def verify(stores: Stores, instance: dg.DagsterInstance) -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation]:
    job = build_defs(stores.settings, stores=stores).resolve_job_def("verify")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    (evaluation,) = result.get_asset_check_evaluations()
    return result, evaluation


def test_an_equal_index_passes(stores: Stores, instance: dg.DagsterInstance, sync: Sync) -> None:
    assert sync().success
    result, evaluation = verify(stores, instance)
    assert result.success
    assert evaluation.passed
    assert evaluation.metadata["compared"].value == 1


def test_an_index_that_differs_fails_the_run_and_says_so_in_the_log(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sync()
    largest = "SELECT data FROM fragments ORDER BY length(data) DESC LIMIT 1"
    run_sql(stores.settings.home / "store.db", f"UPDATE fragments SET data = ({largest})")
    result, evaluation = verify(stores, instance)
    assert not result.success
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert f"index_differs: {repo} " in capfd.readouterr().err
    assert not list(link_cache.states_folder(stores, repo).glob("*"))


def test_a_repository_that_cannot_be_read_does_not_hide_the_others(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, shop: GitRepository
) -> None:
    sync()
    other = GitRepository(shop.path.with_name("aaa"))
    other.commit({"a.py": "x = 1\n"})
    unreadable = Aura(stores).add(str(other.path), from_cli=True).id
    sync(of=unreadable)
    other.path.rename(shop.path.with_name("elsewhere"))
    result, evaluation = verify(stores, instance)
    assert result.success
    assert evaluation.metadata["compared"].value == 1


def test_a_sync_does_not_wait_for_the_comparison(sync: Sync) -> None:
    names = {e.check_name for e in sync().get_asset_check_evaluations()}
    assert names == {"edge_ends_exist", "counts_not_zero", "answers_smoke_question"}
