"""What Dagster's UI shows of the checks, asked for as the UI asks: over GraphQL, of runs launched over GraphQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster_graphql.test.utils import execute_dagster_graphql

from aura_core.indexing import CHECKS, index
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.views import View
from aura_pipelines import resources
from aura_pipelines.dagster_client import JOB, LAUNCH, LOCATION, PARTITION_TAG, REPOSITORY, VERIFY_JOB
from aura_pipelines.partitions import NAME
from tests.support import GitRepository

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:Property `ScheduleDefinition.environment_vars`:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:coroutine 'BaseEventLoop.shutdown_asyncgens':RuntimeWarning"),
]
"""Dagster warns of its own code: when it loads definitions, and when a run ends inside the request that launched it."""

CHECK_STATUS = """
query ($asset: AssetKeyInput!) {
  assetNodes(assetKeys: [$asset]) {
    assetChecksOrError {
      ... on AssetChecks {
        checks {
          name
          executionForLatestMaterialization {
            status
            partition
            evaluation { description metadataEntries { label ... on TextMetadataEntry { text } } }
          }
          partitionStatuses {
            ... on AssetCheckDefaultPartitionStatuses {
              succeededPartitions failedPartitions inProgressPartitions skippedPartitions executionFailedPartitions
            }
          }
        }
      }
    }
  }
}"""


class DagsterUi:
    """Asks as the pages of Dagster do. Runs that it launches are over when ``launch`` returns."""

    def __init__(self, context: WorkspaceProcessContext) -> None:
        self._context = context

    def launch(self, repo: str, *, job: str = JOB, force: bool = False) -> None:
        self._context.instance.add_dynamic_partitions(NAME, [repo])
        params = {
            "selector": {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION, "jobName": job},
            "runConfigData": {"ops": {"parse": {"config": {"force": True}}}} if force else {},
            "executionMetadata": {"tags": [{"key": PARTITION_TAG, "value": repo}]},
        }
        answer = self._ask(LAUNCH, {"params": params})["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer

    def checks(self) -> dict[str, Any]:
        """The checks of the graph, by name."""
        (node,) = self._ask(CHECK_STATUS, {"asset": {"path": ["snapshot"]}})["assetNodes"]
        return {check["name"]: check for check in node["assetChecksOrError"]["checks"] if check["name"] in CHECKS}

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        with self._context.create_request_context() as context:
            return dict(execute_dagster_graphql(context, query, variables).data)


@pytest.fixture
def ui(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterUi]:
    monkeypatch.setattr(resources, "open_once", lambda _settings: stores)
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name="aura_pipelines.definitions")
    at_once = {
        "run_launcher": {"module": SyncInMemoryRunLauncher.__module__, "class": SyncInMemoryRunLauncher.__name__},
        "run_coordinator": {"module": "dagster._core.run_coordinator", "class": "DefaultRunCoordinator"},
    }
    with (
        dg.DagsterInstance.local_temp(overrides=at_once) as instance,
        WorkspaceProcessContext(
            instance, InProcessWorkspaceLoadTarget(InProcessCodeLocationOrigin(target, location_name=LOCATION))
        ) as context,
    ):
        yield DagsterUi(context)


@pytest.fixture
def commit(shop: GitRepository) -> str:
    return str(shop.git("rev-parse", "HEAD"))


def test_checks_stay_passed_whatever_the_next_run_finds_to_do(ui: DagsterUi, repo: str, commit: str) -> None:
    ui.launch(repo)
    require_all(ui, "SUCCEEDED", repo, commit)
    ui.launch(repo)  # up to date: Dagster skips the step that has the checks
    require_all(ui, "SUCCEEDED", repo, commit)
    ui.launch(repo, force=True)
    require_all(ui, "SUCCEEDED", repo, commit)
    ui.launch(repo, job=VERIFY_JOB)
    ui.launch(repo)
    require_all(ui, "SUCCEEDED", repo, commit)


def test_checks_of_what_another_process_published_pass(ui: DagsterUi, stores: Stores, repo: str, commit: str) -> None:
    index(stores, repo)
    ui.launch(repo)
    require_all(ui, "SUCCEEDED", repo, commit)


def test_a_repository_without_a_commit_passes_no_check(ui: DagsterUi, stores: Stores, tmp_path: Path) -> None:
    empty = GitRepository(tmp_path / "empty")
    ui.launch(Aura(stores).add(str(empty.path), from_cli=True).id)
    assert {check["executionForLatestMaterialization"]["status"] for check in ui.checks().values()} == {"SKIPPED"}


def test_a_bad_graph_fails_its_check_for_the_new_commit(
    ui: DagsterUi, repo: str, shop: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    ui.launch(repo)
    bad = shop.commit({"shop/more.py": "def more():\n    pass\n"})
    monkeypatch.setattr(View, "dangling", lambda _view: ["shop/more.py::more -> <b>nothing</b>"])
    ui.launch(repo)
    require(ui, "edge_ends_exist", "FAILED", repo, bad)
    require(ui, "counts_not_zero", "SUCCEEDED", repo, bad)


def test_what_readers_get_is_checked_again_by_a_run_with_nothing_to_do(
    ui: DagsterUi, repo: str, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ui.launch(repo)
    with monkeypatch.context() as damaged:
        damaged.setattr(View, "dangling", lambda _view: ["shop/cart.py::Cart -> nothing"])
        ui.launch(repo)
    require(ui, "edge_ends_exist", "FAILED", repo, commit)
    require(ui, "counts_not_zero", "SUCCEEDED", repo, commit)


def require_all(ui: DagsterUi, status: str, repo: str, commit: str) -> None:
    for name in CHECKS:
        require(ui, name, status, repo, commit)


def require(ui: DagsterUi, name: str, status: str, repo: str, commit: str) -> None:
    """Require what the list of checks, a check's page and the page of its partition show."""
    check = ui.checks()[name]
    latest = check["executionForLatestMaterialization"]
    assert (name, latest["status"], latest["partition"]) == (name, status, repo)
    metadata = {entry["label"]: entry.get("text") for entry in latest["evaluation"]["metadataEntries"]}
    assert (metadata["repository"], metadata["commit"]) == (repo, commit)
    assert latest["evaluation"]["description"].startswith(f"{repo} at {commit[:12]}: `")
    shown = {field: partitions for field, partitions in check["partitionStatuses"].items() if partitions}
    assert shown == {f"{status.lower()}Partitions": [repo]}
