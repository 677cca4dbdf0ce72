"""Reads a plain folder as a source: it has a working tree, and no history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from aura_core.errors import SourceGone, UnknownRevision
from aura_core.model.changes import Change
from aura_core.model.repository import Repository
from aura_core.model.snapshot import Tree
from aura_core.ports.sources import FetchProgress
from aura_core.settings import Settings
from aura_core.sources.rules.limits import limits_of
from aura_core.sources.rules.rules import rules_of
from aura_core.sources.rules.selection import select_files, worktree_name
from aura_core.sources.worktree.contents import DiskContents, WorktreeTexts
from aura_core.sources.worktree.scan import TrackedPaths, scan_folder


class FolderSource:
    """Reads a folder that belongs to no repository."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self.path = Path(repository.origin)
        self.settings = settings
        self._texts = self._no_texts()

    def head(self) -> None:
        """Return None: a folder has no commits."""
        return

    def resolve(self, revision: str) -> str:
        """Raise ``UnknownRevision``: a folder has no commits."""
        raise UnknownRevision(
            f"{self.path} is a plain folder and has no commit {revision[:100]!r}.", remedy="Leave the revision out."
        )

    def tree(self, sha: str) -> Tree:
        """Return the folder as it is now, if that is what ``sha`` names. Raises ``UnknownRevision``."""
        tree = self.worktree()
        if tree.snapshot != sha:
            raise self._unknown_snapshot(sha)
        return tree

    def worktree(self) -> Tree:
        """Return the folder as it is now. Raises ``SourceGone`` when there is no folder, ``InputTooLarge``."""
        if not self.path.is_dir():
            raise SourceGone(
                f"There is no folder {self.path} any more.", remedy="Remove the repository: aura repos remove."
            )
        scan = scan_folder(self.path, self.settings, TrackedPaths())
        rules = rules_of(scan.rule_files, limits_of(self.settings))
        self._texts = self._no_texts()
        contents = DiskContents(scan, self._texts)
        selection = select_files(scan.entries.values(), contents, rules, self.settings.max_files)
        return Tree(
            snapshot=worktree_name(selection.files, rules.digest),
            files=tuple(selection.files),
            skipped=dict(selection.skipped),
            settings=rules.digest,
            # git has none of the files, so all of them are dirty
            dirty=tuple(file.path for file in selection.files),
            submodules=tuple(selection.submodules),
            warnings=tuple(selection.warnings),
        )

    def read(self, blob: str) -> bytes:
        """Return a file's text as the last ``worktree`` saw it. Raises ``SourceGone``."""
        data = self.dirty_text(blob)
        if data is None:
            raise SourceGone(f"No file under {self.path} holds {blob} now.", remedy="Sync again.", blob=blob)
        return data

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (blob, bytes) in the order of ``blobs``. Raises ``SourceGone``."""
        for blob in blobs:
            yield blob, self.read(blob)

    def has_blob(self, blob: str) -> bool:
        """Return False: a folder has no commits."""
        return False

    def dirty_text(self, blob: str) -> bytes | None:
        """Return the text of a blob of the last ``worktree``. Raises ``SourceGone`` when the file has changed since."""
        return self._texts.get(blob)

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Do nothing: a folder has no remote."""

    def fetch_failure(self) -> None:
        """Return None: nothing is fetched here."""
        return

    def keep(self, sha: str) -> None:
        """Do nothing: a folder has no commits."""

    def keep_only(self, shas: Collection[str]) -> None:
        """Do nothing: a folder has no commits."""
        return

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """Yield nothing: a folder has no history."""
        return iter(())

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """Return 0: a folder has no history."""
        return 0

    def changes(self, old: str, new: str, threshold: int = 50) -> tuple[Change, ...]:
        """Raise ``UnknownRevision``: a folder has no commits to compare with."""
        raise self._unknown_snapshot(old or new)

    def commit_time(self, sha: str) -> float:
        """Raise ``UnknownRevision``: a folder has no commits."""
        raise self._unknown_snapshot(sha)

    def remove(self) -> None:
        """Do nothing: the folder is the user's."""

    def _no_texts(self) -> WorktreeTexts:
        return WorktreeTexts(self.path, self.settings.max_file_bytes)

    def _unknown_snapshot(self, sha: str) -> UnknownRevision:
        return UnknownRevision(f"The folder {self.path} is no longer what {sha} names.", remedy="Sync again.")
