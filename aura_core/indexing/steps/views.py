"""Views of snapshots: from the cache folder, else advanced from a near one, else built from the stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aura_core.embedding import StaticEmbedder, static_embedder
from aura_core.errors import SnapshotNotReady, StoreCorrupt
from aura_core.indexing.steps.embed import embed_files, load_facts
from aura_core.indexing.steps.graph import manifest_of
from aura_core.indexing.steps.prefetch import at_hand
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.view_cache import alone, digests_at_hand, evict, opened, view_file
from aura_core.linking import unpack_fragment
from aura_core.model.facts import FileFacts
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.ports.vectors import Codes
from aura_core.views import View, ViewFile, advance_view, build_view
from aura_core.workers.pool import chunks, no_collection

FILES_AT_ONCE = 256

ADVANCED_SHARE = 0.5
"""Share of a snapshot's files that may differ from a view for it to be worth advancing."""

NEAR_ENOUGH = 32
"""Changed files for which no nearer view is looked for."""

MOST_COMPARED, MOST_KNOWN = 4, 200
"""Cached views that a snapshot is compared with, and the newest snapshots of its repository that they may be of."""


def ensure_view(stores: Stores, repo: str, sha: str, progress: Progress | None = None) -> View:
    """The view of a snapshot; made from the stores when the cache has none, from a near view where there is one. Raises
    ``SnapshotNotReady`` when it is not indexed.
    """
    info = stores.snapshots.info(repo, sha)
    if info is None:
        raise SnapshotNotReady(
            f"{sha} of {repo} is not indexed.", remedy=f"Index it: `aura index --sha {sha}`.", wanted=sha, indexed=None
        )
    file = view_file(stores, info.digest)
    view = opened(file)
    if view is not None:
        return view
    with alone(file):
        view = opened(file)
        if view is None:
            with no_collection():
                view = _made(stores, manifest_of(stores, repo, sha), file, progress or silent)
            evict(file.parent, stores.settings.view_cache_bytes, keep=file)
    return view


class Near(NamedTuple):
    """A view, and by which paths another snapshot differs from it."""

    view: View
    changed: list[str]
    gone: list[str]


def _made(stores: Stores, manifest: Manifest, file: Path, progress: Progress) -> View:
    meta = {"repo": manifest.repo, "sha": manifest.sha, "digest": manifest.digest, "embedder": static_embedder().id}
    near = _nearest(stores, manifest, file)
    if near is not None:
        changed_files = _view_files(stores, manifest, near.changed, progress)
        advance_view(file, near.view, changed_files, near.gone, meta, static_embedder().lexicon)
        view = opened(file)
        if view is not None:  # else what it stands on was evicted meanwhile
            return view
    ahead = at_hand()
    postings = ahead.postings(manifest) if ahead is not None else None
    files = _view_files(stores, manifest, sorted(manifest.entries), progress)
    build_view(file, files, meta, static_embedder().lexicon, postings)
    return View.open(file)


def _nearest(stores: Stores, manifest: Manifest, file: Path) -> Near | None:
    """The nearest cached view of the repository, if building upon it is cheaper than building from nothing."""
    most = int(len(manifest.entries) * ADVANCED_SHARE)
    best: Near | None = None
    for digest in _candidates(stores, manifest, file.parent):
        view = opened(view_file(stores, digest))
        if view is None:
            continue
        near = _difference(stores, view, manifest)
        distance = len(near.changed) + len(near.gone)
        if distance <= most:
            best, most = near, distance - 1
        if distance <= NEAR_ENOUGH:
            break
    return best


def _candidates(stores: Stores, manifest: Manifest, folder: Path) -> Iterator[str]:
    """Digests of cached views of the repository: its parent's first, then those used last."""
    used = digests_at_hand(folder)
    parent = stores.snapshots.info(manifest.repo, manifest.parent) if manifest.parent else None
    first = [parent.digest] if parent is not None and parent.digest in used else []
    yield from first
    others = {
        info.digest for info in stores.snapshots.snapshots(manifest.repo, limit=MOST_KNOWN) if info.digest in used
    }
    yield from sorted(others.difference(first, [manifest.digest]), key=lambda digest: -used[digest])[
        : MOST_COMPARED - len(first)
    ]


def _difference(stores: Stores, view: View, manifest: Manifest) -> Near:
    """By the manifest of the view's snapshot, whose entries are mostly the same objects; by what the view holds when
    that is gone.
    """
    other = (
        stores.snapshots.manifest(manifest.repo, str(view.meta["sha"])) if view.meta["repo"] == manifest.repo else None
    )
    if other is None or other.digest != view.meta["digest"]:
        held = view.contents()
        changed = [path for path, entry in manifest.entries.items() if held.get(path) != content_key(entry)]
        return Near(view, sorted(changed), [path for path in held if path not in manifest.entries])
    before = other.entries
    unlike = [(path, entry) for path, entry in manifest.entries.items() if before.get(path) is not entry]
    changed = [
        path for path, entry in unlike if (old := before.get(path)) is None or content_key(old) != content_key(entry)
    ]
    return Near(view, sorted(changed), [path for path in before if path not in manifest.entries])


def content_key(entry: ManifestEntry) -> bytes:
    """What the rows of a file at one path follow from."""
    return entry.facts + entry.fragment


def _view_files(stores: Stores, manifest: Manifest, paths: Sequence[str], progress: Progress) -> Iterator[ViewFile]:
    model = static_embedder()
    progress("snapshot", 0, len(paths))
    for start, some in enumerate(chunks(paths, FILES_AT_ONCE)):
        entries = {path: manifest.entries[path] for path in some}
        files = dict(load_facts(stores, entries))
        fragments = stores.snapshots.rows(RowKind.FRAGMENT, {e.fragment for e in entries.values()})
        codes = _codes(stores, model, files)
        for path, facts in files.items():
            entry = entries[path]
            yield ViewFile(
                path, entry.blob, facts, unpack_fragment(fragments[entry.fragment]), codes[path], content_key(entry)
            )
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
