"""The parse step: facts of every blob that has none yet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from aura_core.fingerprint import index_versions
from aura_core.indexing.runs import require
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.trees import remember, tree_of
from aura_core.model.repository import Plan
from aura_core.model.snapshot import ManifestEntry, SnapshotInfo, Tree, TreeFile
from aura_core.parsing import facts_key, language_of, pack_facts, parse_blob
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks, give_back, in_batches, workers_for

BATCH = 64
"""Files parsed, packed and written together."""

Job = tuple[bytes, str, bytes]
"""Facts key, path, bytes."""


def parse(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
    """Parse each distinct blob of the plan's trees that is not stored under the present parser's key."""
    started = time.monotonic()
    repository = require(stores, plan.repo)
    source = stores.sources.open(repository)
    files = parsed = 0
    skipped: dict[str, int] = {}
    for _, sha in plan.targets:
        tree = tree_of(stores, source, plan.repo, sha)
        remember(stores, source, plan.repo, tree)
        source.keep(sha)
        files += len(tree.files)
        parsed += parse_tree(stores, source, plan.repo, tree, progress or silent)
        skipped = dict(tree.skipped)
    give_back(parsed)
    counts = {"files": files, "parsed": parsed, "reused": files - parsed}
    return StepReport(
        "parse", plan.repo, plan.targets[0][1], counts, skipped, (), time.monotonic() - started, parsed == 0
    )


def parse_tree(stores: Stores, source: Source, repo: str, tree: Tree, progress: Progress) -> int:
    """Store the facts of a tree's new blobs; how many there were."""
    before = named(stores, repo)
    wanted = {key_of(f): f for f in tree.files if (entry := before.get(f.path)) is None or entry.blob != f.blob}
    for key in stores.snapshots.touch(RowKind.FACTS, wanted):
        del wanted[key]
    missing = sorted(wanted.items(), key=lambda item: item[1].path)
    like = {key: before[f.path].facts for key, f in missing if f.path in before}
    done = 0
    progress("parse", 0, len(missing))
    workers = workers_for(stores.settings.workers, len(missing))
    for rows in in_batches(parse_batch, _jobs(stores, source, missing), workers):
        stores.snapshots.put_rows(RowKind.FACTS, dict(rows), like)
        done += len(rows)
        progress("parse", done, len(missing))
    return len(missing)


def newest(stores: Stores, repo: str) -> SnapshotInfo | None:
    """The newest snapshot, if it is of the present versions."""
    found = next(iter(stores.snapshots.snapshots(repo, limit=1)), None)
    return found if found is not None and found.versions == index_versions() else None


def named(stores: Stores, repo: str) -> Mapping[str, ManifestEntry]:
    """The entries of the newest snapshot: facts that they name are stored. Should it be retired before the new tree
    names them too, then whoever writes the manifest notices.
    """
    info = newest(stores, repo)
    return named_at(stores, repo, info.sha) if info is not None else {}


def named_at(stores: Stores, repo: str, sha: str) -> Mapping[str, ManifestEntry]:
    """The entries of a snapshot of the present versions; none of another."""
    manifest = stores.snapshots.manifest(repo, sha)
    return manifest.entries if manifest is not None and manifest.versions == index_versions() else {}


def parse_batch(jobs: Sequence[Job]) -> list[tuple[bytes, bytes]]:
    """Facts keys and packed facts of some files. Runs in worker processes."""
    return [(key, pack_facts(parse_blob(path, data))) for key, path, data in jobs]


def key_of(file: TreeFile) -> bytes:
    """The facts key of a file."""
    return facts_key(file.blob, language_of(file.path))


def read_text(stores: Stores, source: Source, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of blobs: working-tree edits from the store, everything else from the source."""
    keys = {bytes.fromhex(blob): blob for blob in blobs}
    kept = stores.snapshots.rows(RowKind.TEXT, keys)
    for key, text in kept.items():
        yield keys[key], text
    yield from source.read_many([blob for key, blob in keys.items() if key not in kept])


def _jobs(stores: Stores, source: Source, missing: Sequence[tuple[bytes, TreeFile]]) -> Iterator[list[Job]]:
    for some in chunks(missing, BATCH):
        text = dict(read_text(stores, source, [f.blob for _, f in some]))
        yield [(key, f.path, text[f.blob]) for key, f in some if f.blob in text]
