"""The snapshot step: build the view that answers, then make the snapshot visible in one flip."""

from __future__ import annotations

import time

from aura_core.errors import BadGraph
from aura_core.indexing.runs import published_refs
from aura_core.indexing.steps.checks import check
from aura_core.indexing.steps.graph import manifest_of
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.steps.views import ensure_view
from aura_core.indexing.view_cache import view_file
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores


def snapshot(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Build the views of the plan's snapshots, check them, flush the stores, move the refs and mark the plan's events
    done.

    Raises ``BadGraph`` before anything becomes visible, ``LeaseLost`` when another run took over.
    """
    started = time.monotonic()
    digests, size = {}, 0
    for _, sha in plan.targets:
        manifest = manifest_of(stores, plan.repo, sha)
        ensure_view(stores, plan.repo, sha, progress or silent)
        if failed := [f.message for f in check(stores, plan.repo, sha) if not f.passed]:
            raise BadGraph(
                f"{sha} was not published: {'; '.join(failed)}.",
                remedy="The earlier snapshot stays. Please report this.",
            )
        digests[sha] = manifest.digest
        size += view_file(stores, manifest.digest).stat().st_size
    stores.snapshots.flush()
    stores.catalog.publisher.publish(plan, published_refs(plan, digests))
    first = plan.targets[0][1]
    counts = {"published": len(digests), "view_bytes": size}
    return StepReport("snapshot", plan.repo, first, counts, seconds=time.monotonic() - started)
