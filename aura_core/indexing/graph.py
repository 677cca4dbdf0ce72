"""The graph step: link the facts of a tree into fragments and write the manifest that names them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from aura_core.errors import BadGraph, StoreCorrupt
from aura_core.indexing.parse import key_of
from aura_core.indexing.planning import require
from aura_core.indexing.pool import no_collection
from aura_core.indexing.report import Progress, StepReport, silent
from aura_core.indexing.trees import tree_of
from aura_core.indexing.versions import index_versions
from aura_core.linking import LinkedTree, link_tree, snapshot_digest
from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.model.repository import Plan
from aura_core.model.snapshot import Manifest, ManifestEntry, SkipReason, Tree
from aura_core.parsing import BINARY_WARNING, unpack_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.sources import open_source

MAX_WARNINGS = 1_000


def graph(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Link every tree of the plan and store its fragments, its reads and its manifest."""
    started = time.monotonic()
    source = open_source(require(stores, plan.repo), stores.settings)
    with no_collection():
        made = [link(stores, plan.repo, tree_of(stores, source, plan.repo, sha), progress or silent) for _, sha in plan.targets]
    manifest, counts = made[0]
    return StepReport("graph", plan.repo, manifest.sha, counts, manifest.skipped, manifest.warnings, time.monotonic() - started)


def link(stores: Stores, repo: str, tree: Tree, progress: Progress) -> tuple[Manifest, dict[str, int]]:
    """Link one tree. Raises ``BadGraph`` when facts of its files are missing, which a crashed parse step leaves behind."""
    progress("graph", 0, len(tree.files))
    files, skipped, warnings = _load(stores, tree)
    progress("graph", len(files) // 4, len(files))
    linked = link_tree(files)
    progress("graph", len(files) * 3 // 4, len(files))
    stores.snapshots.put_rows(RowKind.FRAGMENT, {row.key: row.packed for row in linked.fragments.values()})
    stores.snapshots.put_rows(RowKind.READS, {row.key: row.packed for row in linked.reads.values()})
    manifest = _manifest(stores, repo, tree, files, linked, skipped, warnings)
    stores.snapshots.put_manifest(manifest)
    counts = _counts(files, linked)
    stores.snapshots.put_artifact(repo, f"counts:{tree.snapshot}", tree.snapshot, counts)
    progress("graph", len(files), len(files))
    return manifest, counts


def _load(stores: Stores, tree: Tree) -> tuple[dict[str, tuple[bytes, FileFacts]], dict[str, int], tuple[str, ...]]:
    keys = {f.path: key_of(f) for f in tree.files}
    packed = stores.snapshots.rows(RowKind.FACTS, set(keys.values()))
    if missing := [path for path, key in keys.items() if key not in packed]:
        raise BadGraph(f"{len(missing)} files have no facts, {missing[0]} among them.", remedy="Run the parse step first.", missing=len(missing))
    skipped, warnings = Counter(tree.skipped), list(tree.warnings)
    files = {}
    for path, key in keys.items():
        facts = unpack_facts(packed[key], words=False)
        if facts.warning == BINARY_WARNING:
            skipped[SkipReason.BINARY] += 1
            warnings.append(f"{path}: {facts.warning}")
            continue
        if facts.status is not ParseStatus.OK or facts.warning:
            warnings.append(f"{path}: {facts.warning or facts.status}")
        files[path] = key, facts
    return files, dict(skipped), tuple(warnings[:MAX_WARNINGS])


def _manifest(
    stores: Stores,
    repo: str,
    tree: Tree,
    files: Mapping[str, tuple[bytes, FileFacts]],
    linked: LinkedTree,
    skipped: Mapping[str, int],
    warnings: tuple[str, ...],
) -> Manifest:
    blobs = {f.path: f.blob for f in tree.files}
    entries = {p: ManifestEntry(blobs[p], files[p][0], linked.fragments[p].key, linked.reads[p].key) for p in sorted(files)}
    versions = index_versions()
    digest = snapshot_digest({p: e.fragment for p, e in entries.items()}, f"{versions};{tree.settings}")
    newest = stores.snapshots.snapshots(repo, limit=1)
    parent = next((s.sha for s in newest if s.versions == versions and s.sha != tree.snapshot), "")
    return Manifest(repo, tree.snapshot, digest, versions, entries, skipped, warnings, tree.base, parent)


def _counts(files: Mapping[str, tuple[bytes, FileFacts]], linked: LinkedTree) -> dict[str, int]:
    nodes = sum(len(facts.definitions) for _, facts in files.values())
    contains = nodes - len(files)
    code = sum(facts.language == "python" for _, facts in files.values())
    stats = linked.stats
    return {"files": len(files), "code_files": code, "nodes": nodes, "edges": contains + stats["edges"], "unresolved": stats["unresolved"]}


def manifest_of(stores: Stores, repo: str, sha: str) -> Manifest:
    """The manifest that the graph step wrote. Raises ``StoreCorrupt`` when there is none."""
    found = stores.snapshots.manifest(repo, sha)
    if found is None:
        raise StoreCorrupt(f"{repo} has no manifest of {sha}.", remedy="Run the graph step first, or index again.")
    return found
