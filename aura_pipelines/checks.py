"""The checks of a graph as Dagster shows them. The rules live in `aura_core.indexing.steps.checks` and
`aura_core.indexing.verify`; here they only get a name and a result.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from aura_core import indexing
from aura_core.model.words import plural
from aura_core.ports.stores import Stores
from aura_pipelines.dagster_client import PARTITION_TAG
from aura_pipelines.metadata import code, table
from aura_pipelines.partitions import preview_features, repositories

SHORT_SHA = 12


def specs(asset: str) -> list[dg.AssetCheckSpec]:
    """Return the checks of one asset, partitioned as the asset is: each blocks the assets that follow."""
    with preview_features():
        return [
            dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True, partitions_def=repositories)
            for name, description in indexing.CHECKS.items()
        ]


def findings_of_published(stores: Stores, repo: str) -> list[indexing.Finding]:
    """Check what readers get now."""
    shas = dict.fromkeys(ref.sha for ref in stores.catalog.publisher.refs(repo))
    return [finding for sha in shas for finding in indexing.check(stores, repo, sha)]


def results(repo: str, findings: Iterable[indexing.Finding]) -> Iterator[dg.AssetCheckResult]:
    """Yield one result for each check, with the repository and the commits: its first failure, else its first finding.
    A check without a finding has no result: nobody knows whether it passes.
    """
    ordered = sorted(findings, key=lambda finding: finding.passed)  # failures first, since False sorts before True
    for name in indexing.CHECKS:
        checked = [finding for finding in ordered if finding.name == name]
        if not checked:
            continue
        first = checked[0]
        rows = [(f.sha, "passed" if f.passed else "failed", f.message) for f in checked]
        yield dg.AssetCheckResult(
            passed=first.passed,
            check_name=name,
            description=f"{repo} at {first.sha[:SHORT_SHA]}: {code(first.message)}",
            metadata={
                "repository": repo,
                "commit": first.sha,
                "findings": table(("commit", "result", "finding"), rows),
            },
        )


def evaluate_published(context: dg.AssetExecutionContext, stores: Stores, asset: str) -> None:
    """Record what the checks of an asset say of what readers get now. A run plans the checks of a step before it knows
    whether the step has something to do, and Dagster shows those that get no result as skipped.
    """
    repo, key = context.partition_key, dg.AssetKey(asset)
    target = _latest_materialization(context.instance, key, repo)
    for result in results(repo, findings_of_published(stores, repo)):
        evaluation = dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=str(result.check_name),
            passed=result.passed,
            metadata=result.metadata,
            target_materialization_data=target,
            description=result.description,
            blocking=True,
            partition=repo,
        )
        context.log_event(evaluation)
        if not result.passed:
            context.log.error(f"{result.check_name}: {result.description}")


def _latest_materialization(
    instance: dg.DagsterInstance, asset: dg.AssetKey, repo: str
) -> AssetCheckEvaluationTargetMaterializationData | None:
    """Return what a check's result belongs to: Dagster hides a result that belongs to an older materialization."""
    partition = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[repo])
    for record in instance.fetch_materializations(partition, limit=1).records:
        return AssetCheckEvaluationTargetMaterializationData(
            storage_id=record.storage_id, run_id=record.event_log_entry.run_id, timestamp=record.timestamp
        )
    return None


class VerifyConfig(dg.Config):
    """How many indexed commits of a repository are drawn."""

    per_repository: int = 2


with preview_features():

    @dg.asset_check(
        asset="snapshot",
        name="verify",
        blocking=True,
        description="A sample of the repository's indexed commits equals what a clean rebuild makes of them. "
        "Evaluated every night, and whenever you execute it.",
        partitions_def=repositories,
    )
    def verify_check(
        context: dg.AssetCheckExecutionContext, config: VerifyConfig, stores: dg.ResourceParam[Stores]
    ) -> dg.AssetCheckResult:
        """Verify a sample of commits. The check fails, with an error in the log for each commit, when an index differs;
        the next commit of that repository is then linked from nothing.
        """
        run = context.op_execution_context
        if not run.has_partition_key:
            raise dg.Failure(f"Choose a repository: give the run the tag {PARTITION_TAG} with its id.")
        repo = run.partition_key
        verified = list(indexing.verify_sample(stores, repo, config.per_repository))
        for result in verified:
            if result.equality is indexing.VerifyOutcome.DIFFERS:
                context.log.error(f"index_differs: {repo} {result.sha}: {result.difference}")
            elif result.equality is indexing.VerifyOutcome.UNREADABLE:
                context.log.warning(f"{repo} {result.sha} could not be verified: {result.difference}")
        return _verify_result(repo, verified)


def _verify_result(repo: str, verified: list[indexing.VerifyResult]) -> dg.AssetCheckResult:
    outcomes = [result.equality for result in verified]
    differ = outcomes.count(indexing.VerifyOutcome.DIFFERS)
    compared = differ + outcomes.count(indexing.VerifyOutcome.EQUAL)
    words = f"of {plural(compared, 'commit')}, {differ or 'none'} differ from a clean rebuild"
    rows = [(v.sha, v.equality.value.replace("_", " "), v.difference) for v in verified]
    commits = {"commits": table(("commit", "result", "difference"), rows)} if rows else {}
    return dg.AssetCheckResult(
        passed=not differ,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"repository": repo, "compared": compared, "differ": differ, **commits},
        description=f"{repo}: {words if compared else 'there was no commit to compare'}",
    )
