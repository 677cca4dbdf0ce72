"""Module names: which folder is an import root for which file, and which file a dotted name means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")

NAMESPACE = ""
"""The path of a module that is only a folder."""


class ModuleName(NamedTuple):
    """A file's dotted name, whether it is a package, and whether it stands in a package (then its neighbours are not importable by bare name)."""

    name: str
    package: bool
    inside: bool


def hinted_roots(hints: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Root folders that packaging files name. ``hints``: path of the packaging file → folders relative to its own."""
    found = set()
    for path, folders in hints.items():
        base = path.rpartition("/")[0]
        found |= {f"{base}/{folder}".strip("/") for folder in folders}
    return frozenset(found)


def module_names(paths: Collection[str], hinted: frozenset[str] = frozenset()) -> dict[str, ModuleName]:
    """The module name of each Python file.

    The root of a file is the nearest folder above it that a packaging file names; else, in a package, the folder above the topmost one; else
    the nearest ``src``; else the repository, and the folders between are namespaces.
    """
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    roots: dict[str, str] = {}
    return {path: _name(path, packages, _root(path.rpartition("/")[0], packages, hinted, roots)) for path in paths}


def _root(folder: str, packages: set[str], hinted: frozenset[str], known: dict[str, str]) -> str:
    found = known.get(folder)
    if found is None:
        above = folder.rpartition("/")[0]
        if folder in packages and not (folder in hinted and folder.rpartition("/")[2] == "src"):
            found = _root(above, packages, hinted, known) if above in packages or _is_root_below(above, hinted) else above
        elif not folder or folder in hinted or folder.rpartition("/")[2] == "src":
            found = folder
        else:
            found = _root(above, packages, hinted, known)
        known[folder] = found
    return found


def _is_root_below(folder: str, hinted: frozenset[str]) -> bool:
    """Whether some named root is this folder or above it, so that folders between are namespaces."""
    while folder:
        if folder in hinted or folder.rpartition("/")[2] == "src":
            return True
        folder = folder.rpartition("/")[0]
    return False


def _name(path: str, packages: set[str], root: str) -> ModuleName:
    folder, _, file = path.rpartition("/")
    parts = folder[len(root) :].strip("/")
    stem = file.rpartition(".")[0]
    dotted = parts.replace("/", ".")
    if stem == "__init__":
        return ModuleName(dotted, True, True) if dotted else ModuleName("__init__", False, False)
    return ModuleName(f"{dotted}.{stem}" if dotted else stem, False, folder in packages)


def module_paths(names: Mapping[str, ModuleName]) -> dict[str, str]:
    """Dotted name → the path that wins it: source before stub, package before module, shorter path, order. Folders above a module are namespaces."""
    best: dict[str, tuple[bool, bool, int, str]] = {}
    for path, module in names.items():
        rank = path.endswith(".pyi"), not module.package, len(path), path
        if module.name not in best or rank < best[module.name]:
            best[module.name] = rank
    found = {name: rank[3] for name, rank in best.items()}
    for name in list(found):
        while (name := name.rpartition(".")[0]) and name not in found:
            found[name] = NAMESPACE
    return found
