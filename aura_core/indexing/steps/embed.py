"""The embed step: a vector for every text that has none yet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence, Set
from weakref import WeakKeyDictionary

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.errors import RowsGone
from aura_core.indexing.steps.graph import manifest_of
from aura_core.indexing.steps.prefetch import Encoded, at_hand
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.model.facts import FileFacts
from aura_core.model.repository import Plan
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.parsing import facts_to_search
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.ports.vectors import Codes, VectorStore
from aura_core.workers.pool import chunks, no_collection

FILES_AT_ONCE = 512


def embed(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Write the missing vectors of every snapshot of the plan."""
    started = time.monotonic()
    texts = new = 0
    for _, sha in plan.targets:
        seen, added = embed_snapshot(stores, manifest_of(stores, plan.repo, sha), progress or silent)
        texts, new = texts + seen, new + added
    counts = {"texts": texts, "vectors": new}
    return StepReport(
        "embed", plan.repo, plan.targets[0][1], counts, seconds=time.monotonic() - started, nothing_to_do=new == 0
    )


def embed_snapshot(stores: Stores, manifest: Manifest, progress: Progress) -> tuple[int, int]:
    """(texts looked at, vectors written) of one snapshot. Files that a published snapshot holds have their vectors
    already.
    """
    model = static_embedder()
    entries = _unseen(stores, manifest) if _has_begun(stores, model) else manifest.entries
    texts = new = done = 0
    progress("embed", 0, len(entries))
    with no_collection():
        ahead = at_hand()
        made = ahead.vectors(manifest) if ahead is not None else None
        for some in chunks(list(entries.items()), FILES_AT_ONCE) if made is None else ():
            seen, added = embed_files(stores, model, dict(load_facts(stores, dict(some))))
            texts, new, done = texts + seen, new + added, done + len(some)
            progress("embed", done, len(entries))
        if made is not None:
            texts, new = _stored(stores, model, made)
            progress("embed", len(entries), len(entries))
    return texts, new


def load_facts(stores: Stores, entries: Mapping[str, ManifestEntry]) -> Iterator[tuple[str, FileFacts]]:
    """(path, facts) of manifest entries, by path."""
    packed = stores.snapshots.rows(RowKind.FACTS, {e.facts for e in entries.values()})
    if missing := sum(e.facts not in packed for e in entries.values()):
        raise RowsGone(
            f"{missing} files of the snapshot have no facts any more.",
            remedy="Index the commit again.",
            missing=missing,
        )
    for path in sorted(entries):
        yield path, facts_to_search(packed[entries[path].facts])


def embed_files(stores: Stores, model: StaticEmbedder, files: Mapping[str, FileFacts]) -> tuple[int, int]:
    """(distinct texts, vectors written) of some files."""
    keys = {path: model.text_keys(path, facts) for path, facts in files.items()}
    wanted = {key for row in keys.values() for key in row}
    missing = wanted - stores.vectors.touch(model.id, wanted)
    todo = [(path, facts) for path, facts in files.items() if not missing.isdisjoint(keys[path])]
    if not todo:
        return len(wanted), 0
    return len(wanted), _put(
        stores, model, missing, [key for path, _ in todo for key in keys[path]], model.encode(todo)
    )


def _stored(stores: Stores, model: StaticEmbedder, made: Encoded) -> tuple[int, int]:
    wanted = set(made.keys)
    return len(wanted), _put(stores, model, wanted - stores.vectors.touch(model.id, wanted), made.keys, made.codes)


def _put(stores: Stores, model: StaticEmbedder, missing: Set[bytes], keys: Sequence[bytes], codes: Codes) -> int:
    first = {key: row for row, key in reversed(list(enumerate(keys))) if key in missing}
    order = sorted(first)
    return stores.vectors.put(model.id, order, codes[np.array([first[k] for k in order], np.int64)])


_begun: WeakKeyDictionary[VectorStore, set[str]] = WeakKeyDictionary()


def _has_begun(stores: Stores, model: StaticEmbedder) -> bool:
    """Whether there are vectors of this embedder. Counting them takes longer than embedding a file, so it is done
    until there are some.
    """
    begun = _begun.setdefault(stores.vectors, set())
    if model.id not in begun and stores.vectors.count(model.id):
        begun.add(model.id)
    return model.id in begun


def _unseen(stores: Stores, manifest: Manifest) -> Mapping[str, ManifestEntry]:
    entries = manifest.entries
    for ref in sorted(stores.catalog.publisher.refs(manifest.repo), key=lambda ref: -ref.published_at):
        published = stores.snapshots.manifest(manifest.repo, ref.sha)
        if published is not None and published.versions == manifest.versions:
            entries = {
                p: e for p, e in entries.items() if (old := published.entries.get(p)) is None or old.facts != e.facts
            }
    return entries
