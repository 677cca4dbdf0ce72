"""Finding and opening git repositories, with a named error and its remedy for each that cannot be read here."""

from __future__ import annotations

import os
from pathlib import Path

import pygit2

from aura_core.errors import UnsupportedRepository

_REMEDIES = (
    (
        "not owned by",
        "belongs to another user",
        "If you trust it, run: git config --global --add safe.directory '{path}'",
    ),
    (
        "unknown object format",
        "uses SHA-256 object names, which are not supported yet",
        "Convert it, or clone it with --object-format=sha1.",
    ),
    (
        "extensions.refstorage",
        "keeps its refs in a reftable, which is not supported yet",
        "Run: git -C '{path}' refs migrate --ref-format=files",
    ),
)
_OTHER = ("cannot be opened ({error})", "Check it with: git -C '{path}' fsck")


def top_of(path: Path) -> Path | None:
    """The top folder of the checkout, or the bare repository, that holds an absolute path; None when there is none."""
    for folder in (path, *path.parents):
        if _is_git_folder(folder):
            return folder.parent if folder.name == ".git" else folder
        marker = folder / ".git"
        if marker.is_file() or _is_git_folder(marker):
            return folder
    return None


def open_git(path: Path) -> pygit2.Repository:
    """The repository whose top folder is ``path``. Raises ``UnsupportedRepository``."""
    try:
        repository = pygit2.Repository(os.fspath(path))
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        raise unsupported(path, error) from error
    if repository.workdir is not None and not os.path.samefile(repository.workdir, path):
        raise UnsupportedRepository(
            f"The repository at {path} keeps its files in another folder, {repository.workdir}.",
            remedy="Unset core.worktree, or add that folder.",
        )
    return repository


def unsupported(path: Path, error: Exception) -> UnsupportedRepository:
    """Why libgit2 refused a repository, in words, and what to do."""
    text = str(error)
    for sign, what, remedy in _REMEDIES:
        if sign in text:
            return UnsupportedRepository(f"The repository at {path} {what}.", remedy=remedy.format(path=path))
    what, remedy = _OTHER
    return UnsupportedRepository(
        f"The repository at {path} {what.format(error=text)}.", remedy=remedy.format(path=path)
    )


def _is_git_folder(path: Path) -> bool:
    return (path / "HEAD").exists() and (path / "objects").is_dir() and (path / "refs").exists()
