"""Module names: which folder is an import root for which file, and which file a dotted name means."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")

NAMESPACE = ""
"""The path of a module that is only a folder."""


class ModuleName(NamedTuple):
    """A file's dotted name, whether it is a package, and whether it stands in a package (then its neighbours are not
    importable by bare name).

    ``shadowed``: a stub whose module is another file's, or the standard library's: it says only what that file leaves
    out.
    """

    name: str
    package: bool
    inside: bool
    shadowed: bool = False


def hinted_roots(hints: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Root folders that packaging files name. ``hints``: path of the packaging file → folders relative to its own."""
    found = set()
    for path, folders in hints.items():
        base = path.rpartition("/")[0]
        found |= {f"{base}/{folder}".strip("/") for folder in folders}
    return frozenset(found)


def module_names(paths: Collection[str], hinted: frozenset[str] = frozenset()) -> dict[str, ModuleName]:
    """The module name of each Python file.

    The root of a file is the nearest folder above it that a packaging file names; else, in a package, the folder above
    the topmost one; else the nearest ``src``; else the repository, and the folders between are namespaces. A stub has
    the name of the source beside it; where there is none, ``__init__.pyi`` makes a package too, for stubs alone.
    """
    sources = [path for path in paths if not _is_stub(path)]
    packages = {path.rpartition("/")[0] for path in sources if path.endswith("/__init__.py")}
    names = _named(sources, packages, hinted)
    alone = [path for path in paths if _is_stub(path) and path[:-1] not in names]
    if len(names) == len(paths):
        return names
    names |= {path: names[path[:-1]] for path in paths if _is_stub(path) and path[:-1] in names}
    stubbed = packages | {path.rpartition("/")[0] for path in alone if path.endswith("/__init__.pyi")}
    names |= {path: _stub_name(path, name, stubbed) for path, name in _named(alone, stubbed, hinted).items()}
    winners = module_paths(names)
    return {
        path: name._replace(shadowed=_is_stub(path) and winners.get(name.name) != path) for path, name in names.items()
    }


def _named(paths: Iterable[str], packages: set[str], hinted: frozenset[str]) -> dict[str, ModuleName]:
    roots: dict[str, str] = {}
    return {path: _name(path, packages, _root(path.rpartition("/")[0], packages, hinted, roots)) for path in paths}


def _is_stub(path: str) -> bool:
    return path.endswith(".pyi")


def _stub_name(path: str, module: ModuleName, packages: set[str]) -> ModuleName:
    """``p-stubs`` holds the stubs of ``p`` (PEP 561). One of the standard library is named after all folders: ``import
    json`` is the library's.
    """
    top, dot, rest = module.name.partition(".")
    module = module._replace(name=f"{top.removesuffix('-stubs')}{dot}{rest}")
    return _name(path, packages, "") if _is_library(module.name) else module


def _is_library(dotted: str) -> bool:
    return dotted.partition(".")[0] in sys.stdlib_module_names


def _root(folder: str, packages: set[str], hinted: frozenset[str], known: dict[str, str]) -> str:
    found = known.get(folder)
    if found is None:
        above = folder.rpartition("/")[0]
        if folder in packages and not (folder in hinted and folder.rpartition("/")[2] == "src"):
            found = (
                _root(above, packages, hinted, known) if above in packages or _is_root_below(above, hinted) else above
            )
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
    """Dotted name → the path that wins it: source before stub, package before module, shorter path, order. Folders
    above a module are namespaces.
    """
    best: dict[str, tuple[bool, bool, int, str]] = {}
    for path, module in names.items():
        rank = _is_stub(path), not module.package, len(path), path
        if (module.name not in best or rank < best[module.name]) and not (rank[0] and _is_library(module.name)):
            best[module.name] = rank
    found = {name: rank[3] for name, rank in best.items()}
    for name in list(found):
        while (name := name.rpartition(".")[0]) and name not in found:
            found[name] = NAMESPACE
    return found


def stub_paths(names: Mapping[str, ModuleName], modules: Mapping[str, str]) -> dict[str, str]:
    """Path of a source → the stub of its module: the one beside it, else the one with the shortest path."""
    best: dict[str, tuple[bool, int, str]] = {}
    for path, module in names.items():
        source = modules.get(module.name) if module.shadowed else None
        if source:
            rank = path[:-1] != source, len(path), path
            best[source] = min(best.get(source, rank), rank)
    return {source: rank[2] for source, rank in best.items() if not _is_stub(source)}
