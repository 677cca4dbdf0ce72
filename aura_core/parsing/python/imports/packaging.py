"""Reads what packaging files say about imports, without running anything: import roots, folders to search,
requirements.
"""

from __future__ import annotations

import ast
import configparser
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from aura_core.parsing.python.imports.requirements import required_names
from aura_core.parsing.python.source_text import last_name

Table = dict[str, Any]
"""A table of a TOML file, by key."""


class _Said(NamedTuple):
    """What a file says: import roots, folders to search, requirements."""

    roots: Iterable[Any] = ()
    folders: Iterable[Any] = ()
    requires: Iterable[Any] = ()


def packaging_hints(file_name: str, data: bytes) -> dict[str, list[str]] | None:
    """Return what a packaging file says about imports; None when it says nothing. The folders are relative to its own
    folder, which is "".

    ``roots``: the import roots that setuptools (``package_dir``, ``packages.find.where``), poetry (``from``), hatch
    (``sources``, ``packages``), pdm (``package-dir``), flit, maturin and uv name in ``pyproject.toml``, and setuptools
    in ``setup.cfg`` and ``setup.py``. ``folders``: what pytest (``pythonpath``), mypy and pyright put on the search
    path, with ``./`` before it. ``requires``: the modules that the requirements install. A file that does not parse
    says nothing.
    """
    readers: dict[str, Callable[[str], _Said]] = {
        "pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py, "requirements.txt": _requirements,
    }  # fmt: skip
    try:
        statement = readers[file_name](data.decode("utf-8-sig"))
    except (ValueError, configparser.Error, SyntaxError, RecursionError, MemoryError):
        return None
    hints = {
        "roots": sorted({folder for root in statement.roots if (folder := _folder(root)) is not None}),
        "folders": [f"./{folder}" for folder in dict.fromkeys(statement.folders) if isinstance(folder, str) and folder],
        "requires": required_names(statement.requires),
    }
    return {key: values for key, values in hints.items() if values} or None


def _requirements(text: str) -> _Said:
    return _Said(requires=(line for line in text.splitlines() if not line.lstrip().startswith(("#", "-"))))


def _setup_py(text: str) -> _Said:
    """Return what a ``setup(…)`` call says with constants."""
    if "setup" not in text or ("package" not in text and "require" not in text):
        return _Said()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    roots: list[str] = []
    requires: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            roots += _call_roots(node)
        elif isinstance(node, ast.keyword) and node.arg in ("install_requires", "extras_require", "tests_require"):
            requires += [_text(constant) for constant in ast.walk(node.value) if isinstance(constant, ast.Constant)]
    return _Said(roots, requires=requires)


def _call_roots(node: ast.Call) -> list[str]:
    name = last_name(node.func)
    if name in ("find_packages", "find_namespace_packages"):
        where = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "where")]
        return [w.value for w in where if isinstance(w, ast.Constant) and isinstance(w.value, str)]
    if name != "setup":
        return []
    folders = [k.value for k in node.keywords if k.arg == "package_dir" and isinstance(k.value, ast.Dict)]
    return _package_dir(
        {_text(key): _text(value) for d in folders for key, value in zip(d.keys, d.values, strict=True)}
    )


def _text(node: ast.expr | None) -> str:
    # a NUL marks what is not a constant; ``_package_dir`` drops roots that hold one
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "\0"


def _package_dir(folders: dict[str, str]) -> list[str]:
    """Return the roots that a mapping of packages to folders names. ``{"": "lib"}`` names ``lib``;
    ``{"pkg": "lib/pkg"}`` does the same, because the folder ends like the package.
    """
    roots = []
    for package, folder in folders.items():
        suffix = "/" + package.replace(".", "/")
        folder = folder.strip("/")
        if not package:
            roots.append(folder)
        elif folder.endswith(suffix):
            roots.append(folder.removesuffix(suffix))
    return [root for root in roots if "\0" not in root]


