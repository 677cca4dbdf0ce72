"""Reads the import roots that packaging files name, without running anything."""

from __future__ import annotations

import ast
import configparser
import tomllib
import warnings
from typing import Any

Table = dict[str, Any]
"""A table of a TOML file, by key."""


def packaging_hints(file_name: str, data: bytes) -> dict[str, list[str]] | None:
    """Return the import roots that a packaging file names, as ``{"roots": [folder, …]}``; None when it names none. The
    folders are relative to its own folder, which is "".

    Understands setuptools (``package_dir``, ``packages.find.where``), poetry (``from``), hatch (``sources``,
    ``packages``), pdm (``package-dir``), flit, maturin and uv in ``pyproject.toml``, and setuptools in ``setup.cfg``
    and ``setup.py``. A file that does not parse names none.
    """
    readers = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py}
    try:
        roots = readers[file_name](data.decode("utf-8-sig"))
    except (ValueError, configparser.Error, SyntaxError, RecursionError, MemoryError):
        return None
    folders = sorted({folder for root in roots if (folder := _folder(root)) is not None})
    return {"roots": folders} if folders else None


def _setup_py(text: str) -> list[str]:
    """Return the roots that a ``setup(…)`` call names with constants."""
    if "setup" not in text or "package" not in text:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    roots: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            roots += _call_roots(node)
    return roots


def _call_roots(node: ast.Call) -> list[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
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


def _setup_cfg(text: str) -> list[str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    roots = []
    if parser.has_option("options", "package_dir"):
        lines = (parser.get("options", "package_dir") or "").replace(",", "\n").splitlines()
        pairs = (line.partition("=") for line in lines)
        roots += _package_dir({key.strip(): value.strip() for key, sign, value in pairs if sign})
    for section in ("options.packages.find", "options.packages.find_namespace"):
        if parser.has_option(section, "where"):
            roots += (parser.get(section, "where") or "").replace(",", "\n").split()
    return roots


def _pyproject(text: str) -> list[str]:
    tool = tomllib.loads(text).get("tool", {})
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
    return [root for root in roots if isinstance(root, str)]


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
