"""The one assembly of everything in this package, for Dagster and for tests."""

from __future__ import annotations

from typing import Any

import dagster as dg

from aura_core.settings import Settings
from aura_pipelines.assets import ASSETS
from aura_pipelines.checks import verify_check
from aura_pipelines.jobs import delete_old_runs, delete_old_snapshots, index_repository, verify_snapshots
from aura_pipelines.resources import stores
from aura_pipelines.schedules import delete_old_runs_nightly, delete_old_snapshots_nightly, verify_snapshots_nightly
from aura_pipelines.sensors import check_for_new_commits, index_when_asked


def build_defs(settings: Settings | None = None, **overrides: Any) -> dg.Definitions:
    """Return all definitions; ``overrides`` replace resources by name (``stores`` may be open ``Stores``)."""
    settings = settings or Settings()
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=[verify_check],
        jobs=[index_repository, verify_snapshots, delete_old_snapshots, delete_old_runs],
        sensors=[index_when_asked, check_for_new_commits(settings.poll_seconds)],
        schedules=[delete_old_runs_nightly, verify_snapshots_nightly, delete_old_snapshots_nightly],
        resources={"stores": stores, **overrides},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return what Dagster loads; built then, not at import."""
    return build_defs()
