"""Reads a checkout or bare repository of the user's in place. It is never written to, and git is never run in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from aura_core.errors import SourceGone, UnknownRevision
from aura_core.model.changes import Change
from aura_core.model.repository import Repository
from aura_core.model.snapshot import WORKTREE, Tree
from aura_core.ports.sources import FetchProgress
from aura_core.settings import Settings
from aura_core.sources.git.changes import DEFAULT_THRESHOLD, changes_of
from aura_core.sources.git.commit_selection import RecentSelections
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.git.tree_diff import diff_listings
from aura_core.sources.rules.selection import Selection, worktree_name
from aura_core.sources.worktree.checkout import Checkout, Comparison
from aura_core.sources.worktree.checkout_scan import scan_checkout
from aura_core.sources.worktree.contents import WorktreeTexts
from aura_core.sources.worktree.files import blob_id

CurrentCheckout = Callable[[GitObjects, str | None], Checkout | None]
"""Returns the checkout of a repository as it is now, given HEAD's commit: by a scan, or from a watcher."""


def bounds_of(repository: Repository, settings: Settings) -> tuple[Path, ...] | None:
    """Return the folders that a repository's files may lie in; None for one that the command line has added."""
    if repository.added_by == "cli":
        return None
    # The origin had no links in it when it was added; one that has come since leads elsewhere.
    return (Path(repository.origin), *(root.resolve() for root in settings.repo_roots))


class LocalSource(GitObjects):
    """Reads a user's repository where it lies, its commits and its working tree."""

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        recent: RecentSelections,
        current_checkout: CurrentCheckout,
    ) -> None:
        super().__init__(Path(repository.origin), settings, recent, bounds_of(repository, settings))
        self._current_checkout = current_checkout
        self._texts = WorktreeTexts(self.path, settings.max_file_bytes)
        self._dirty_blobs: frozenset[str] = frozenset()

    def worktree(self) -> Tree | None:
        """Return the files as they are now.

        None when they equal HEAD's, or when nothing is checked out. Tracked files count, and untracked ones that git
        does not ignore, whatever is staged. Raises ``InputTooLarge``.
        """
        head = self.head()
        sha = head.sha if head else ""
        checkout = self._current_checkout(self, sha or None)
        if checkout is None:
            return None
        # A watcher returns the same checkout until something changes.
        if sha not in checkout.comparisons:
            checkout.comparisons[sha] = self._compare(checkout, sha)
        tree, self._dirty_blobs = checkout.comparisons[sha]
        self._texts = checkout.texts
        return tree

    def _compare(self, checkout: Checkout, sha: str) -> Comparison:
        selection, head = checkout.select(), self.commit_selection(sha).selection if sha else Selection()
        old_blobs, new_blobs = _blobs(head), _blobs(selection)
        new_paths = {path for path, blob in new_blobs.items() if old_blobs.get(path) != blob}
        dirty_paths = sorted(new_paths | (old_blobs.keys() - new_blobs.keys()))
        # A file whose blob git has lost is no edit while the disk still has just these bytes.
        lost_blobs = dict(head.unreadable_files)
        if all(path in new_blobs and lost_blobs.get(path) == new_blobs[path] for path in dirty_paths):
            return Comparison(None, frozenset())
        tree = Tree(
            snapshot=worktree_name(selection.files, checkout.rules.digest),
            files=tuple(selection.files),
            skipped=dict(selection.skipped),
            base=sha,
            settings=checkout.rules.digest,
            dirty=tuple(dirty_paths),
            submodules=tuple(selection.submodules),
            unreadable=selection.unreadable_files,
            warnings=(*selection.warnings, *_odd_changes(checkout, old_blobs, new_blobs, dirty_paths)),
        )
        dirty_blobs = frozenset(new_blobs[path] for path in dirty_paths if path in new_blobs)
        # a blob that the commit has under another path can be read from git
        return Comparison(tree, dirty_blobs.difference(old_blobs.values()))

    def changes(self, old: str, new: str, threshold: int = DEFAULT_THRESHOLD) -> tuple[Change, ...]:
        """Return the differences between two commits, or a commit and the ``WORKTREE``; see ``Source.changes``."""
        if new != WORKTREE:
            return super().changes(old, new, threshold)
        head = self.head()
        checkout = scan_checkout(self, head.sha if head else None)
        if checkout is None:
            raise UnknownRevision(f"The repository at {self.path} has no working tree.", remedy="Name a commit.")
        self._texts = checkout.texts
        differences = diff_listings(self.sides_of(old) if old else {}, checkout.sides())
        return changes_of(differences, self.content_of, threshold)

    def dirty_text(self, blob: str) -> bytes | None:
        """Return the text of a blob that the last ``worktree`` had and HEAD has not; None for any other blob.

        Raises ``SourceGone`` when the file has changed since.
        """
        if blob not in self._dirty_blobs:
            return None
        text = self._texts.get(blob)
        return super().read(blob) if text is None else text

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob of a commit, or of the last ``worktree``. Raises ``SourceGone``."""
        try:
            return super().read(blob)
        except SourceGone:
            text = self._texts.get(blob)
            if text is None:
                raise
            return text

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Do nothing: the user fetches into this repository."""

    def fetch_failure(self) -> None:
        """Return None: nothing is fetched here."""
        return

    def keep(self, sha: str) -> None:
        """Do nothing: nothing is written into a user's repository."""

    def keep_only(self, shas: Collection[str]) -> None:
        """Do nothing: nothing is written into a user's repository."""
        return

    def remove(self) -> None:
        """Do nothing: the repository is the user's."""


def _blobs(selection: Selection) -> dict[str, str]:
    return {file.path: file.blob for file in selection.files}


def _odd_changes(
    checkout: Checkout, old_blobs: dict[str, str], new_blobs: dict[str, str], dirty_paths: list[str]
) -> Iterator[str]:
    """Yield warnings about files that differ on disk although git may show them as unchanged."""
    rules, working_paths = checkout.rules, checkout.select().working_paths
    modified_paths = [path for path in dirty_paths if path in old_blobs and path in new_blobs]
    yield from _warning(
        [path for path in modified_paths if _differs_by_line_ends(checkout.texts, old_blobs[path], new_blobs[path])],
        "differ from HEAD only by their line ends",
    )
    yield from _warning(
        [path for path in modified_paths if rules.is_recoded(working_paths[path])],
        "have another encoding than in git (working-tree-encoding)",
    )
    yield from _warning(
        [path for path in modified_paths if rules.is_in_lfs(working_paths[path])],
        "have changed and are kept in Git LFS",
    )


def _warning(paths: list[str], problem: str) -> Iterator[str]:
    if paths:
        example, *_ = paths
        yield f"{len(paths)} files {problem}, {example} among them: read as they are on disk"


def _differs_by_line_ends(texts: WorktreeTexts, old_blob: str, new_blob: str) -> bool:
    data = texts.in_memory(new_blob)
    return data is not None and b"\r\n" in data and blob_id(data.replace(b"\r\n", b"\n")) == old_blob
