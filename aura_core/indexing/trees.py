"""The tree of a target: from git by its sha, or, for a working tree, as it was when the sync looked at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aura_core.errors import NoPlan
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.model.snapshot import WORKTREE, SnapshotInfo, Tree, TreeFile, is_worktree
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores

PAGE = 500

LOOKED_AT = "edits"
"""Name under which the working tree is kept that a sync looked at last."""


def publishable(source: Source, repository: Repository) -> Iterator[tuple[str, str]]:
    """(ref, sha) of what the repository's readers get by default; nothing while HEAD is unborn."""
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
    """The files of a snapshot. A working tree that has changed since it was looked at is answered from what was
    remembered then.
    """
    if not is_worktree(sha):
        return source.tree(sha)
    kept = stores.snapshots.artifact(repo, LOOKED_AT)
    if kept is not None and kept[0] == sha:
        return _tree_from(kept[1], source)
    now = source.worktree()
    if now is None or now.snapshot != sha:
        raise NoPlan(f"The working tree changed before {sha} could be read.", remedy="Sync again.")
    return now


def remember(stores: Stores, source: Source, repo: str, tree: Tree) -> None:
    """Keep a working tree's list of files, and the text of those that git does not keep, so that later steps and
    answers can read them.
    """
    if not is_worktree(tree.snapshot):
        return
    dirty_paths = set(tree.dirty)
    keys = {f.blob: bytes.fromhex(f.blob) for f in tree.files if f.path in dirty_paths}
    there = stores.snapshots.touch(RowKind.TEXT, keys.values())
    dirty = {blob: source.dirty_text(blob) for blob, key in keys.items() if key not in there}
    texts = {keys[blob]: text for blob, text in dirty.items() if text is not None}
    stores.snapshots.put_rows(RowKind.TEXT, texts)
    stores.snapshots.put_artifact(
        repo, LOOKED_AT, tree.snapshot, _plain(tree, source.tree(tree.base).files if tree.base else ())
    )
    stores.snapshots.put_rows(RowKind.TEXT, texts)  # until the list was there, a collection could take them


class TextsKept:
    """Called, it gives the keys of the texts that working trees need: those stored, and those that syncs look at.
    Reads each tree once.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._stored: dict[tuple[str, str, str], frozenset[bytes]] = {}

    def __call__(self) -> set[bytes]:
        """Keys of texts."""
        kept: set[bytes] = set()
        for repository in self._stores.catalog.repositories.list():
            looked_at = self._stores.snapshots.artifact(repository.id, LOOKED_AT)
            if looked_at is not None:
                kept.update(bytes.fromhex(file[1]) for file in looked_at[1]["files"])
            for info in snapshots_of(self._stores, repository.id):
                if is_worktree(info.sha):
                    kept |= self._of(repository.id, info)
        return kept

    def _of(self, repo: str, info: SnapshotInfo) -> frozenset[bytes]:
        name = repo, info.sha, info.digest
        if name not in self._stored:
            manifest = self._stores.snapshots.manifest(repo, info.sha)
            blobs = {entry.blob for entry in manifest.entries.values()} if manifest is not None else set()
            self._stored[name] = frozenset(map(bytes.fromhex, blobs))
        return self._stored[name]


def snapshots_of(stores: Stores, repo: str) -> Iterator[SnapshotInfo]:
    """All stored snapshots of a repository, newest first."""
    before: float | None = None
    while some := stores.snapshots.snapshots(repo, PAGE, before):
        yield from some
        before = some[-1].created_at


def _plain(tree: Tree, committed: Sequence[TreeFile]) -> dict[str, Any]:
    """A working tree as what it has otherwise than the commit that it sits on, which costs what was edited."""
    before = {file.path: file for file in committed}
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
    }


def _tree_from(value: dict[str, Any], source: Source) -> Tree:
    files = {file.path: file for file in source.tree(value["base"]).files} if value["base"] else {}
    for path in value["gone"]:
        del files[path]
    files |= {row[0]: TreeFile(*row) for row in value["files"]}
    lists: dict[str, Sequence[str]] = {k: tuple(value[k]) for k in ("dirty", "submodules", "warnings")}
    return Tree(
        snapshot=value["snapshot"],
        files=tuple(sorted(files.values())),
        skipped=value["skipped"],
        base=value["base"],
        settings=value["settings"],
        dirty=tuple(lists["dirty"]),
        submodules=tuple(lists["submodules"]),
        warnings=tuple(lists["warnings"]),
    )
