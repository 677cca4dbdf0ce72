"""The cluster step: groups of similar code, made again only when enough has changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aura_core.clustering import cluster_symbols, kmeans
from aura_core.embedding import static_embedder
from aura_core.indexing.runs import NO_REF
from aura_core.indexing.snapshot_reader import manifest_of, read_facts
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.report import StepReport
from aura_core.indexing.steps.views import ensure_view
from aura_core.model.graph import NodeKind
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.workers.pool import in_background, without_cyclic_gc, workers_for

CHANGED_SHARE = 0.05
"""Share of symbols that must have changed before clusters are made again."""

ARTIFACT = "clusters"


def cluster(context: StepContext) -> StepReport:
    """Cluster the symbols of the plan's first target over their stored vectors; nothing is embedded again.

    A commit that moves no ref leaves the clusters of the head alone: its own are made when somebody asks for them.
    """
    start, stores, repo = time.monotonic(), context.stores, context.repo
    ref, sha = next(iter(context.plan.targets))
    if ref == NO_REF:
        return StepReport("cluster", repo, sha, nothing_to_do=True)
    manifest = context.manifest(sha)
    share = changed_share(stores, manifest)
    if share < CHANGED_SHARE:
        return StepReport("cluster", repo, sha, {"changed_share": round(share, 4)}, nothing_to_do=True)
    context.progress("cluster", 0, 1)
    with without_cyclic_gc():
        value = clusters_of(stores, manifest)
    stores.snapshots.put_artifact(repo, ARTIFACT, sha, value)
    context.progress("cluster", 1, 1)
    counts = {"clusters": len(value["clusters"]), "symbols": value["symbols"], "silhouette": value["silhouette"]}
    return StepReport("cluster", repo, sha, counts, seconds=time.monotonic() - start)


def clusters_at(stores: Stores, repo: str, sha: str, *, latest: bool = False) -> Mapping[str, Any]:
    """Return the clusters of exactly this snapshot, made now and stored with it when no sync made them; with ``latest``
    those made last, of whichever snapshot, as long as there are some. The value is that of ``clusters_of``.
    """
    last = stores.snapshots.artifact(repo, ARTIFACT)
    if last is not None and latest:
        _, value = last
        return dict(value)
    manifest, name = manifest_of(stores, repo, sha), f"{ARTIFACT}:{sha}"
    for artifact in (last, stores.snapshots.artifact(repo, name)):
        match artifact:
            case (_, value) if value.get("digest") == manifest.digest and value["embedder"] == static_embedder().id:
                return {**value, "sha": sha}
    clusters = clusters_of(stores, manifest)
    stores.snapshots.put_artifact(repo, name, sha, clusters)
    return clusters


def clusters_of(stores: Stores, manifest: Manifest) -> dict[str, Any]:
    """Return members, labels and silhouette of a snapshot's code symbols, with its ``sha`` and ``digest``, as a JSON
    value.
    """
    view = ensure_view(stores, manifest.repo, manifest.sha)
    rows = view.documents_of((NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD))
    codes = view.codes(rows)
    workers = workers_for(stores.settings.workers, len(manifest.entries))
    with in_background(lambda: kmeans(codes), workers) as wait_for_groups:
        uids, texts = [], []
        for uid, qualname, doc in view.symbols.describe(view.symbol_of[rows], view.file_of[rows]):
            uids.append(uid)
            texts.append(f"{qualname} {doc}")
        clusters = cluster_symbols(uids, texts, codes, wait_for_groups())
    return {
        **clusters,
        "sha": manifest.sha,
        "digest": manifest.digest,
        "embedder": static_embedder().id,
        "symbols": len(uids),
    }


def changed_share(stores: Stores, manifest: Manifest) -> float:
    """Return the share of definitions in files that differ from the snapshot clustered last; 1 when there is none to
    compare with.
    """
    last_sha, _ = stores.snapshots.artifact(manifest.repo, ARTIFACT) or ("", None)
    before = stores.snapshots.manifest(manifest.repo, last_sha)
    if before is None or not manifest.entries:
        return 1.0
    new, old = manifest.entries, before.entries
    changed = {path: entry for path, entry in new.items() if path not in old or old[path].facts != entry.facts}
    removed = {path: entry for path, entry in old.items() if path not in new}
    if not changed and not removed:
        return 0.0
    definition_count = sum(
        len(facts.definitions) for entries in (changed, removed) for _, facts in read_facts(stores, entries)
    )
    match stores.snapshots.artifact(manifest.repo, f"counts:{manifest.sha}"):
        case (_, counts):
            total = counts["nodes"]
        case _:
            total = len(new)
    return float(min(1.0, definition_count / max(total, 1)))
