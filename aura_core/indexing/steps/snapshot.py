"""The snapshot step: build the view that answers, check it, then make the snapshot visible in one transaction."""

from __future__ import annotations

import time
from dataclasses import asdict

from aura_core.errors import BadGraph
from aura_core.indexing.runs import refs_of
from aura_core.indexing.steps.checks import check
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.report import Finding, StepReport
from aura_core.indexing.steps.views import ensure_view
from aura_core.indexing.view_cache import view_file


def snapshot(context: StepContext) -> StepReport:
    """Build the views of the plan's snapshots, check them, flush the stores, move the refs and mark the plan's events
    done.

    Raises ``BadGraph``, with the findings of the checks in its details, before anything becomes visible, and
    ``LeaseLost`` when another run took over.
    """
    start, stores, repo = time.monotonic(), context.stores, context.repo
    digests: dict[str, str] = {}
    findings: list[Finding] = []
    view_bytes = 0
    for sha in context.shas:
        manifest = context.manifest(sha)
        ensure_view(stores, repo, sha, context.progress)
        findings += check(stores, repo, sha)
        _require_passed(sha, findings)
        digests[sha] = manifest.digest
        view_bytes += view_file(stores, manifest.digest).stat().st_size
    stores.snapshots.flush()
    stores.catalog.publisher.publish(context.plan, refs_of(context.plan, digests))
    return StepReport(
        "snapshot",
        repo,
        context.first_sha,
        {"published": len(digests), "view_bytes": view_bytes},
        seconds=time.monotonic() - start,
        findings=tuple(findings),
    )


def _require_passed(sha: str, findings: list[Finding]) -> None:
    if failures := [finding.message for finding in findings if not finding.passed]:
        raise BadGraph(
            f"{sha} was not published: {'; '.join(failures)}.",
            remedy="The earlier snapshot stays. Please report this.",
            findings=[asdict(finding) for finding in findings],
        )