def _setup_cfg(text: str) -> _Said:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    roots = []
    if parser.has_option("options", "package_dir"):
        lines = (parser.get("options", "package_dir") or "").replace(",", "\n").splitlines()
        pairs = (line.partition("=") for line in lines)
        roots += _package_dir({key.strip(): value.strip() for key, sign, value in pairs if sign})
    for section in ("options.packages.find", "options.packages.find_namespace"):
        if parser.has_option(section, "where"):
            roots += _words(parser, section, "where")
    folders = [word for section in ("pytest", "tool:pytest") for word in _words(parser, section, "pythonpath")]
    folders += _words(parser, "mypy", "mypy_path")
    return _Said(roots, folders, _cfg_requirements(parser))


def _words(parser: configparser.RawConfigParser, section: str, option: str) -> list[str]:
    text = (parser.get(section, option) or "") if parser.has_option(section, option) else ""
    return text.replace(",", " ").replace(":", " ").split()


def _cfg_requirements(parser: configparser.RawConfigParser) -> Iterator[str]:
    """Yield the requirements of setuptools and of tox."""
    for section in parser.sections():
        if section == "options.extras_require":
            options = parser.options(section)
        else:
            names = ("install_requires", "tests_require", "setup_requires", "deps")
            options = [name for name in names if parser.has_option(section, name)]
        for option in options:
            yield from (parser.get(section, option) or "").splitlines()


def _pyproject(text: str) -> _Said:
    document = tomllib.loads(text)
    tool = _table(document, "tool")
    roots: list[Any] = []
    setuptools = _table(tool, "setuptools")
    roots += _package_dir({str(k): str(v) for k, v in _table(setuptools, "package-dir").items()})
    where = _table(_table(setuptools, "packages"), "find").get("where", [])
    roots += where if isinstance(where, list) else [where]
    roots += [p["from"] for p in _list(_table(tool, "poetry"), "packages") if isinstance(p, dict) and "from" in p]
    roots += _hatch(_table(_table(tool, "hatch"), "build"))
    roots.append(_table(_table(tool, "pdm"), "build").get("package-dir"))
    roots.append(_table(tool, "maturin").get("python-source"))
    roots.append(_table(_table(tool, "uv"), "build-backend").get("module-root"))
    folders: list[Any] = []
    for table, key in (
        (_table(_table(tool, "pytest"), "ini_options"), "pythonpath"), (_table(tool, "pytest"), "pythonpath"),
        (_table(tool, "mypy"), "mypy_path"), (_table(tool, "pyright"), "extraPaths"),
    ):  # fmt: skip
        value = table.get(key, [])
        folders += value if isinstance(value, list) else str(value).replace(":", " ").replace(",", " ").split()
    return _Said([root for root in roots if isinstance(root, str)], folders, _toml_requirements(document, tool))


def _toml_requirements(document: Table, tool: Table) -> Iterator[Any]:
    """Yield the requirements that a ``pyproject.toml`` or a ``Pipfile`` lists."""
    project, poetry = _table(document, "project"), _table(tool, "poetry")
    yield from _list(project, "dependencies")
    groups = (_table(project, "optional-dependencies"), _table(document, "dependency-groups"))
    for group in (*groups, _table(_table(tool, "pdm"), "dev-dependencies")):
        for name in group:
            yield from _list(group, name)
    tables = [poetry, *(_table(_table(poetry, "group"), name) for name in _table(poetry, "group"))]
    for table in tables:
        yield from _table(table, "dependencies")
        yield from _table(table, "dev-dependencies")
    yield from _table(document, "packages")
    yield from _table(document, "dev-packages")


def _hatch(build: Table) -> list[str]:
    roots: list[str] = []
    targets = _table(build, "targets")
    for table in (build, *(_table(targets, name) for name in sorted(targets))):
        sources = table.get("sources", [])
        if isinstance(sources, list):
            roots += [source for source in sources if isinstance(source, str)]
        else:
            # ``{"src": ""}``: the folder is no part of the package name, so it is a root
            roots += [folder for folder, package in sources.items() if package == ""]
        roots += [p.rpartition("/")[0] for p in _list(table, "packages") if isinstance(p, str) and "/" in p]
    return roots


def _table(table: Table, key: str) -> Table:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: Table, key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _folder(root: str) -> str | None:
    """Return a folder relative to that of the packaging file; None when it is outside of it or a pattern."""
    parts = [part for part in root.replace("\\", "/").split("/") if part not in ("", ".")]
    return None if ".." in parts or "*" in root else "/".join(parts)
