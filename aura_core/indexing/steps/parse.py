"""The parse step: facts of every blob that has none yet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from aura_core.indexing.snapshot_reader import newest_entries, read_texts
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.report import Progress, StepReport
from aura_core.indexing.trees import store_worktree
from aura_core.model.snapshot import Tree, TreeFile
from aura_core.parsing import facts_key, language_of, pack_facts, parse_blob
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, release_memory, run_batches, workers_for

FILES_IN_A_BATCH = 64
"""Files that are parsed, packed and written together."""

Job = tuple[bytes, str, bytes]
"""Facts key, path, bytes."""


def parse(context: StepContext) -> StepReport:
    """Parse each distinct blob of the plan's trees that is not stored under the present parser's key."""
    start = time.monotonic()
    file_count = new_count = 0
    skipped: dict[str, int] = {}
    for sha in context.shas:
        tree = context.tree(sha)
        store_worktree(context.stores, context.source, context.repo, tree)
        context.source.keep(sha)
        file_count += len(tree.files)
        new_count += parse_tree(context.stores, context.source, context.repo, tree, context.progress)
        skipped = dict(tree.skipped)
    release_memory(new_count)
    return StepReport(
        "parse",
        context.repo,
        context.first_sha,
        {"files": file_count, "parsed": new_count, "reused": file_count - new_count},
        skipped,
        seconds=time.monotonic() - start,
        nothing_to_do=new_count == 0,
    )


def parse_tree(stores: Stores, source: Source, repo: str, tree: Tree, progress: Progress) -> int:
    """Store the facts of a tree's new blobs; return how many there were."""
    entries = newest_entries(stores, repo)
    files = {key_of(f): f for f in tree.files if (entry := entries.get(f.path)) is None or entry.blob != f.blob}
    # Files of another path or an older snapshot may have the same bytes: their facts are stored already.
    for key in stores.snapshots.touch(RowKind.FACTS, files):
        del files[key]
    new_files = sorted(files.items(), key=lambda item: item[1].path)
    # Facts of an edited file are stored as a change of the facts before the edit.
    like = {key: entries[f.path].facts for key, f in new_files if f.path in entries}
    done = 0
    progress("parse", 0, len(new_files))
    workers = workers_for(stores.settings.workers, len(new_files))
    for rows in run_batches(parse_batch, _jobs(stores, source, new_files), workers):
        stores.snapshots.put_rows(RowKind.FACTS, dict(rows), like)
        done += len(rows)
        progress("parse", done, len(new_files))
    return len(new_files)


def parse_batch(jobs: Sequence[Job]) -> list[tuple[bytes, bytes]]:
    """Return the facts keys and packed facts of some files. Runs in worker processes."""
    return [(key, pack_facts(parse_blob(path, data))) for key, path, data in jobs]


def key_of(file: TreeFile) -> bytes:
    """Return the facts key of a file."""
    return facts_key(file.blob, language_of(file.path))


def _jobs(stores: Stores, source: Source, files: Sequence[tuple[bytes, TreeFile]]) -> Iterator[list[Job]]:
    """Yield batches of files with their texts. Files whose text neither the stores nor the source have are left out."""
    for batch in chunks(files, FILES_IN_A_BATCH):
        texts = dict(read_texts(stores, source, [file.blob for _, file in batch]))
        yield [(key, file.path, texts[file.blob]) for key, file in batch if file.blob in texts]
