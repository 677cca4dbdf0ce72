"""Views in the cache folder: named by what they show, built when missing, shared between processes, evicted by size."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.errors import SnapshotNotReady, StoreCorrupt, StoreUnavailable
from aura_core.indexing.embed import embed_files, load_facts
from aura_core.indexing.graph import manifest_of
from aura_core.indexing.pool import chunks, no_collection
from aura_core.indexing.report import Progress, silent
from aura_core.linking import unpack_fragment
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import Manifest
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.ports.vectors import Codes
from aura_core.views import VIEW_VERSION, View, ViewFile, build_view

FILES_AT_ONCE = 256


def ensure_view(stores: Stores, repo: str, sha: str, progress: Progress | None = None) -> View:
    """The view of a snapshot, built from the stores when the cache has none. Raises ``SnapshotNotReady`` when it is not indexed."""
    info = stores.snapshots.info(repo, sha)
    if info is None:
        raise SnapshotNotReady(f"{sha} of {repo} is not indexed.", remedy=f"Index it: `aura index --sha {sha}`.", wanted=sha, indexed=None)
    file = view_file(stores, info.digest)
    try:
        return _open(file)
    except FileNotFoundError:
        pass
    with _alone(file):
        if not file.exists():
            _build(stores, manifest_of(stores, repo, sha), file, progress or silent)
            evict(file.parent, stores.settings.view_cache_bytes, keep=file)
    return _open(file)


def view_file(stores: Stores, digest: str) -> Path:
    """Where the view of a snapshot's digest lives, under the present embedder and layout."""
    return stores.settings.cache_folder / "views" / f"{digest}-{static_embedder().id}-{VIEW_VERSION}.view"


def evict(folder: Path, limit: int, keep: Path) -> None:
    """Delete views, least recently opened first, until the folder holds at most ``limit`` bytes. Open maps stay readable."""
    files = sorted((f for f in folder.glob("*.view") if f != keep), key=lambda f: f.stat().st_mtime)
    held = sum(f.stat().st_size for f in files) + keep.stat().st_size
    for file in files:
        if held <= limit:
            return
        held -= file.stat().st_size
        file.unlink(missing_ok=True)
        file.with_suffix(".lock").unlink(missing_ok=True)


def _open(file: Path) -> View:
    view = View.open(file)
    os.utime(file, (time.time(), time.time()))
    return view


def _build(stores: Stores, manifest: Manifest, file: Path, progress: Progress) -> None:
    meta = {"repo": manifest.repo, "sha": manifest.sha, "digest": manifest.digest, "embedder": static_embedder().id}
    with no_collection():
        build_view(file, _view_files(stores, manifest, progress), meta)


def _view_files(stores: Stores, manifest: Manifest, progress: Progress) -> Iterator[ViewFile]:
    model = static_embedder()
    paths = sorted(manifest.entries)
    progress("snapshot", 0, len(paths))
    for start, some in enumerate(chunks(paths, FILES_AT_ONCE)):
        entries = {path: manifest.entries[path] for path in some}
        files = dict(load_facts(stores, entries))
        fragments = stores.snapshots.rows(RowKind.FRAGMENT, {e.fragment for e in entries.values()})
        codes = _codes(stores, model, files)
        for path, facts in files.items():
            entry = entries[path]
            yield ViewFile(path, entry.blob, facts, unpack_fragment(fragments[entry.fragment]), codes[path])
        progress("snapshot", start * FILES_AT_ONCE + len(some), len(paths))


def _codes(stores: Stores, model: StaticEmbedder, files: dict[str, FileFacts]) -> dict[str, Codes]:
    keys = {path: model.text_keys(path, facts) for path, facts in files.items()}
    flat = [key for row in keys.values() for key in row]
    try:
        codes = stores.vectors.codes(model.id, flat)
    except StoreCorrupt:
        embed_files(stores, model, files)  # the snapshot was made before this embedder; its texts are all here
        codes = stores.vectors.codes(model.id, flat)
    ends = np.cumsum([len(row) for row in keys.values()])
    return {path: codes[end - len(keys[path]) : end] for path, end in zip(keys, ends.tolist(), strict=True)}


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One builder of a view at a time, across processes."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.with_suffix(".lock").open("w")
    except OSError as error:
        raise StoreUnavailable(f"The view cache {file.parent} cannot be written: {error}.", remedy="Set AURA_CACHE to a folder you own.") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
