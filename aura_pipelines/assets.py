"""The five assets of each repository, each one step of `aura_core.indexing`. Data passes through the stores, never
through Dagster.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Iterator
from functools import partial

import dagster as dg

from aura_core import indexing
from aura_core.errors import BadGraph
from aura_core.ports.stores import Stores
from aura_pipelines import checks
from aura_pipelines.partitions import repositories
from aura_pipelines.step_runner import Outcome, code_versions, run_step

VERSIONS = code_versions()

_asset = partial(dg.asset, partitions_def=repositories, group_name="index", output_required=False)
"""What the five have in common. Output is optional: a run with nothing to do materialises nothing."""


def _result(outcome: Outcome) -> Iterator[dg.MaterializeResult[None]]:
    if outcome.report is not None:
        yield dg.MaterializeResult(metadata=outcome.metadata(), data_version=dg.DataVersion(outcome.report.sha))


@_asset(name="parse", code_version=VERSIONS["parse"])
def parse(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """The facts of every file. Parses the files whose facts are not stored yet. This step takes the repository's lease,
    claims its due events and plans what the run will publish.
    """
    yield from _result(run_step(context, stores, indexing.parse))


@_asset(name="graph", deps=["parse"], code_version=VERSIONS["graph"])
def graph(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """The edges between symbols. Links the facts of all files: one fragment for each file, and the manifest that names
    them all.
    """
    yield from _result(run_step(context, stores, indexing.graph))


@_asset(name="embed", deps=["graph"], code_version=VERSIONS["embed"])
def embed(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> Iterator[dg.MaterializeResult[None]]:
    """A vector for every text. Computes the vectors that are not stored yet."""
    yield from _result(run_step(context, stores, indexing.embed))


@_asset(name="snapshot", deps=["embed"], code_version=VERSIONS["snapshot"], check_specs=checks.specs("snapshot"))
def snapshot(
    context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What readers get. Builds the view that answers questions, checks it, and publishes it in one transaction. A graph
    that fails a check is never published.
    """
    findings: list[indexing.Finding] = []
    try:
        outcome = run_step(context, stores, indexing.snapshot)
        findings = list(outcome.report.findings) if outcome.report is not None else []
        yield from _result(outcome)
    except BadGraph as error:
        findings = [indexing.Finding(**finding) for finding in error.details["findings"]]
        raise
    finally:
        # Every check has a result, also when the graph is bad or there was nothing to do.
        yield from checks.results(findings or checks.findings_of_published(stores, context.partition_key))


@_asset(name="cluster", deps=["snapshot"], code_version=VERSIONS["cluster"])
def cluster(
    context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]
) -> Iterator[dg.MaterializeResult[None]]:
    """Groups of similar symbols. Computed again when enough has changed. This step comes after publishing, so its
    failure takes nothing away from readers.
    """
    yield from _result(run_step(context, stores, indexing.cluster))


ASSETS = (parse, graph, embed, snapshot, cluster)
