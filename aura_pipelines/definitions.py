"""The one assembly of everything in this package, for Dagster and for tests."""

from __future__ import annotations

from typing import Any

import dagster as dg

from aura_core.settings import Settings
from aura_pipelines.assets import ASSETS
from aura_pipelines.checks import equals_clean_rebuild
from aura_pipelines.jobs import collect, prune, sync, verify
from aura_pipelines.resources import stores
from aura_pipelines.schedules import nightly, proof, small
from aura_pipelines.sensors import events, heads_every


def build_defs(settings: Settings | None = None, **overrides: Any) -> dg.Definitions:
    """All definitions; ``overrides`` replace resources by name (``stores`` may be open ``Stores``)."""
    settings = settings or Settings()
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=[equals_clean_rebuild],
        jobs=[sync, prune, verify, collect],
        sensors=[events, heads_every(settings.poll_seconds)],
        schedules=[nightly, proof, small],
        resources={"stores": stores, **overrides},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads; built when it does, not at import."""
    return build_defs()
