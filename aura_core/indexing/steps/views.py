"""Views of snapshots: from the cache folder, else advanced from a near one, else built from the stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.errors import SnapshotNotReady, StoreCorrupt
from aura_core.indexing.snapshot_reader import manifest_of, read_facts, read_fragments
from aura_core.indexing.steps.embed import embed_files
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.view_cache import build_lock, evict, last_uses, open_view, view_file
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.stores import Stores
from aura_core.ports.vectors import Codes
from aura_core.views import View, ViewFile, advance_view, build_view
from aura_core.workers.pool import chunks, without_cyclic_gc

FILES_IN_A_BATCH = 256

MAX_CHANGED_SHARE = 0.5
"""Share of a snapshot's files that may differ from a view for it to be worth advancing."""

NEAR_ENOUGH = 32
"""Number of changed files with which no nearer view is searched for."""

MAX_VIEWS_COMPARED = 4
"""Cached views that a snapshot is compared with."""

MAX_SNAPSHOTS_SEARCHED = 200
"""The newest snapshots of a repository: views of others are not compared."""


def ensure_view(stores: Stores, repo: str, sha: str, progress: Progress | None = None) -> View:
    """Return the view of a snapshot; made from the stores when the cache has none, from a near view where there is one.
    Raises ``SnapshotNotReady`` when the snapshot is not indexed.
    """
    info = stores.snapshots.info(repo, sha)
    if info is None:
        raise SnapshotNotReady(
            f"{sha} of {repo} is not indexed.", remedy=f"Index it: `aura index --sha {sha}`.", wanted=sha, indexed=None
        )
    view = open_view(stores, info.digest)
    if view is not None:
        return view
    file = view_file(stores, info.digest)
    with build_lock(file):
        view = open_view(stores, info.digest)  # another process may have built it while this one waited
        if view is None:
            with without_cyclic_gc():
                view = _make_view(stores, manifest_of(stores, repo, sha), file, progress or silent)
            evict(file.parent, stores.settings.view_cache_bytes, keep=file)
    return view


class Base(NamedTuple):
    """A cached view, and the paths in which another snapshot differs from it."""

    view: View
    changed: list[str]
    removed: list[str]

    @property
    def distance(self) -> int:
        """How many files differ."""
        return len(self.changed) + len(self.removed)


def content_key(entry: ManifestEntry) -> bytes:
    """Return what decides the rows of a file at one path."""
    return entry.facts + entry.fragment


def _make_view(stores: Stores, manifest: Manifest, file: Path, progress: Progress) -> View:
    model = static_embedder()
    meta = {"repo": manifest.repo, "sha": manifest.sha, "digest": manifest.digest, "embedder": model.id}
    base = _nearest_base(stores, manifest, file)
    if base is not None:
        changed_files = _view_files(stores, manifest, base.changed, progress)
        advance_view(file, base.view, changed_files, base.removed, meta, model.lexicon)
        view = open_view(stores, manifest.digest)
        if view is not None:  # else what it stands on was evicted meanwhile
            return view
    build_view(file, _view_files(stores, manifest, sorted(manifest.entries), progress), meta, model.lexicon)
    view = open_view(stores, manifest.digest)
    # None means that the file is damaged or gone already: opening it raises the error that says so.
    return view if view is not None else View.open(file)


def _nearest_base(stores: Stores, manifest: Manifest, file: Path) -> Base | None:
    """Return the nearest cached view of the repository, if advancing it is cheaper than building from nothing."""
    max_distance = int(len(manifest.entries) * MAX_CHANGED_SHARE)
    nearest: Base | None = None
    for digest in _candidates(stores, manifest, file.parent):
        view = open_view(stores, digest)
        if view is None:
            continue
        base = _compare(stores, view, manifest)
        if base.distance <= max_distance:
            nearest, max_distance = base, base.distance - 1  # the next one has to be nearer
        if base.distance <= NEAR_ENOUGH:
            break
    return nearest


def _candidates(stores: Stores, manifest: Manifest, folder: Path) -> Iterator[str]:
    """Yield digests of cached views of the repository: that of the snapshot's parent first, then those used last."""
    uses = last_uses(folder)
    parent = stores.snapshots.info(manifest.repo, manifest.parent) if manifest.parent else None
    first = [parent.digest] if parent is not None and parent.digest in uses else []
    yield from first
    snapshots = stores.snapshots.snapshots(manifest.repo, limit=MAX_SNAPSHOTS_SEARCHED)
    others = {info.digest for info in snapshots if info.digest in uses}.difference(first, [manifest.digest])
    yield from sorted(others, key=lambda digest: -uses[digest])[: MAX_VIEWS_COMPARED - len(first)]


def _compare(stores: Stores, view: View, manifest: Manifest) -> Base:
    """Return a view with the paths in which a snapshot differs from it. Their manifests are compared, whose entries are
    mostly the same objects; the content keys in the view, when its manifest is no longer stored.
    """
    is_ours = view.meta["repo"] == manifest.repo
    other = stores.snapshots.manifest(manifest.repo, str(view.meta["sha"])) if is_ours else None
    entries = manifest.entries
    if other is None or other.digest != view.meta["digest"]:
        contents = view.contents()
        changed = [path for path, entry in entries.items() if contents.get(path) != content_key(entry)]
        return Base(view, sorted(changed), [path for path in contents if path not in entries])
    before = other.entries
    # Manifests share equal entries, so most are told equal by identity and few have to be compared.
    unlike = [(path, entry) for path, entry in entries.items() if before.get(path) is not entry]
    changed = [
        path for path, entry in unlike if (old := before.get(path)) is None or content_key(old) != content_key(entry)
    ]
    return Base(view, sorted(changed), [path for path in before if path not in entries])


def _view_files(stores: Stores, manifest: Manifest, paths: Sequence[str], progress: Progress) -> Iterator[ViewFile]:
    """Yield the files of these paths with their facts, edges and vectors, and report the progress."""
    model = static_embedder()
    done = 0
    progress("snapshot", 0, len(paths))
    for batch in chunks(paths, FILES_IN_A_BATCH):
        entries = {path: manifest.entries[path] for path in batch}
        facts = dict(read_facts(stores, entries))
        fragments = dict(read_fragments(stores, entries))
        codes = _codes(stores, model, facts)
        for path, entry in entries.items():
            yield ViewFile(path, entry.blob, facts[path], fragments[path], codes[path], content_key(entry))
        done += len(batch)
        progress("snapshot", done, len(paths))


def _codes(stores: Stores, model: StaticEmbedder, files: dict[str, FileFacts]) -> dict[str, Codes]:
    """Return the vectors of each file's texts, which are embedded now where they are not stored."""
    keys = {path: model.text_keys(path, facts) for path, facts in files.items()}
    flat = [key for row in keys.values() for key in row]
    try:
        codes = stores.vectors.codes(model.id, flat)
    except StoreCorrupt:
        embed_files(stores, model, files)  # the snapshot was made before this embedder; its texts are all here
        codes = stores.vectors.codes(model.id, flat)
    ends = np.cumsum([len(row) for row in keys.values()])
    return {path: codes[end - len(keys[path]) : end] for path, end in zip(keys, ends.tolist(), strict=True)}
