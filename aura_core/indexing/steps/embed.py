"""The embed step: a vector for every text that has none yet."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.indexing.snapshot_reader import Entries, read_facts
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.report import Progress, StepReport
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, without_cyclic_gc

FILES_IN_A_BATCH = 512


def embed(context: StepContext) -> StepReport:
    """Write the vectors that the plan's snapshots lack."""
    start = time.monotonic()
    text_count = new_count = 0
    for sha in context.shas:
        texts, vectors = embed_snapshot(context.stores, context.manifest(sha), context.progress)
        text_count, new_count = text_count + texts, new_count + vectors
    counts = {"texts": text_count, "vectors": new_count}
    return StepReport(
        "embed",
        context.repo,
        context.first_sha,
        counts,
        seconds=time.monotonic() - start,
        nothing_to_do=new_count == 0,
    )


def embed_snapshot(stores: Stores, manifest: Manifest, progress: Progress) -> tuple[int, int]:
    """Return (texts looked at, vectors written) of one snapshot. Files that a published snapshot names have their
    vectors already.
    """
    model = static_embedder()
    entries = _unpublished(stores, manifest) if model.id in stores.vectors.embedders() else manifest.entries
    text_count = new_count = done = 0
    progress("embed", 0, len(entries))
    with without_cyclic_gc():
        for batch in chunks(list(entries.items()), FILES_IN_A_BATCH):
            texts, vectors = embed_files(stores, model, dict(read_facts(stores, dict(batch))))
            text_count, new_count, done = text_count + texts, new_count + vectors, done + len(batch)
            progress("embed", done, len(entries))
    return text_count, new_count


def embed_files(stores: Stores, model: StaticEmbedder, files: Mapping[str, FileFacts]) -> tuple[int, int]:
    """Return (distinct texts, vectors written) of some files."""
    keys = {path: model.text_keys(path, facts) for path, facts in files.items()}
    texts = {key for row in keys.values() for key in row}
    new_texts = texts - stores.vectors.touch(model.id, texts)
    new_files = [(path, facts) for path, facts in files.items() if not new_texts.isdisjoint(keys[path])]
    if not new_files:
        return len(texts), 0
    codes = model.encode(new_files)
    rows: dict[bytes, int] = {}
    for row, key in enumerate(key for path, _ in new_files for key in keys[path]):
        rows.setdefault(key, row)
    order = sorted(new_texts)  # equal trees write equal files, whatever order a set has
    return len(texts), stores.vectors.put(model.id, order, codes[np.array([rows[key] for key in order], np.int64)])


def _unpublished(stores: Stores, manifest: Manifest) -> Entries:
    """Return the entries with facts that no published snapshot of the repository names under the same path."""
    entries = manifest.entries
    # The newest snapshot first: it has most files in common, so the older ones are compared with few entries.
    for ref in sorted(stores.catalog.publisher.refs(manifest.repo), key=lambda ref: -ref.published_at):
        published = stores.snapshots.manifest(manifest.repo, ref.sha)
        if published is not None and published.versions == manifest.versions:
            entries = {
                path: entry
                for path, entry in entries.items()
                if (old := published.entries.get(path)) is None or old.facts != entry.facts
            }
    return entries
