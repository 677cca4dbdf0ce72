"""A checkout or bare repository of the user's, read in place and never written to; the git program never runs in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from aura_core.errors import SourceGone, UnknownRevision
from aura_core.model.changes import Change
from aura_core.model.repository import Repository
from aura_core.model.snapshot import WORKTREE, Tree, TreeFile
from aura_core.ports.sources import FetchProgress
from aura_core.settings import Settings
from aura_core.sources.git.changes import SIMILAR, changes_of
from aura_core.sources.git.commit_selection import RecentSelections
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.git.tree_diff import between_listings
from aura_core.sources.rules.selection import Selection, worktree_name
from aura_core.sources.worktree.checkout import Checkout, scan_checkout
from aura_core.sources.worktree.disk import blob_id
from aura_core.sources.worktree.watcher import Watchers
from aura_core.sources.worktree.worktree import Texts


class LocalSource(GitObjects):
    """Reads a repository where it is."""

    def __init__(
        self, repository: Repository, settings: Settings, recent: RecentSelections, watchers: Watchers
    ) -> None:
        super().__init__(Path(repository.origin), settings, recent)
        self._watchers = watchers
        self._texts = Texts(self.path, settings.max_file_bytes)
        self._dirty_blobs: frozenset[str] = frozenset()

    def worktree(self) -> Tree | None:
        """The files as they are now; None when they are what HEAD says, or there are none (a bare repository, nothing
        checked out).

        Tracked files and untracked ones that git does not ignore count, whatever is staged. Raises ``InputTooLarge``.
        """
        head = self.head()
        sha = head.sha if head else ""
        checkout = self._watchers.checkout(self, sha or None)
        if checkout is None:
            return None
        if sha not in checkout.trees:
            checkout.trees[sha] = self._compared(checkout, sha)
        tree, self._dirty_blobs = checkout.trees[sha]
        self._texts = checkout.texts
        return tree

    def _compared(self, checkout: Checkout, sha: str) -> tuple[Tree | None, frozenset[str]]:
        """The tree of a look, None when it is what HEAD says; and the blobs that HEAD has not."""
        chosen = checkout.select()
        committed = self.commit_selection(sha).selection if sha else Selection()
        before, after = _blobs(committed.files), _blobs(chosen.files)
        dirty = sorted(
            [
                *(path for path, blob in after.items() if before.get(path) != blob),
                *(path for path in before if path not in after),
            ]
        )
        if not dirty:
            return None, frozenset()
        tree = Tree(
            snapshot=worktree_name(chosen.files, checkout.rules.digest),
            files=tuple(chosen.files),
            skipped=dict(chosen.skipped),
            base=sha,
            settings=checkout.rules.digest,
            dirty=tuple(dirty),
            submodules=tuple(chosen.submodules),
            warnings=(*chosen.warnings, *_odd_changes(checkout, chosen, before, after, dirty)),
        )
        return tree, frozenset(after[path] for path in dirty if path in after).difference(before.values())

    def changes(self, old: str, new: str, threshold: int = SIMILAR) -> tuple[Change, ...]:
        """See ``Source.changes``; ``new`` may be ``WORKTREE``."""
        if new != WORKTREE:
            return super().changes(old, new, threshold)
        head = self.head()
        checkout = scan_checkout(self, head.sha if head else None)
        if checkout is None:
            raise UnknownRevision(f"The repository at {self.path} has no working tree.", remedy="Name a commit.")
        self._texts = checkout.texts
        differences = between_listings(self.sides_of(old) if old else {}, checkout.sides())
        return changes_of(differences, self.content_of, threshold)

    def dirty_text(self, blob: str) -> bytes | None:
        """The text of a blob that the last ``worktree`` named and HEAD has not. Raises ``SourceGone`` when the file
        has changed since.
        """
        if blob not in self._dirty_blobs:
            return None
        text = self._texts.get(blob)
        return super().read(blob) if text is None else text

    def read(self, blob: str) -> bytes:
        """The bytes of a blob of a commit, or of the last ``worktree``. Raises ``SourceGone``."""
        try:
            return super().read(blob)
        except SourceGone:
            text = self._texts.get(blob)
            if text is None:
                raise
            return text

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Nothing to fetch: the repository is what its owner makes it."""

    def keep(self, sha: str) -> None:
        """Nothing is written into a user's repository."""

    def keep_only(self, shas: Collection[str]) -> None:
        """Nothing of ours is in there."""
        return

    def remove(self) -> None:
        """A user's repository is not ours to delete."""


def _blobs(files: Sequence[TreeFile]) -> dict[str, str]:
    return {path: blob for path, blob, _ in files}


def _odd_changes(
    checkout: Checkout, chosen: Selection, before: dict[str, str], after: dict[str, str], dirty: list[str]
) -> Iterator[str]:
    """Warnings about files that look changed to us and may be unchanged to git."""
    changed = [path for path in dirty if path in before and path in after]
    yield from _odd(
        [p for p in changed if _differs_by_line_ends(checkout.texts, before[p], after[p])],
        "differ from HEAD only by their line ends",
    )
    yield from _odd(
        [p for p in changed if checkout.rules.is_recoded(chosen.raw[p])],
        "have another encoding than in git (working-tree-encoding)",
    )
    yield from _odd(
        [p for p in changed if checkout.rules.in_lfs(chosen.raw[p])], "have changed and are kept in Git LFS"
    )


def _odd(paths: list[str], what: str) -> Iterator[str]:
    if paths:
        yield f"{len(paths)} files {what}, {paths[0]} among them: read as they are on disk"


def _differs_by_line_ends(texts: Texts, old: str, new: str) -> bool:
    data = texts.kept.get(new)
    return data is not None and b"\r\n" in data and blob_id(data.replace(b"\r\n", b"\n")) == old
