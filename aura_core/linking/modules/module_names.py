"""Finds the module name of each file: which folder is its import root, and which file a dotted name means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from aura_core.linking.modules.hints import Hints, hinted_roots
from aura_core.linking.modules.search_path import SearchTables, is_library, search_tables

NOT_IMPORTED = (".ipynb",)
"""Suffixes of files that import others, but that no statement imports."""

NAMESPACE = ""
"""The path of a module that is only a folder."""


class ModuleName(NamedTuple):
    """The module that a file is.

    ``name``: dotted. ``package``: whether the file is a package. ``inside``: whether it stands in a package, so that
    its neighbours cannot be imported by bare name. ``shadowed``: whether it is a stub whose module is another file, or
    one of the standard library; then it only says what that file leaves out. A packaging file is shadowed too.
    """

    name: str
    package: bool
    inside: bool
    shadowed: bool = False


class ModuleTables(NamedTuple):
    """The module names of one tree.

    ``names``: the module of each path. ``modules``: the path of each dotted name. ``stubs``: the path of the stub of
    each source that has one. ``search``: where imports look that name no module from its root.
    """

    names: dict[str, ModuleName]
    modules: dict[str, str]
    stubs: dict[str, str]
    search: SearchTables


NO_MODULES = ModuleTables({}, {}, {}, SearchTables({}, {}))


def module_tables(paths: Collection[str], hints: Hints) -> ModuleTables:
    """Return the module names of a tree's Python files."""
    packaging = [path for path in paths if is_packaging(path)]
    names = module_names([path for path in paths if not is_packaging(path)], hinted_roots(hints))
    modules = module_paths(names)
    meant = {path: module.name for path, module in names.items() if modules.get(module.name) == path}
    stubs, search = stub_paths(names, modules), search_tables(meant, hints)
    # they are linked like modules, and no name means them
    names |= dict.fromkeys(packaging, ModuleName("", package=False, inside=False, shadowed=True))
    return ModuleTables(names, modules, stubs, search)


def is_packaging(path: str) -> bool:
    """Tell whether a file is a packaging file that is no module itself."""
    _, _, name = path.rpartition("/")
    return name in ("pyproject.toml", "setup.cfg")


def module_names(paths: Collection[str], hint_roots: frozenset[str] = frozenset()) -> dict[str, ModuleName]:
    """Return the module name of each Python file.

    The root of a file is the nearest folder above it that a packaging file names; else, in a package, the folder above
    the topmost one; else the nearest ``src``; else the repository, and the folders between are namespaces. A stub has
    the name of the source beside it; where there is none, ``__init__.pyi`` makes a package too, for stubs alone.
    """
    sources = [path for path in paths if not _is_stub(path)]
    packages = {_folder(path) for path in sources if path.endswith("/__init__.py")}
    names = _names_below_roots(sources, packages, hint_roots)
    if len(names) == len(paths):
        return names
    lone_stubs = [path for path in paths if _is_stub(path) and _source_beside(path) not in names]
    names |= {path: names[_source_beside(path)] for path in paths if _is_stub(path) and _source_beside(path) in names}
    stub_packages = packages | {_folder(path) for path in lone_stubs if path.endswith("/__init__.pyi")}
    stub_names = _names_below_roots(lone_stubs, stub_packages, hint_roots)
    names |= {path: _stub_name(path, module, stub_packages) for path, module in stub_names.items()}
    winners = module_paths(names)
    return {
        path: module._replace(shadowed=_is_stub(path) and winners.get(module.name) != path)
        for path, module in names.items()
    }


