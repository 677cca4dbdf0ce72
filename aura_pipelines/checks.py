"""The checks of a graph as Dagster shows them. The rules live in `aura_core.indexing.steps.checks` and
`aura_core.indexing.verify`; here they only get a name and a result.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterable, Iterator

import dagster as dg

from aura_core import indexing
from aura_core.ports.stores import Stores


def specs(asset: str) -> list[dg.AssetCheckSpec]:
    """Return the checks of one asset: each blocks the assets that follow."""
    return [
        dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True)
        for name, description in indexing.CHECKS.items()
    ]


def findings_of_published(stores: Stores, repo: str) -> list[indexing.Finding]:
    """Check what readers get now."""
    shas = {ref.sha for ref in stores.catalog.publisher.refs(repo)}
    return [finding for sha in shas for finding in indexing.check(stores, repo, sha)]


def results(findings: Iterable[indexing.Finding]) -> Iterator[dg.AssetCheckResult]:
    """Yield one result for each check: its first failure, else its first finding. A check without a finding passes and
    says so.
    """
    ordered = sorted(findings, key=lambda finding: finding.passed)  # failures first, since False sorts before True
    for name in indexing.CHECKS:
        nothing_checked = indexing.Finding(name, True, "there is no snapshot to look at")
        finding = next((finding for finding in ordered if finding.name == name), nothing_checked)
        yield dg.AssetCheckResult(passed=finding.passed, check_name=name, description=finding.message)


class VerifyConfig(dg.Config):
    """How many indexed commits of each repository are drawn."""

    per_repository: int = 2


@dg.asset_check(
    asset="snapshot",
    name="verify",
    blocking=True,
    description="A sample of each repository's indexed commits equals what a clean rebuild makes of them.",
)
def verify_check(
    context: dg.AssetCheckExecutionContext, config: VerifyConfig, stores: dg.ResourceParam[Stores]
) -> dg.AssetCheckResult:
    """Verify a sample of commits. The check fails, with an error in the log for each commit, when an index differs; the
    next commit of that repository is then linked from nothing.
    """
    compared, differences = 0, []
    for repo, result in indexing.verify_sample(stores, config.per_repository):
        compared += result.equality in (indexing.VerifyOutcome.EQUAL, indexing.VerifyOutcome.DIFFERS)
        if result.equality is indexing.VerifyOutcome.DIFFERS:
            text = f"{repo} {result.sha}: {result.difference}"
            differences.append(text)
            context.log.error(f"index_differs: {text}")
        elif result.equality is indexing.VerifyOutcome.UNREADABLE:
            context.log.warning(f"{repo} {result.sha} could not be verified: {result.difference}")
    return dg.AssetCheckResult(
        passed=not differences,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"compared": compared, "differ": dg.MetadataValue.json(differences)},
        description=f"{len(differences)} of {compared} commits differ from a clean rebuild",
    )
