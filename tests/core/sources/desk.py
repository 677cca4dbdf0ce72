"""A watched repository."""

from __future__ import annotations

from pathlib import Path

from aura_core.model.snapshot import Tree
from aura_core.settings import Settings
from aura_core.sources import LocalSource, identify, open_source
from aura_core.sources.worktree import watching
from tests.support import GitRepository


class Desk:
    """A repository, watched, and what one who does not watch would say of it."""

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
        self.watch = watching.watch(self.repo.path, self.settings)

    def ask(self, *, watched: bool = True) -> Tree | None:
        settings = self.settings if watched else Settings(home=self.home, max_files=199_999)
        source = open_source(identify(str(self.repo.path), from_cli=True), settings)
        assert isinstance(source, LocalSource)
        tree = source.worktree()
        for file in tree.files if tree is not None else ():
            if file.path in (tree.dirty if tree is not None else ()):
                assert source.dirty_text(file.blob) in (None, source.read(file.blob))
        return tree

    def close(self) -> None:
        watching.unwatch(self.repo.path, self.settings)
