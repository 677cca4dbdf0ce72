"""Finds and opens git repositories; one that cannot be read here gets an error with a reason and a remedy."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pygit2

from aura_core.errors import UnsupportedRepository
from aura_core.sources.git.layout import read_layout


class _Refusal(NamedTuple):
    """A part of libgit2's message, what it means for a user, and what to do."""

    sign: str
    problem: str
    remedy: str


_REFUSALS = (
    _Refusal(
        "not owned by",
        "belongs to another user",
        "If you trust it, run: git config --global --add safe.directory '{path}'",
    ),
    _Refusal(
        "unknown object format",
        "uses SHA-256 object names, which are not supported yet",
        "Convert it, or clone it with --object-format=sha1.",
    ),
    _Refusal(
        "extensions.refstorage",
        "keeps its refs in a reftable, which is not supported yet",
        "Run: git -C '{path}' refs migrate --ref-format=files",
    ),
    _Refusal("", "cannot be opened ({error})", "Check it with: git -C '{path}' fsck"),
)
"""The last one is every other message."""


MAX_FILES_LOOKED_AT = 20_000
"""Files of a git folder that are looked at before it is opened: packs, and refs that are not packed."""

_FILES = (
    "HEAD", "config", "config.worktree", "commondir", "gitdir", "index", "packed-refs", "shallow", "FETCH_HEAD",
    "ORIG_HEAD", "MERGE_HEAD", "info/exclude", "info/attributes", "info/sparse-checkout", "info/grafts",
)  # fmt: skip


def find_top(path: Path) -> Path | None:
    """Return the top folder of the checkout or bare repository around an absolute path; None when there is none."""
    for folder in (path, *path.parents):
        if _is_git_folder(folder):
            return folder.parent if folder.name == ".git" else folder
        dot_git = folder / ".git"
        if dot_git.is_file() or _is_git_folder(dot_git):
            return folder
    return None


def open_repository(path: Path) -> pygit2.Repository:
    """Open the repository whose top folder is ``path``. Raises ``UnsupportedRepository``."""
    refuse_what_blocks(path)
    try:
        repository = pygit2.Repository(os.fspath(path))
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        raise _unsupported(path, str(error)) from error
    if repository.workdir is not None and not os.path.samefile(repository.workdir, path):
        raise UnsupportedRepository(
            f"The repository at {path} keeps its files in another folder, {repository.workdir}.",
            remedy="Unset core.worktree, or add that folder.",
        )
    return repository


def refuse_what_blocks(top: Path) -> None:
    """Raise ``UnsupportedRepository`` when a FIFO or a device stands where libgit2 opens a file, and would wait for
    ever. ``top``: the folder of the checkout or bare repository.
    """
    layout, dot_git = read_layout(top), top / ".git"
    places = (dot_git if dot_git.exists() else top, layout.git_folder, layout.common_folder)
    for folder in dict.fromkeys(places):
        for file in itertools.islice(_files_to_open(folder), MAX_FILES_LOOKED_AT):
            try:
                mode = file.stat().st_mode
            except (OSError, ValueError):
                continue  # it is missing, or libgit2 will say what is wrong
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise UnsupportedRepository(
                    f"The repository at {top} cannot be read: {file} is not a regular file.",
                    remedy="Replace it by the file that git writes, or clone the repository anew.",
                )


def _files_to_open(folder: Path) -> Iterator[Path]:
    """Yield a git folder and what libgit2 opens in it, but for loose objects."""
    yield folder
    yield from (folder / name for name in _FILES)
    for name in ("objects/pack", "objects/info", "refs"):
        for parent, _, names in os.walk(folder / name):
            yield from (Path(parent, file) for file in names)


def _unsupported(path: Path, error: str) -> UnsupportedRepository:
    """Return the error that says in plain words why libgit2 refused a repository, and what to do."""
    refusal = next(refusal for refusal in _REFUSALS if refusal.sign in error)
    return UnsupportedRepository(
        f"The repository at {path} {refusal.problem.format(error=error)}.", remedy=refusal.remedy.format(path=path)
    )


def _is_git_folder(path: Path) -> bool:
    return (path / "HEAD").exists() and (path / "objects").is_dir() and (path / "refs").exists()
