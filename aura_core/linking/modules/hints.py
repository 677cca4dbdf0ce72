"""Collects what files of a tree say about imports: import roots, folders to search, and what is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aura_core.model.facts import FileFacts

PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Names of the files that may name import roots."""


class ImportHints(NamedTuple):
    """What one file says about imports.

    ``roots``: the import roots that a packaging file names, relative to its own folder. ``folders``: the folders that
    the file puts on the search path, see ``parsing.python.imports``. ``requires``: the top names of modules that are
    installed beside the tree, because the file names their distributions.
    """

    roots: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


NO_HINTS = ImportHints()

Hints = Mapping[str, ImportHints]
"""By path; files that say nothing are left out."""


def hints_of(path: str, facts: FileFacts | None) -> ImportHints:
    """Return what a file says about imports. A ``setup.py`` is known by its name alone."""
    code = facts.code if facts is not None and isinstance(facts.code, dict) else {}
    _, _, file_name = path.rpartition("/")
    is_packaging = file_name in PACKAGING
    return ImportHints(
        tuple(code.get("roots", ())) if is_packaging else (),
        tuple(code.get("folders", ())),
        tuple(code.get("requires", ())) if is_packaging or "exprs" not in code else (),
    )


def hinted_roots(hints: Hints) -> frozenset[str]:
    """Return the root folders that packaging files name."""
    return frozenset(f"{folder_of(path)}/{folder}".strip("/") for path, hint in hints.items() for folder in hint.roots)


def required_modules(hints: Hints) -> frozenset[str]:
    """Return the top names of modules that are installed beside the tree."""
    return frozenset(name for hint in hints.values() for name in hint.requires)


def searched_folders(path: str, folders: tuple[str, ...]) -> Iterator[str]:
    """Yield the folders, from the repository's root, that a file puts on the search path; those outside of the
    repository are left out. ``./lib`` is relative to the folder of the file. ``lib`` is relative to the folder in which
    Python is started, which may be any folder above the file, the nearest first.
    """
    own = path.split("/")[:-1]
    for folder in folders:
        is_beside = folder.startswith("./")
        for start in [own] if is_beside else [own[:depth] for depth in range(len(own), -1, -1)]:
            parts = _joined(start, folder.split("/"))
            if parts is not None:
                yield "/".join(parts)


def folder_of(path: str) -> str:
    """Return the folder that holds a file or folder; "" for the repository's root."""
    folder, _, _ = path.rpartition("/")
    return folder


def _joined(start: list[str], steps: list[str]) -> list[str] | None:
    """Return the parts of a path; None when it leads out of the repository."""
    parts = [*start]
    for step in steps:
        if step == "..":
            if not parts:
                return None
            parts.pop()
        elif step not in ("", "."):
            parts.append(step)
    return parts
