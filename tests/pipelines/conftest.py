"""The real definitions over real stores and an instance of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_pipelines.dagster_client import JOB
from aura_pipelines.definitions import build_defs
from aura_pipelines.partitions import NAME
from tests.support import GitRepository

Sync = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    """Id of the shop, registered."""
    return Aura(stores).add(str(shop.path), from_cli=True).id


@pytest.fixture
def sync(stores: Stores, instance: dg.DagsterInstance, repo: str) -> Sync:
    """Runs the whole job, or a part of it, on a repository's partition."""
    job = build_defs(stores.settings, stores=stores).resolve_job_def(JOB)

    def run(only: str = "", of: str = repo, **more: object) -> dg.ExecuteInProcessResult:
        instance.add_dynamic_partitions(NAME, [of])
        selection = [dg.AssetKey(only)] if only else None
        return job.execute_in_process(
            partition_key=of, instance=instance, asset_selection=selection, raise_on_error=False, **more
        )

    return run


def observations_of(result: dg.ExecuteInProcessResult) -> list[dg.AssetObservation]:
    """What a run's steps observed, in order."""
    return [event.asset_observation_data.asset_observation for event in result.get_asset_observation_events()]


def rows_of(table: object) -> list[dict[str, object]]:
    """The rows of a table in the metadata."""
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def materialised(result: dg.ExecuteInProcessResult) -> list[str]:
    """Names of the assets that a run made, in order."""
    return [
        event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key is not None
    ]
