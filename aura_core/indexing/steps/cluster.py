"""The cluster step: groups of similar code, made again only when enough has changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aura_core.clustering import cluster_symbols, kmeans
from aura_core.embedding import static_embedder
from aura_core.indexing.runs import NO_REF
from aura_core.indexing.steps.embed import load_facts
from aura_core.indexing.steps.graph import manifest_of
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.steps.views import ensure_view
from aura_core.model.graph import NodeKind
from aura_core.model.repository import Plan
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.workers.pool import beside, no_collection, workers_for

CHANGED_SHARE = 0.05
"""Share of symbols that must have changed before clusters are made again."""

ARTIFACT = "clusters"


def cluster(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Cluster the symbols of the plan's first target over their stored vectors; nothing is embedded again.

    A commit that moves no ref leaves the clusters of the head alone: its own are made when somebody asks for them.
    """
    started = time.monotonic()
    ref, sha = plan.targets[0]
    if ref == NO_REF:
        return StepReport("cluster", plan.repo, sha, nothing_to_do=True)
    manifest = manifest_of(stores, plan.repo, sha)
    share = changed_share(stores, manifest)
    if share < CHANGED_SHARE:
        return StepReport("cluster", plan.repo, manifest.sha, {"changed_share": round(share, 4)}, nothing_to_do=True)
    (progress or silent)("cluster", 0, 1)
    with no_collection():
        value = clusters_of(stores, manifest)
    stores.snapshots.put_artifact(plan.repo, ARTIFACT, manifest.sha, value)
    (progress or silent)("cluster", 1, 1)
    counts = {"clusters": len(value["clusters"]), "symbols": value["symbols"], "silhouette": value["silhouette"]}
    return StepReport("cluster", plan.repo, manifest.sha, counts, seconds=time.monotonic() - started)


def clusters_at(stores: Stores, repo: str, sha: str, *, latest: bool = False) -> Mapping[str, Any]:
    """The clusters of exactly this snapshot, made now and kept with it when no sync made them; with ``latest`` those
    made last, of whichever snapshot, as long as there are some. A value as of ``clusters_of``.
    """
    last = stores.snapshots.artifact(repo, ARTIFACT)
    if last is not None and latest:
        return dict(last[1])
    manifest, name = manifest_of(stores, repo, sha), f"{ARTIFACT}:{sha}"
    for found in (last, stores.snapshots.artifact(repo, name)):
        if (
            found is not None
            and found[1].get("digest") == manifest.digest
            and found[1]["embedder"] == static_embedder().id
        ):
            return {**found[1], "sha": sha}
    made = clusters_of(stores, manifest)
    stores.snapshots.put_artifact(repo, name, sha, made)
    return made


def clusters_of(stores: Stores, manifest: Manifest) -> dict[str, Any]:
    """Members, labels and silhouette of a snapshot's code symbols, with its ``sha`` and ``digest``, as a JSON value."""
    view = ensure_view(stores, manifest.repo, manifest.sha)
    rows = view.documents_of((NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD))
    codes = view.codes(rows)
    with beside(lambda: kmeans(codes), workers_for(stores.settings.workers, len(manifest.entries))) as groups:
        uids, texts = [], []
        for uid, qualname, doc in view.symbols.describe(view.symbol_of[rows], view.file_of[rows]):
            uids.append(uid)
            texts.append(f"{qualname} {doc}")
        made = cluster_symbols(uids, texts, codes, groups())
    return {
        **made,
        "sha": manifest.sha,
        "digest": manifest.digest,
        "embedder": static_embedder().id,
        "symbols": len(uids),
    }


def changed_share(stores: Stores, manifest: Manifest) -> float:
    """Share of definitions in files that differ from the snapshot clustered last; 1 when there is none to compare
    with.
    """
    last = stores.snapshots.artifact(manifest.repo, ARTIFACT)
    before = stores.snapshots.manifest(manifest.repo, last[0]) if last is not None else None
    if before is None or not manifest.entries:
        return 1.0
    changed = {
        p: e for p, e in manifest.entries.items() if (old := before.entries.get(p)) is None or old.facts != e.facts
    }
    gone = {p: e for p, e in before.entries.items() if p not in manifest.entries}
    if not changed and not gone:
        return 0.0
    moved = sum(len(facts.definitions) for some in (changed, gone) for _, facts in load_facts(stores, some))
    counts = stores.snapshots.artifact(manifest.repo, f"counts:{manifest.sha}")
    total = counts[1]["nodes"] if counts is not None else len(manifest.entries)
    return float(min(1.0, moved / max(total, 1)))
