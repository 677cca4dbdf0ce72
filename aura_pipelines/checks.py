"""What must hold of a graph, as Dagster shows it. The rules live in `aura_core.indexing.checks`; here they only get a name and a result."""

from __future__ import annotations

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
    return [dg.AssetCheckSpec(name, asset=asset, description=text, blocking=True) for name, text in DESCRIPTIONS.items()]


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
        passed, text = (finding.passed, finding.message) if finding is not None else (True, "there is no snapshot to look at")
        yield dg.AssetCheckResult(passed=passed, check_name=name, description=text)
