"""Finds the folders that a repository consists of by its own files, before libgit2 opens any of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from aura_core.errors import Forbidden
from aura_core.files import read_regular

MAX_POINTER_BYTES = 65_536
"""Files that name other folders are shorter than this."""

MAX_OBJECT_FOLDERS = 100
"""A chain of ``alternates`` is followed to so many folders."""


class Layout(NamedTuple):
    """The folders of one repository: its own git folder, the one that linked worktrees share, and those of objects,
    its own first and then those that it borrows from (``objects/info/alternates``).
    """

    git_folder: Path
    common_folder: Path
    object_folders: tuple[Path, ...]


def read_layout(top: Path) -> Layout:
    """Return the layout of the checkout or bare repository whose top folder is ``top``. See gitrepository-layout(5)."""
    git_folder = _git_folder(top)
    common_folder = _pointed_folder(git_folder, _read_pointer(git_folder / "commondir"))
    return Layout(git_folder, common_folder, tuple(_object_folders(common_folder / "objects")))


def require_confined(top: Path, allowed: Sequence[Path]) -> None:
    """Check that a repository and all that it consists of lie in allowed folders, which are paths without links; those
    of the repository are followed. Raises ``Forbidden``.
    """

    def check(path: Path, role: str) -> None:
        real_path = Path(os.path.realpath(path))
        if not any(real_path.is_relative_to(root) for root in allowed):
            raise Forbidden(
                f"The {role} of the repository at {top} lies outside of the folders that AURA_REPO_ROOTS allows.",
                remedy="Add the repository with `aura repos add`, or allow that folder in AURA_REPO_ROOTS.",
            )

    check(top, "folder")
    if not (top / ".git").exists() and not (top / "HEAD").exists():
        return  # a plain folder
    layout = read_layout(top)
    check(layout.git_folder, "git folder")
    check(layout.common_folder, "common git folder")
    for folder in layout.object_folders:
        check(folder, "object folder")
    for folder in dict.fromkeys((layout.git_folder, layout.common_folder, *layout.object_folders)):
        for link in _links_in(folder):
            check(link, f"{link.relative_to(folder)!s} in a git folder")


def _git_folder(top: Path) -> Path:
    dot_git = top / ".git"
    if dot_git.is_dir():
        return dot_git
    pointer = _read_pointer(dot_git)
    return _pointed_folder(top, pointer.removeprefix("gitdir:").strip()) if pointer.startswith("gitdir:") else top


def _object_folders(first: Path) -> Iterator[Path]:
    due, seen = [first], set[Path]()
    while due and len(seen) < MAX_OBJECT_FOLDERS:
        folder = due.pop(0)
        if folder in seen:
            continue
        seen.add(folder)
        yield folder
        lines = _read_pointer(folder / "info" / "alternates").splitlines()
        due += [_pointed_folder(folder, line) for line in lines if line and not line.startswith("#")]


def _pointed_folder(base: Path, pointer: str) -> Path:
    """Return the folder that a pointer in ``base`` names: an absolute path, or one relative to ``base``."""
    return Path(os.path.normpath(base / pointer)) if pointer else base


def _links_in(folder: Path) -> Iterator[Path]:
    """Yield the links at the top of a folder, and in the folders of packs and of pointers below it."""
    for place in (folder, folder / "pack", folder / "info"):
        try:
            with os.scandir(place) as entries:
                yield from (place / entry.name for entry in entries if entry.is_symlink())
        except OSError:
            continue


def _read_pointer(file: Path) -> str:
    """Return the text of a small regular file, "" when there is none."""
    try:
        return os.fsdecode(read_regular(file, MAX_POINTER_BYTES, whole=False)).strip()
    except (OSError, ValueError):
        return ""
