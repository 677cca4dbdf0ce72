"""A plain folder as a source: always its working tree, with no history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from aura_core.errors import SourceGone, UnknownRevision
from aura_core.model.changes import Change
from aura_core.model.repository import Repository
from aura_core.model.snapshot import Tree
from aura_core.ports.sources import FetchProgress
from aura_core.settings import Settings
from aura_core.sources.rules.rules import rules_of
from aura_core.sources.rules.selection import select, worktree_name
from aura_core.sources.worktree.disk import Tracked
from aura_core.sources.worktree.worktree import DiskContents, Texts, walk_folder


class FolderSource:
    """Reads a folder that no repository holds."""

    def __init__(self, repository: Repository, settings: Settings) -> None:
        self.path = Path(repository.origin)
        self.settings = settings
        self._texts = self._no_texts()

    def head(self) -> None:
        """A folder has no commits."""
        return

    def resolve(self, revision: str) -> str:
        """Raises ``UnknownRevision``: a folder has no commits."""
        raise UnknownRevision(
            f"{self.path} is a plain folder and has no commit {revision[:100]!r}.", remedy="Leave the revision out."
        )

    def tree(self, sha: str) -> Tree:
        """The folder as it is now, if that is what ``sha`` names. Raises ``UnknownRevision``."""
        now = self.worktree()
        return now if now.snapshot == sha else self._raise(sha)

    def worktree(self) -> Tree:
        """The folder as it is now. Raises ``SourceGone`` when it is not there, ``InputTooLarge``."""
        if not self.path.is_dir():
            raise SourceGone(
                f"There is no folder {self.path} any more.", remedy="Remove the repository: aura repos remove."
            )
        found = walk_folder(self.path, self.settings, Tracked())
        rules = rules_of(found.rule_files, self.settings.max_file_bytes)
        self._texts = self._no_texts()
        chosen = select(found.entries.values(), DiskContents(found, self._texts), rules, self.settings.max_files)
        return Tree(
            snapshot=worktree_name(chosen.files, rules.digest),
            files=tuple(chosen.files),
            skipped=dict(chosen.skipped),
            settings=rules.digest,
            dirty=tuple(f.path for f in chosen.files),
            submodules=tuple(chosen.submodules),
            warnings=tuple(chosen.warnings),
        )

    def read(self, blob: str) -> bytes:
        """A file's text as ``worktree`` saw it. Raises ``SourceGone``."""
        data = self.dirty_text(blob)
        if data is None:
            raise SourceGone(f"No file under {self.path} holds {blob} now.", remedy="Sync again.", blob=blob)
        return data

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(blob, bytes) in the order asked for. Raises ``SourceGone``."""
        for blob in blobs:
            yield blob, self.read(blob)

    def dirty_text(self, blob: str) -> bytes | None:
        """The text of a blob that the last ``worktree`` named. Raises ``SourceGone`` when the file has changed since."""
        return self._texts.get(blob)

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Nothing to fetch."""

    def keep(self, sha: str) -> None:
        """Nothing to keep."""

    def keep_only(self, shas: Collection[str]) -> None:
        """Nothing of ours is in there."""
        return

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """A folder has no history."""
        return iter(())

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """A folder has no history."""
        return 0

    def changes(self, old: str, new: str, threshold: int = 50) -> tuple[Change, ...]:
        """Raises ``UnknownRevision``: a folder has no commits to compare with."""
        return self._raise(old or new)

    def commit_time(self, sha: str) -> float:
        """Raises ``UnknownRevision``."""
        return self._raise(sha)

    def remove(self) -> None:
        """A folder is not ours to delete."""

    def _no_texts(self) -> Texts:
        return Texts(self.path, self.settings.max_file_bytes)

    def _raise(self, sha: str) -> NoReturn:
        raise UnknownRevision(f"The folder {self.path} is no longer what {sha} names.", remedy="Sync again.")
