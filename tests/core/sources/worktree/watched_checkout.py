"""A watched repository, and the answers of one who does not watch it."""

from __future__ import annotations

from pathlib import Path

from aura_core.model.snapshot import Tree
from aura_core.settings import Settings
from aura_core.sources import LocalSource, RepositorySources, identify
from tests.core.sources.open_path import open_local
from tests.support import GitRepository


class WatchedCheckout:
    """A repository that one ``RepositorySources`` watches."""

    def __init__(self, folder: Path) -> None:
        self.repo = GitRepository(folder / "repo")
        self.home = folder / "home"
        self.repo.commit(
            {
                "a.py": "a\n",
                "pkg/b.py": "b\n",
                "pkg/sub/c.py": "c\n",
                ".gitignore": "*.log\nbuild/\n",
                "data.bin": b"\0",
            }
        )
        self.settings = Settings(home=self.home)
        self.sources = RepositorySources(self.settings)
        self._unwatched_sources = RepositorySources(self.settings)
        self.watcher = self.sources.watch(identify(str(self.repo.path), from_cli=True))

    def open(self, *, watched: bool = True) -> LocalSource:
        """Open the repository, by the sources that watch it or by those that do not."""
        return open_local(self.repo.path, self.settings, self.sources if watched else self._unwatched_sources)

    def worktree(self, *, watched: bool = True) -> Tree | None:
        """Return the tree of the files on disk, after a check that its new texts can be read."""
        source = self.open(watched=watched)
        tree = source.worktree()
        if tree is not None:
            for file in tree.files:
                if file.path in tree.dirty:
                    assert source.dirty_text(file.blob) in (None, source.read(file.blob))
        return tree

    def close(self) -> None:
        """Stop watching."""
        self.sources.close()
