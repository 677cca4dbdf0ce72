"""The graph step: link the facts of a tree into fragments and write the manifest that names them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.fingerprint import index_versions
from aura_core.indexing import link_cache
from aura_core.indexing.runs import require
from aura_core.indexing.steps.parse import key_of
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.trees import tree_of
from aura_core.linking import (
    BatchRunner,
    FileInput,
    LinkBatch,
    LinkedFile,
    LinkState,
    StateIncomplete,
    link_changes,
    snapshot_digest,
)
from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.model.repository import Plan
from aura_core.model.snapshot import Manifest, SkipReason, Tree
from aura_core.parsing import BINARY_WARNING, facts_to_link
from aura_core.ports.snapshots import RowKind, row_key
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.workers.pool import beside, chunks, give_back, in_batches, no_collection, workers_for

MAX_WARNINGS = 1_000

FILES_AT_ONCE = 256

FILES_IN_A_SHARE = 16
"""Few enough that no process works long after the others are done."""


def graph(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Link what is new in every tree of the plan and store its fragments, its reads and its manifest."""
    started = time.monotonic()
    source = stores.sources.open(require(stores, plan.repo))
    with no_collection():
        reports = [
            _reported(*link(stores, plan.repo, tree_of(stores, source, plan.repo, sha), progress or silent))
            for _, sha in plan.targets
        ]
    give_back(max(int(report.counts["linked"]) for report in reports))
    return replace(reports[0], seconds=time.monotonic() - started)


def _reported(manifest: Manifest, counts: dict[str, int]) -> StepReport:
    return StepReport("graph", manifest.repo, manifest.sha, counts, manifest.skipped, manifest.warnings)


def link(stores: Stores, repo: str, tree: Tree, progress: Progress) -> tuple[Manifest, dict[str, int]]:
    """Link one tree; its manifest, and its counts with how many files were linked for it.

    Starts from the nearest tree at hand; what comes out does not depend on which. When rows of that tree are gone from
    the store, it starts from nothing. Raises ``RowsGone`` when facts of the tree's files are missing.
    """
    blobs = {f.path: f.blob for f in tree.files}
    start = link_cache.take(stores, repo, blobs)
    if start.kept.entries:
        try:
            return _link(stores, repo, tree, start, progress)
        except (StateIncomplete, StoreCorrupt):
            link_cache.forget(stores, repo)
    return _link(stores, repo, tree, link_cache.nothing(blobs), progress)


def _link(
    stores: Stores, repo: str, tree: Tree, start: link_cache.Start, progress: Progress
) -> tuple[Manifest, dict[str, int]]:
    total, kept, before = len(tree.files), start.kept, start.kept.snapshot
    entries = dict(kept.entries)
    progress("graph", 0, total)
    files = _inputs(stores, tree, set(start.put))
    progress("graph", total // 4, total)
    made = link_changes(kept, files, start.gone, link_cache.StoredRows(stores), shares_of(stores.settings))
    del files  # a large tree's facts are most of what this step holds
    kept.snapshot = tree.snapshot
    progress("graph", total * 3 // 4, total)
    # Nothing of a tree that was linked from nothing stays in this process: another may write what is kept of it.
    workers = workers_for(stores.settings.workers, len(made.linked)) if not kept.file_name else 1
    with beside(lambda: link_cache.give(stores, repo, kept), workers) as given:
        for kind, rows in ((RowKind.FRAGMENT, made.fragments), (RowKind.READS, made.reads)):
            like = {row.key: row_key(kind, entries[path]) for path, row in rows.items() if path in entries}
            stores.snapshots.put_rows(kind, {row.key: row.packed for row in rows.values()}, like)
        manifest = _manifest(
            stores, repo, tree, kept, _parent(stores, repo, kept, before, len(start.put) + len(start.gone))
        )
        stores.snapshots.put_manifest(manifest)
        counts = kept.counts()
        stores.snapshots.put_artifact(repo, f"counts:{tree.snapshot}", tree.snapshot, counts)
        given()
    progress("graph", total, total)
    return manifest, {**counts, "linked": len(made.linked)}


def shares_of(settings: Settings) -> BatchRunner:
    """Links many files in children."""

    def shares(work: LinkBatch, paths: Sequence[str]) -> Iterator[list[LinkedFile]]:
        return in_batches(work, chunks(paths, FILES_IN_A_SHARE), workers_for(settings.workers, len(paths)))

    return shares


def _inputs(stores: Stores, tree: Tree, paths: Collection[str]) -> dict[str, FileInput]:
    """The files to put in, with their facts."""
    keys = {f.path: (f.blob, key_of(f)) for f in tree.files if f.path in paths}
    made: dict[str, FileInput] = {}
    missing: list[str] = []
    for some in chunks(list(keys.items()), FILES_AT_ONCE):
        packed = stores.snapshots.rows(RowKind.FACTS, {key for _, (_, key) in some})
        for path, (blob, key) in some:
            if key in packed:
                made[path] = file_input(blob, key, facts_to_link(packed[key]))
            else:
                missing.append(path)
    if missing:
        raise RowsGone(
            f"{len(missing)} files have no facts, {missing[0]} among them.",
            remedy="Run the parse step first.",
            missing=len(missing),
        )
    return made


def file_input(blob: str, key: bytes, facts: FileFacts) -> FileInput:
    """A file as the linker wants it. One that turned out to be binary is no part of the graph."""
    if facts.warning == BINARY_WARNING:
        return FileInput(blob, key, None, facts.warning)
    return FileInput(blob, key, facts, facts.warning or ("" if facts.status is ParseStatus.OK else str(facts.status)))


def _manifest(stores: Stores, repo: str, tree: Tree, kept: LinkState, parent: str) -> Manifest:
    entries = dict(sorted(kept.entries.items()))
    versions = index_versions()
    digest = snapshot_digest({p: e.fragment for p, e in entries.items()}, f"{versions};{tree.settings}")
    skipped = Counter(tree.skipped)
    if kept.excluded:
        skipped[SkipReason.BINARY] += len(kept.excluded)
    warnings = [*tree.warnings, *(f"{path}: {note}" for path, note in sorted(kept.notes.items()))]
    return Manifest(
        repo, tree.snapshot, digest, versions, entries, dict(skipped), tuple(warnings[:MAX_WARNINGS]), tree.base, parent
    )


def _parent(stores: Stores, repo: str, kept: LinkState, before: str, distance: int) -> str:
    """The snapshot that the manifest is stored as a change of: the one that was started from, or the newest when that
    is nearer.
    """
    versions = index_versions()
    known = [
        info
        for info in stores.snapshots.snapshots(repo, limit=2)
        if info.versions == versions and info.sha != kept.snapshot
    ]
    newest = known[0].sha if known else ""
    if before in ("", kept.snapshot, newest) or not newest:
        return newest
    other = stores.snapshots.manifest(repo, newest)
    there = other.entries if other is not None else {}
    if sum(there.get(path) != entry for path, entry in kept.entries.items()) <= distance:
        return newest
    info = stores.snapshots.info(repo, before)
    return before if info is not None and info.versions == versions else newest


def manifest_of(stores: Stores, repo: str, sha: str) -> Manifest:
    """The manifest that the graph step wrote. Raises ``StoreCorrupt`` when there is none."""
    found = stores.snapshots.manifest(repo, sha)
    if found is None:
        raise StoreCorrupt(f"{repo} has no manifest of {sha}.", remedy="Run the graph step first, or index again.")
    return found
