"""The tree of a target: from git by its sha, or, for a working tree, as it was when the sync read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aura_core.errors import NoPlan
from aura_core.indexing.snapshot_reader import snapshots_of
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.model.snapshot import WORKTREE, SnapshotInfo, Tree, TreeFile, UnreadableFile, is_worktree
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores

WORKTREE_ARTIFACT = "edits"
"""Name of the artifact with the list of files of the working tree that a sync read last."""


def heads_of(source: Source, repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield (ref, sha) of what the repository's readers get by default; nothing while HEAD is unborn."""
    if repository.kind is RepositoryKind.FOLDER:
        tree = source.worktree()
        if tree is not None:
            yield WORKTREE, tree.snapshot
        return
    if repository.ref:
        yield repository.ref, source.resolve(repository.ref)
        return
    head = source.head()
    if head is not None:
        yield head


def tree_of(stores: Stores, source: Source, repo: str, sha: str) -> Tree:
    """Return the files of a snapshot. A working tree that has changed since a sync read it is answered from what
    ``store_worktree`` stored then. Raises ``NoPlan`` when it changed before that.
    """
    if not is_worktree(sha):
        return source.tree(sha)
    # The checkout may have changed since the sync began; the step that read it first has stored its list of files.
    match stores.snapshots.artifact(repo, WORKTREE_ARTIFACT):
        case (stored_sha, value) if stored_sha == sha:
            return _unpack(value, source)
    tree = source.worktree()
    if tree is None or tree.snapshot != sha:
        raise NoPlan(f"The working tree changed before {sha} could be read.", remedy="Sync again.")
    return tree


def store_worktree(stores: Stores, source: Source, repo: str, tree: Tree) -> None:
    """Store a working tree's list of files, and the text of those that git does not keep, so that later steps and
    answers can read them. Does nothing for the tree of a commit.
    """
    if not is_worktree(tree.snapshot):
        return
    dirty_paths = set(tree.dirty)
    keys = {f.blob: bytes.fromhex(f.blob) for f in tree.files if f.path in dirty_paths}
    stored_keys = stores.snapshots.touch(RowKind.TEXT, keys.values())
    new_texts = {key: source.dirty_text(blob) for blob, key in keys.items() if key not in stored_keys}
    texts = {key: text for key, text in new_texts.items() if text is not None}
    stores.snapshots.put_rows(RowKind.TEXT, texts)
    stores.snapshots.put_artifact(
        repo, WORKTREE_ARTIFACT, tree.snapshot, _pack(tree, source.tree(tree.base).files if tree.base else ())
    )
    stores.snapshots.put_rows(RowKind.TEXT, texts)  # until the list was there, a collection could take them


class WorktreeTexts:
    """The texts that working trees need: those of stored snapshots, and those that syncs are reading. The manifest of
    each snapshot is read once.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._keys: dict[tuple[str, str, str], frozenset[bytes]] = {}

    def keys(self) -> set[bytes]:
        """Return the keys of the texts that are needed now."""
        keys: set[bytes] = set()
        for repository in self._stores.catalog.repositories.list():
            match self._stores.snapshots.artifact(repository.id, WORKTREE_ARTIFACT):
                case (_, {"files": files}):
                    keys.update(bytes.fromhex(blob) for _, blob, _ in files)
            for info in snapshots_of(self._stores, repository.id):
                if is_worktree(info.sha):
                    keys |= self._keys_of(repository.id, info)
        return keys

    def _keys_of(self, repo: str, info: SnapshotInfo) -> frozenset[bytes]:
        name = repo, info.sha, info.digest
        if name not in self._keys:
            manifest = self._stores.snapshots.manifest(repo, info.sha)
            blobs = {entry.blob for entry in manifest.entries.values()} if manifest is not None else set()
            self._keys[name] = frozenset(map(bytes.fromhex, blobs))
        return self._keys[name]


def _pack(tree: Tree, base_files: Sequence[TreeFile]) -> dict[str, Any]:
    """Return a working tree as a JSON value: its differences from the commit that it sits on, so that the value grows
    with the edits.
    """
    before = {file.path: file for file in base_files}
    files = [file for file in tree.files if before.pop(file.path, None) != file]
    return {
        "snapshot": tree.snapshot,
        "files": [list(file) for file in files],
        "gone": list(before),
        "skipped": dict(tree.skipped),
        "base": tree.base,
        "settings": tree.settings,
        "dirty": list(tree.dirty),
        "submodules": list(tree.submodules),
        "warnings": list(tree.warnings),
        "unreadable": [list(file) for file in tree.unreadable],
    }


def _unpack(value: dict[str, Any], source: Source) -> Tree:
    """Make a working tree again from what ``_pack`` returned."""
    files = {file.path: file for file in source.tree(value["base"]).files} if value["base"] else {}
    for path in value["gone"]:
        del files[path]
    files |= {file.path: file for file in (TreeFile(*row) for row in value["files"])}
    return Tree(
        snapshot=value["snapshot"],
        files=tuple(sorted(files.values())),
        skipped=value["skipped"],
        base=value["base"],
        settings=value["settings"],
        dirty=tuple(value["dirty"]),
        submodules=tuple(value["submodules"]),
        warnings=tuple(value["warnings"]),
        unreadable=tuple(UnreadableFile(*row) for row in value.get("unreadable", ())),
    )