def module_paths(names: Mapping[str, ModuleName]) -> dict[str, str]:
    """Return the path that each dotted name means. Of several files a source wins over a stub, then a package over a
    module, then the shorter path, then the first in order. Folders above a module are namespaces.
    """
    best: dict[str, tuple[int, bool, int, str]] = {}
    for path, module in names.items():
        if path.lower().endswith(NOT_IMPORTED):
            continue
        is_stub = _is_stub(path)
        # the lowest rank wins: False sorts before True
        rank = _suffix_rank(path), not module.package, len(path), path
        if (module.name not in best or rank < best[module.name]) and not (is_stub and is_library(module.name)):
            best[module.name] = rank
    paths = {name: path for name, (*_, path) in best.items()}
    for name in list(paths):
        while (name := name.rpartition(".")[0]) and name not in paths:
            paths[name] = NAMESPACE
    return paths


def stub_paths(names: Mapping[str, ModuleName], modules: Mapping[str, str]) -> dict[str, str]:
    """Return the stub of each source's module: the one beside the source, else the one with the shortest path."""
    best: dict[str, tuple[bool, int, str]] = {}
    for path, module in names.items():
        source = modules.get(module.name) if module.shadowed else None
        if source:
            # "a.pyi" beside "a.py" ranks first
            rank = _source_beside(path) != source, len(path), path
            best[source] = min(best.get(source, rank), rank)
    return {source: stub for source, (*_, stub) in best.items() if not _is_stub(source)}


def _names_below_roots(paths: Iterable[str], packages: set[str], hint_roots: frozenset[str]) -> dict[str, ModuleName]:
    roots: dict[str, str] = {}
    return {path: _name(path, packages, _root(_folder(path), packages, hint_roots, roots)) for path in paths}


def _name(path: str, packages: set[str], root: str) -> ModuleName:
    folder, _, file = path.rpartition("/")
    package = folder[len(root) :].strip("/").replace("/", ".")
    stem = file.rpartition(".")[0]
    if stem == "__init__":
        # an ``__init__.py`` in the import root itself makes no package
        return ModuleName(package, True, True) if package else ModuleName("__init__", False, False)
    return ModuleName(f"{package}.{stem}" if package else stem, False, folder in packages)


def _stub_name(path: str, module: ModuleName, packages: set[str]) -> ModuleName:
    """Return the name of a stub without a source beside it. ``p-stubs`` holds the stubs of ``p`` (PEP 561). A stub of
    the standard library is named after all its folders, because ``import json`` means the library's module.
    """
    top, dot, rest = module.name.partition(".")
    module = module._replace(name=f"{top.removesuffix('-stubs')}{dot}{rest}")
    return _name(path, packages, "") if is_library(module.name) else module


def _root(folder: str, packages: set[str], hint_roots: frozenset[str], roots: dict[str, str]) -> str:
    """Return the import root of the files in a folder. ``roots`` remembers the roots of folders."""
    root = roots.get(folder)
    if root is None:
        above = _folder(folder)
        if folder in packages and not (folder in hint_roots and _is_src(folder)):
            goes_on = above in packages or _has_root_above(above, hint_roots)
            root = _root(above, packages, hint_roots, roots) if goes_on else above
        elif not folder or folder in hint_roots or _is_src(folder):
            root = folder
        else:
            root = _root(above, packages, hint_roots, roots)
        roots[folder] = root
    return root


def _has_root_above(folder: str, hint_roots: frozenset[str]) -> bool:
    """Tell whether this folder or one above it is a root, so that the folders between are namespaces."""
    while folder:
        if folder in hint_roots or _is_src(folder):
            return True
        folder = _folder(folder)
    return False


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_src(folder: str) -> bool:
    return folder.rpartition("/")[2] == "src"


def _is_stub(path: str) -> bool:
    return path.endswith((".pyi", ".pxd"))


def _source_beside(path: str) -> str:
    """Return the path of the source that a stub stands beside: ``a.py`` of ``a.pyi``, ``a.pyx`` of ``a.pxd``."""
    return path[:-1] if path.endswith(".pyi") else f"{path[:-3]}pyx"


def _suffix_rank(path: str) -> int:
    """Return the rank of a file among those of one module by its suffix: sources come before stubs."""
    _, _, suffix = path.rpartition(".")
    return {"pyx": 1, "pyi": 2, "pxd": 3, "pxi": 4}.get(suffix, 0)
