"""The graph step: link the facts of a tree into fragments and write the manifest that names them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.fingerprint import index_versions
from aura_core.indexing import link_cache
from aura_core.indexing.snapshot_reader import Entries, StoredRows, read_rows
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.parse import key_of
from aura_core.indexing.steps.report import Progress, StepReport
from aura_core.indexing.unreadable import lost_files, record_unreadable, without_files
from aura_core.linking import (
    BatchRunner,
    FileInput,
    LinkBatch,
    LinkedFile,
    LinkResult,
    LinkState,
    StateIncomplete,
    link_changes,
    snapshot_digest,
)
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import Manifest, Tree
from aura_core.parsing import facts_to_link
from aura_core.ports.snapshots import RowKind, row_key
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.sources.rules.selection import judge_facts
from aura_core.workers.pool import chunks, in_background, release_memory, run_batches, without_cyclic_gc, workers_for

MAX_WARNINGS = 1_000

TOO_COMPLEX_NOTE = "what some of its calls do takes too many steps to follow; they are stored as unresolved"
"""The warning about a file that is too complex, before the number of such call sites."""

FILES_IN_A_BATCH = 16
"""Files that a worker links at a time: few enough that none works long after the others are done."""


class LinkedSnapshot(NamedTuple):
    """A linked tree: its manifest, and its counts, with ``linked``, the number of files that were linked for it."""

    manifest: Manifest
    counts: Mapping[str, int]


def graph(context: StepContext) -> StepReport:
    """Link what is new in every tree of the plan and store its fragments, its reads and its manifest."""
    start = time.monotonic()
    with without_cyclic_gc():
        snapshots = [_link_readable(context, context.tree(sha)) for sha in context.shas]
    release_memory(max(snapshot.counts["linked"] for snapshot in snapshots))
    manifest, counts = snapshots[0]
    return StepReport(
        "graph",
        context.repo,
        manifest.sha,
        counts,
        manifest.skipped,
        manifest.warnings,
        seconds=time.monotonic() - start,
    )


def _link_readable(context: StepContext, tree: Tree) -> LinkedSnapshot:
    """Link a tree, without the files that the parse step could not read. Raises ``RowsGone`` when facts of other files
    are missing.
    """
    try:
        snapshot = link(context.stores, context.repo, tree, context.progress)
    except RowsGone:
        keys = {file: key_of(file) for file in tree.files}
        stored_keys = context.stores.snapshots.touch(RowKind.FACTS, keys.values())
        missing = [file for file, key in keys.items() if key not in stored_keys]
        lost = lost_files(context.stores, context.source, missing)
        if not lost or len(lost) < len(missing):
            raise  # the others can be parsed, and are missing only because nobody has used them for long
        tree = without_files(tree, lost)
        snapshot = link(context.stores, context.repo, tree, context.progress)
    record_unreadable(context.stores, context.repo, tree)
    return snapshot


def link(stores: Stores, repo: str, tree: Tree, progress: Progress) -> LinkedSnapshot:
    """Link one tree and store it.

    Starts from the nearest link state in the cache; the result does not depend on which. When rows that the state
    needs are not stored any more, it starts from nothing. Raises ``RowsGone`` when facts of the tree's files are
    missing.
    """
    blobs = {f.path: f.blob for f in tree.files}
    start = link_cache.load_nearest(stores, repo, blobs)
    if start.state.entries:
        try:
            return _link(stores, repo, tree, start, progress)
        except (StateIncomplete, StoreCorrupt):
            link_cache.forget_link_states(stores, repo)
    return _link(stores, repo, tree, link_cache.empty_start(blobs), progress)


def _link(stores: Stores, repo: str, tree: Tree, start: link_cache.Start, progress: Progress) -> LinkedSnapshot:
    total, state = len(tree.files), start.state
    old_sha, old_entries = state.snapshot, dict(state.entries)
    progress("graph", 0, total)
    files = _inputs(stores, tree, set(start.changed))
    progress("graph", total // 4, total)
    result = link_changes(state, files, start.removed, StoredRows(stores), batch_runner(stores.settings))
    del files  # a large tree's facts are most of what this step holds
    state.snapshot = tree.snapshot
    progress("graph", total * 3 // 4, total)
    # Nothing of a tree that was linked from nothing stays in this process: a child may write its state.
    workers = workers_for(stores.settings.workers, len(result.linked)) if not state.file_name else 1
    with in_background(lambda: link_cache.store_state(stores, repo, state), workers) as wait_until_stored:
        _store_rows(stores, result, old_entries)
        manifest = _manifest(repo, tree, state, _parent(stores, repo, state, old_sha, start.distance))
        stores.snapshots.put_manifest(manifest)
        counts = state.counts()
        stores.snapshots.put_artifact(repo, f"counts:{tree.snapshot}", tree.snapshot, counts)
        wait_until_stored()
    progress("graph", total, total)
    return LinkedSnapshot(manifest, {**counts, "linked": len(result.linked)})


def batch_runner(settings: Settings) -> BatchRunner:
    """Return a function that links many files in worker processes."""

    def run(link_batch: LinkBatch, paths: Sequence[str]) -> Iterator[list[LinkedFile]]:
        return run_batches(link_batch, chunks(paths, FILES_IN_A_BATCH), workers_for(settings.workers, len(paths)))

    return run


def file_input(blob: str, key: bytes, facts: FileFacts) -> FileInput:
    """Return a file as the linker takes it: one that its facts exclude (``SkipReason``) is no part of the graph."""
    verdict = judge_facts(facts)
    return FileInput(blob, key, facts if verdict.reason is None else None, verdict.note, verdict.reason)


def _inputs(stores: Stores, tree: Tree, paths: Collection[str]) -> dict[str, FileInput]:
    """Return the files of these paths with their facts. Raises ``RowsGone``."""
    files = {f.path: (f.blob, key_of(f)) for f in tree.files if f.path in paths}
    rows = read_rows(stores, RowKind.FACTS, {path: key for path, (_, key) in files.items()})
    return {path: file_input(*files[path], facts_to_link(row)) for path, row in rows}


def _store_rows(stores: Stores, result: LinkResult, old_entries: Entries) -> None:
    """Store fragments and reads, those of a file that was linked before as changes of its earlier ones."""
    for kind, rows in ((RowKind.FRAGMENT, result.fragments), (RowKind.READS, result.reads)):
        like = {row.key: row_key(kind, old_entries[path]) for path, row in rows.items() if path in old_entries}
        stores.snapshots.put_rows(kind, {row.key: row.packed for row in rows.values()}, like)


def _manifest(repo: str, tree: Tree, state: LinkState, parent: str) -> Manifest:
    entries = dict(sorted(state.entries.items()))
    versions = index_versions()
    digest = snapshot_digest({p: e.fragment for p, e in entries.items()}, f"{versions};{tree.settings}")
    skipped = Counter(tree.skipped)
    skipped.update(file.reason.value for file in state.excluded.values())
    notes = {path: f"{TOO_COMPLEX_NOTE} ({count})" for path, count in state.too_complex.items()} | state.notes
    warnings = [*tree.warnings, *(f"{path}: {note}" for path, note in sorted(notes.items()))]
    return Manifest(
        repo=repo,
        sha=tree.snapshot,
        digest=digest,
        versions=versions,
        entries=entries,
        skipped=dict(skipped),
        warnings=tuple(warnings[:MAX_WARNINGS]),
        base=tree.base,
        parent=parent,
    )


def _parent(stores: Stores, repo: str, state: LinkState, start_sha: str, distance: int) -> str:
    """Return the snapshot that the manifest is stored as a change of: the one that linking started from, or the newest
    when that is nearer.
    """
    versions = index_versions()
    others = [
        info.sha
        for info in stores.snapshots.snapshots(repo, limit=2)
        if info.versions == versions and info.sha != state.snapshot
    ]
    newest = next(iter(others), "")
    if start_sha in ("", state.snapshot, newest) or not newest:
        return newest
    manifest = stores.snapshots.manifest(repo, newest)
    newest_entries = manifest.entries if manifest is not None else {}
    if sum(newest_entries.get(path) != entry for path, entry in state.entries.items()) <= distance:
        return newest
    info = stores.snapshots.info(repo, start_sha)
    return start_sha if info is not None and info.versions == versions else newest
