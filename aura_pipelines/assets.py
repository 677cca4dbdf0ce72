"""What there is of each repository: five assets, each one verb of `aura_core.indexing`. Data passes through the
stores, never through Dagster.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg

from aura_core import indexing
from aura_core.ports.stores import Stores
from aura_core.wiring import open_stores
from aura_pipelines import checks
from aura_pipelines.partitions import repositories
from aura_pipelines.step_runner import Outcome, follow, versions

VERSIONS = versions()

_asset = partial(dg.asset, partitions_def=repositories, group_name="index", output_required=False)
"""What the five have in common. Output is optional: a run with nothing to do materialises nothing."""


def _result(outcome: Outcome) -> Iterator[dg.MaterializeResult[None]]:
    if outcome.report is not None:
        yield dg.MaterializeResult(metadata=outcome.metadata(), data_version=dg.DataVersion(outcome.report.sha))


@_asset(name="parse", code_version=VERSIONS["parse"])
def parse(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """Facts of every blob that has none yet. Takes the lease, claims the repository's due events and plans what the
    run will publish.
    """
    yield from _result(follow(context, stores, indexing.apart(indexing.parse, open_stores)))


@_asset(name="graph", deps=["parse"], code_version=VERSIONS["graph"])
def graph(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """The tree's facts linked into fragments, one a file, and the manifest that names them."""
    yield from _result(follow(context, stores, indexing.apart(indexing.graph, open_stores)))


@_asset(name="embed", deps=["graph"], code_version=VERSIONS["embed"])
def embed(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """A vector for every text that has none yet."""
    yield from _result(follow(context, stores, indexing.embed))


@_asset(name="snapshot", deps=["embed"], code_version=VERSIONS["snapshot"], check_specs=checks.specs("snapshot"))
def snapshot(
    context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """The view that answers, checked, and then the flip that makes it what readers get. A bad graph is never
    published.
    """
    repo = context.partition_key
    found: dict[str, indexing.Finding] = {}

    def checked(*work: Any) -> indexing.StepReport:
        stores, plan, progress = work
        indexing.ensure_view(stores, repo, plan.targets[0][1], progress)
        found.update(checks.findings(stores, repo, {sha for _, sha in plan.targets}))
        return indexing.snapshot(stores, plan, progress)

    try:
        yield from _result(follow(context, stores, checked))
    finally:
        yield from checks.results(
            found or checks.findings(stores, repo, {r.sha for r in stores.catalog.publisher.refs(repo)})
        )


@_asset(name="cluster", deps=["snapshot"], code_version=VERSIONS["cluster"])
def cluster(
    context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.MaterializeResult[None]]:
    """Groups of similar symbols, made again when enough has changed. Comes after publishing, and can fail alone."""
    yield from _result(follow(context, stores, indexing.cluster))


ASSETS = (parse, graph, embed, snapshot, cluster)
