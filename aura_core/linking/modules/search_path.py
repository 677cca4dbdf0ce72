"""Finds the folder in which an import looks that names no module from its import root."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

from aura_core.linking.modules.hints import Hints, folder_of, required_modules, searched_folders

IN_PACKAGE: Final = 0
PLAIN: Final = 1
SEARCHED: Final = 2


class TopName(NamedTuple):
    """Where the tree has a file or folder that an import of a top name could mean.

    ``kinds``: of each folder that holds one. ``IN_PACKAGE`` is a folder with an ``__init__.py``, ``SEARCHED`` one that
    some file of the tree puts on the search path. ``is_installed``: whether a packaging file requires a module of that
    name.
    """

    kinds: dict[str, int]
    is_installed: bool

    def text(self) -> str:
        """Return a text that is equal for equal names."""
        return f"{sorted(self.kinds.items())} {self.is_installed}"


class SearchTables(NamedTuple):
    """Where imports may look. ``tops``: by top name. ``stems``: the dotted name of the module at each path without its
    suffix, and of each folder below an import root.
    """

    tops: dict[str, TopName]
    stems: dict[str, str]


def search_tables(names: Mapping[str, str], hints: Hints) -> SearchTables:
    """Return the search tables of a tree. ``names``: the dotted name of each file that is the module of its name."""
    stems: dict[str, str] = {}
    for path, dotted in names.items():
        folder, _, file = path.rpartition("/")
        stem, _, _ = file.partition(".")
        if stem == "__init__":
            stems[folder] = dotted
        else:
            stems.setdefault(f"{folder}/{stem}" if folder else stem, dotted)
            dotted = _above(dotted)
        # up to the import root, above which folders are no part of the name
        while folder and folder not in stems:
            stems[folder] = dotted
            if not dotted:
                break
            folder, dotted = folder_of(folder), _above(dotted)
    return SearchTables(_tops(stems, names, hints), stems)


def _tops(stems: Mapping[str, str], names: Mapping[str, str], hints: Hints) -> dict[str, TopName]:
    packages = {folder_of(path) for path in names if path.endswith(("/__init__.py", "/__init__.pyi"))}
    searched = {folder for path, hint in hints.items() for folder in searched_folders(path, hint.folders)}
    kinds = dict.fromkeys(packages, IN_PACKAGE) | dict.fromkeys(searched, SEARCHED)
    kinds_by_top: dict[str, dict[str, int]] = {}
    for stem in stems:
        folder, _, top = stem.rpartition("/")
        kinds_by_top.setdefault(top, {})[folder] = kinds.get(folder, PLAIN)
    installed = required_modules(hints)
    return {top: TopName(folders, top in installed) for top, folders in kinds_by_top.items()}


def searched_folder(top: TopName, own_folders: tuple[str, ...], folder: str) -> str | None:
    """Return the folder in which a file finds a top name that is no module of its import root; None when it is not
    known. ``own_folders``: those that the file puts on the search path itself. ``folder``: its own.

    The own folders come first, then the nearest folder above the file that is no package, because Python may have been
    started there, then the only folder that another file puts on the search path.
    """
    for own in own_folders:
        if own in top.kinds:
            return own
    if top.is_installed:
        return None
    above = folder
    while True:
        if top.kinds.get(above, IN_PACKAGE) != IN_PACKAGE:
            return above
        if not above:
            break
        above = folder_of(above)
    searched = [place for place, kind in top.kinds.items() if kind == SEARCHED]
    return searched.pop() if len(searched) == 1 else None


def may_be_inside(top: TopName) -> bool:
    """Tell whether a top name that was found nowhere could still be of the tree: it is not installed, and the tree has
    it outside of packages or only once.
    """
    return not top.is_installed and (len(top.kinds) == 1 or any(kind != IN_PACKAGE for kind in top.kinds.values()))


def is_library(dotted: str) -> bool:
    """Tell whether a dotted name begins with a module of the standard library."""
    top, _, _ = dotted.partition(".")
    return top in sys.stdlib_module_names


def _above(dotted: str) -> str:
    package, _, _ = dotted.rpartition(".")
    return package
