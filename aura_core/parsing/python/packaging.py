"""Import roots that packaging files name, read without running anything."""

from __future__ import annotations

import ast
import configparser
import tomllib
import warnings
from typing import Any

from aura_core.parsing.python.source_text import last_name

Code = dict[str, Any]


def packaging_hints(path_name: str, data: bytes) -> Code | None:
    """``{"roots": [folder, …]}`` as a packaging file names them, relative to its own folder ("" is that folder); None
    without any.

    Understands setuptools (``package_dir``, ``packages.find.where``), poetry (``from``), hatch (``sources``,
    ``packages``), pdm (``package-dir``), flit, maturin and uv in ``pyproject.toml``, and setuptools in ``setup.cfg``
    and ``setup.py``. A file that does not parse names none.
    """
    readers = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": setup_roots}
    try:
        roots = readers[path_name](data.decode("utf-8-sig"))
    except (ValueError, configparser.Error, SyntaxError, RecursionError, MemoryError):
        return None
    folders = sorted({folder for root in roots if (folder := _folder(root)) is not None})
    return {"roots": folders} if folders else None


def setup_roots(text: str) -> list[str]:
    """Roots that a ``setup(…)`` call names with constants."""
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
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "\0"


def _package_dir(folders: dict[str, str]) -> list[str]:
    """``{"": "lib"}`` says that ``lib`` is a root; ``{"pkg": "lib/pkg"}`` says the same when the folder ends like the
    package.
    """
    roots = []
    for package, folder in folders.items():
        tail = package.replace(".", "/")
        folder = folder.strip("/")
        if not package:
            roots.append(folder)
        elif folder.endswith("/" + tail):
            roots.append(folder[: -len(tail) - 1])
    return [root for root in roots if "\0" not in root]


def _setup_cfg(text: str) -> list[str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    roots = []
    if parser.has_option("options", "package_dir"):
        pairs = (
            line.partition("=") for line in (parser.get("options", "package_dir") or "").replace(",", "\n").splitlines()
        )
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
    for part in (_table(_table(setuptools, "packages"), "find"),):
        where = part.get("where", [])
        roots += where if isinstance(where, list) else [where]
    roots += [p["from"] for p in _list(_table(tool, "poetry"), "packages") if isinstance(p, dict) and "from" in p]
    roots += _hatch(_table(_table(tool, "hatch"), "build"))
    roots.append(_table(_table(tool, "pdm"), "build").get("package-dir"))
    roots.append(_table(tool, "maturin").get("python-source"))
    roots.append(_table(_table(tool, "uv"), "build-backend").get("module-root"))
    return [root for root in roots if isinstance(root, str)]


def _hatch(build: Code) -> list[str]:
    roots: list[str] = []
    targets = _table(build, "targets")
    for table in (build, *(_table(targets, name) for name in sorted(targets))):
        sources = table.get("sources", [])
        roots += (
            [s for s in sources if isinstance(s, str)]
            if isinstance(sources, list)
            else [k for k, v in sources.items() if v == ""]
        )
        roots += [p.rpartition("/")[0] for p in _list(table, "packages") if isinstance(p, str) and "/" in p]
    return roots


def _table(value: Code, key: str) -> Code:
    found = value.get(key, {})
    return found if isinstance(found, dict) else {}


def _list(value: Code, key: str) -> list[Any]:
    found = value.get(key, [])
    return found if isinstance(found, list) else []


def _folder(root: str) -> str | None:
    """A folder relative to the packaging file's, or None when it leaves it or is a pattern."""
    parts = [part for part in root.replace("\\", "/").split("/") if part not in ("", ".")]
    return None if ".." in parts or "*" in root else "/".join(parts)
