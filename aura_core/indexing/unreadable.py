"""Files that a snapshot lacks because their bytes could not be read, and whether they can be read by now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from aura_core.indexing.snapshot_reader import read_texts
from aura_core.model.snapshot import SkipReason, Tree, TreeFile, UnreadableFile, is_worktree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.sources.rules.selection import MAX_EXAMPLES, unreadable_note


def lost_files(stores: Stores, source: Source, files: Collection[TreeFile]) -> list[TreeFile]:
    """Return the files whose bytes neither the stores nor the source have: damaged, or deleted since they were listed.
    All of them are read.
    """
    read_blobs = {blob for file in files for blob, _ in read_texts(stores, source, [file.blob])}
    return [file for file in files if file.blob not in read_blobs]


def without_files(tree: Tree, lost: Collection[TreeFile]) -> Tree:
    """Return a tree that leaves out files whose bytes are lost, counts them as unreadable and names the first ones."""
    lost_paths = {file.path for file in lost}
    notes = [f"{path}: {unreadable_note('git cannot read its content')}" for path in sorted(lost_paths)[:MAX_EXAMPLES]]
    if len(lost_paths) > MAX_EXAMPLES:
        notes.append(f"and {len(lost_paths) - MAX_EXAMPLES} more files are left out as {SkipReason.UNREADABLE.value}")
    return replace(
        tree,
        files=tuple(file for file in tree.files if file.path not in lost_paths),
        skipped=Counter(tree.skipped) + Counter({SkipReason.UNREADABLE.value: len(lost_paths)}),
        dirty=tuple(path for path in tree.dirty if path not in lost_paths),
        warnings=(*tree.warnings, *notes),
        unreadable=tuple(sorted({*tree.unreadable, *(UnreadableFile(file.path, file.blob) for file in lost)})),
    )


def record_unreadable(stores: Stores, repo: str, tree: Tree) -> None:
    """Record the files that a snapshot lacks, or that it lacks none any more."""
    name = _name(tree.snapshot)
    if tree.unreadable or stores.snapshots.artifact(repo, name) is not None:
        stores.snapshots.put_artifact(repo, name, tree.snapshot, [list(file) for file in tree.unreadable])


def can_be_completed(stores: Stores, source: Source, repo: str, sha: str) -> bool:
    """Return whether a stored snapshot lacks a file that can be read by now, so that it should be indexed again."""
    # The name of a working tree follows from the files that can be read.
    return not is_worktree(sha) and any(source.has_blob(blob) for _, blob in unreadable_files(stores, repo, sha))


def unreadable_files(stores: Stores, repo: str, sha: str) -> tuple[UnreadableFile, ...]:
    """Return the files that could not be read when a snapshot was made."""
    match stores.snapshots.artifact(repo, _name(sha)):
        case (_, [*rows]):
            return tuple(UnreadableFile(*row) for row in rows)
    return ()


def _name(sha: str) -> str:
    return f"unreadable:{sha}"
