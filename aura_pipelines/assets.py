"""The five assets of each repository, each one step of `aura_core.indexing`. Data passes through the stores, never
through Dagster.
"""

# Dagster reads the annotations of parameters, so they may not be postponed here.

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from aura_core import indexing
from aura_core.errors import BadGraph
from aura_core.ports.stores import Stores
from aura_pipelines import checks
from aura_pipelines.metadata import OWNERS, links
from aura_pipelines.partitions import repositories
from aura_pipelines.run_progress import STEPS
from aura_pipelines.step_runner import Outcome, StepConfig, chosen_from, code_versions, run_step

VERSIONS = code_versions()
KINDS = {
    "parse": {"python", "git"},
    "graph": {"python", "graph"},
    "embed": {"numpy"},
    "snapshot": {"sqlite"},
    "cluster": {"numpy"},
}
"""What the UI draws on each asset: what it reads or makes most."""

CHECKED = "snapshot"
"""The asset that has the checks of the graph."""

Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


def _asset(step: indexing.Step, **more: Any) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return a decorator with what the five have in common. Output is optional: a run with nothing to do materialises
    nothing.
    """
    name = step.__name__
    number = STEPS.index(name)
    decorator: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        name=name,
        deps=[STEPS[number - 1]] if number else [],
        partitions_def=repositories,
        group_name="index",
        output_required=False,
        code_version=VERSIONS[name],
        kinds=KINDS[name],
        owners=OWNERS,
        tags={"aura/step": f"{number + 1}_of_{len(STEPS)}"},
        metadata=links(step, pages=("architecture.md", "operations.md")),
        **more,
    )
    return decorator


def _result(context: dg.AssetExecutionContext, stores: Stores, outcome: Outcome) -> Results:
    if outcome.report is not None:
        yield dg.MaterializeResult(metadata=outcome.metadata(), data_version=dg.DataVersion(outcome.report.sha))
        return
    # Dagster skips the steps that follow one without output, so this one speaks for them.
    steps = chosen_from(context)
    for step in steps:
        observation = dg.AssetObservation(
            asset_key=dg.AssetKey(step),
            partition=context.partition_key,
            description=f"{outcome.words} Set `force` in the run configuration to run the steps all the same.",
            metadata=outcome.metadata(),
        )
        context.log_event(observation)
    if CHECKED in steps[1:]:
        checks.evaluate_published(context, stores, CHECKED)


@_asset(indexing.parse)
def parse(context: dg.AssetExecutionContext, config: StepConfig, stores: dg.ResourceParam[Stores]) -> Results:
    """The facts of every file: its definitions, its words, and what the next step needs to link it.

    Reads the files of the commit from git. Parses those whose facts are not stored yet: facts belong to the content of
    a file, so commits, branches and repositories share them.

    A run begins here: this step takes the repository's lease, claims the events that are due and plans which commits
    the run publishes.
    """
    yield from _result(context, stores, run_step(context, stores, indexing.parse, config))


@_asset(indexing.graph)
def graph(context: dg.AssetExecutionContext, config: StepConfig, stores: dg.ResourceParam[Stores]) -> Results:
    """The edges between symbols: who calls, imports, extends and contains what, and which calls could not be resolved.

    Links the facts of all files of the commit. Only files for which something that they read has changed are linked
    again. Writes one fragment for each file, and the manifest that names them all.
    """
    yield from _result(context, stores, run_step(context, stores, indexing.graph, config))


@_asset(indexing.embed)
def embed(context: dg.AssetExecutionContext, config: StepConfig, stores: dg.ResourceParam[Stores]) -> Results:
    """A vector for every text, so that a question finds code that uses other words.

    Computes the vectors of texts that are not stored yet, with a small model that is a part of Aura. No network is
    used.
    """
    yield from _result(context, stores, run_step(context, stores, indexing.embed, config))


@_asset(indexing.snapshot, check_specs=checks.specs(CHECKED))
def snapshot(context: dg.AssetExecutionContext, config: StepConfig, stores: dg.ResourceParam[Stores]) -> Results:
    """What readers get: the view that answers questions about one commit.

    Builds the view, checks it, and publishes it in one transaction. A graph that fails a check is never published:
    readers keep the snapshot before it.
    """
    findings: list[indexing.Finding] = []
    repo = context.partition_key
    try:
        outcome = run_step(context, stores, indexing.snapshot, config)
        findings = list(outcome.report.findings) if outcome.report is not None else []
        yield from _result(context, stores, outcome)
    except BadGraph as error:
        findings = [indexing.Finding(**finding) for finding in error.details["findings"]]
        raise
    finally:
        # The checks have results also when the graph is bad or there was nothing to do.
        yield from checks.results(repo, findings or checks.findings_of_published(stores, repo))


@_asset(indexing.cluster)
def cluster(context: dg.AssetExecutionContext, config: StepConfig, stores: dg.ResourceParam[Stores]) -> Results:
    """Groups of symbols that speak of the same thing, each with a label.

    Computed again when 5 % of the symbols have changed. This step comes after publishing, so its failure takes nothing
    away from readers.
    """
    yield from _result(context, stores, run_step(context, stores, indexing.cluster, config))


ASSETS = (parse, graph, embed, snapshot, cluster)
