"""What must hold of a graph, as Dagster shows it. The rules live in `aura_core.indexing.steps.checks`; here they only
get a name and a result.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterable, Iterator

import dagster as dg

from aura_core import indexing
from aura_core.ports.stores import Stores

DESCRIPTIONS = {
    "edge_ends_exist": "Every edge's ends are nodes of the snapshot.",
    "counts_not_zero": "There are nodes where there is code.",
    "answers_smoke_question": "A question about a known symbol finds it.",
}


def specs(asset: str) -> list[dg.AssetCheckSpec]:
    """The checks of one asset: each blocks what comes after it."""
    return [
        dg.AssetCheckSpec(name, asset=asset, description=text, blocking=True) for name, text in DESCRIPTIONS.items()
    ]


def findings(stores: Stores, repo: str, shas: Iterable[str]) -> dict[str, indexing.Finding]:
    """The worst finding of each check over some snapshots."""
    worst: dict[str, indexing.Finding] = {}
    for sha in shas:
        for found in indexing.check(stores, repo, sha):
            if found.name not in worst or worst[found.name].passed:
                worst[found.name] = found
    return worst


def results(found: dict[str, indexing.Finding]) -> Iterator[dg.AssetCheckResult]:
    """One result for each spec; a check that had nothing to look at passes and says so."""
    for name in DESCRIPTIONS:
        finding = found.get(name)
        passed, text = (
            (finding.passed, finding.message) if finding is not None else (True, "there is no snapshot to look at")
        )
        yield dg.AssetCheckResult(passed=passed, check_name=name, description=text)


class Sample(dg.Config):
    """How many indexed commits of each repository are drawn."""

    per_repository: int = 2


@dg.asset_check(
    asset="snapshot",
    blocking=True,
    description="Some indexed commits of each repository are what a clean rebuild makes of them.",
)
def equals_clean_rebuild(
    context: dg.AssetCheckExecutionContext, config: Sample, stores: dg.ResourceParam[Stores]
) -> dg.AssetCheckResult:
    """Fails, with an error in the log for each commit, when an index differs; the next commit of that repository is
    then linked from nothing.
    """
    compared, differing = 0, []
    for repo, verdict in indexing.audit(stores, config.per_repository):
        compared += verdict.equality in (indexing.Equality.EQUAL, indexing.Equality.DIFFERS)
        if verdict.equality is indexing.Equality.DIFFERS:
            differing.append(f"{repo} {verdict.sha}: {verdict.difference}")
            context.log.error(f"index_differs: {differing[-1]}")
        elif verdict.equality is indexing.Equality.GONE:
            context.log.warning(f"{repo} {verdict.sha} could not be verified: {verdict.difference}")
    return dg.AssetCheckResult(
        passed=not differing,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"compared": compared, "differ": dg.MetadataValue.json(differing)},
        description=f"{len(differing)} of {compared} commits differ from a clean rebuild",
    )
