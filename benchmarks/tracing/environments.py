"""Prepares a trace on disk: a copy of the tree to run in, and an environment with what the package's tests import."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path

CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def cache() -> Path:
    """Return the folder of environments, traces and answers; without it the next run starts from nothing."""
    return user_cache_path("aura-bench") / "tracing"


def fingerprint(*parts: str | bytes) -> str:
    """Return twelve hex digits that change with any of the parts."""
    parts_bytes = [p.encode() if isinstance(p, str) else p for p in parts]
    return hashlib.sha256(b"\0".join(parts_bytes)).hexdigest()[:12]


def environment(name: str, needs: Iterable[str]) -> Path:
    """Return the Python of an environment that has the named distributions at the versions of ``constraints.txt``.

    The environment is made when it is missing.
    """
    names = sorted(needs)  # one with its own version is not constrained
    folder = cache() / "environments" / f"{name}-{fingerprint(sys.version, CONSTRAINTS.read_bytes(), *names)}"
    python = folder / "bin" / "python"
    if (folder / ".made").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    if names:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--python",
            str(python),
            "install",
            "--quiet",
        ]
        constraints = folder / "constraints.txt"
        constraints.write_text(_without_pinned(CONSTRAINTS.read_text(), names))
        subprocess.run([*pip, "--constraint", str(constraints), *names], check=True)
    (folder / ".made").touch()
    return python


def _without_pinned(constraints: str, names: Iterable[str]) -> str:
    """Return the lines of a constraints file without those of distributions whose version is in their name."""
    pinned = {name.partition("==")[0] for name in names if "==" in name}
    return "\n".join(line for line in constraints.splitlines() if line.partition("==")[0] not in pinned)


def copy_tree(tree: Path, folder: Path) -> Path:
    """Copy a tree without its history, for a program that may write into it."""
    shutil.copytree(tree, folder, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    return folder
