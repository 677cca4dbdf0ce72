"""Compares IMPORTS and EXTENDS edges with CPython itself, on installed packages.

Usage: ``python -m benchmarks.imports [PACKAGE …] [--detail]``. Each package is installed with what it needs at a
pinned version into a folder of its own in the cache; a process that sees nothing but that folder and the standard
library imports every module and records what the import machinery and ``__build_class__`` did (``imports_truth``);
Aura indexes the same files, and the edges of ``aura graph export`` are compared.

IMPORTS: (file, module's file). An edge names the module that the statement names: the sub-module where that is what
the name is bound to, else the module. Statements that did not run (in functions, under ``TYPE_CHECKING``, in modules
that cannot be imported) are compared with what the machinery would resolve. EXTENDS: (class statement, class
statement), by file and line, of the classes that were made; generics by their origin,
``object`` never counts. Classes that were never made are left out on both sides, and so are bases that no class
statement made; both are counted. The columns ``all`` count targets outside the package too, by dotted name, as the
interpreter names them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from benchmarks.corpus import commit_all

PACKAGES = {
    "sqlalchemy": ("sqlalchemy==2.1.9", "greenlet"),
    "pydantic": ("pydantic==2.14.3",),
    "starlette": ("starlette==1.10.0", "httpx==0.28.1", "itsdangerous", "jinja2", "python-multipart"),
    "fastapi": ("fastapi==0.165.0", "httpx==0.28.1", "python-multipart"),
    "httpx": ("httpx==0.28.1", "rich", "click", "pygments"),
    "rich": ("rich==15.0.0",),
    "typer": ("typer==0.29.2",),
    "jinja2": ("jinja2==3.1.6",),
    "networkx": ("networkx==3.6.1", "pytest"),
    "werkzeug": ("werkzeug==3.1.9", "cryptography", "watchdog"),
    "tornado": ("tornado==6.6.1",),
    "django": ("django==5.2.19", "jinja2", "argon2-cffi", "bcrypt", "pyyaml", "redis", "pymemcache", "psycopg2-binary"),
}
"""Import name → what to install, the package itself first."""

TRUTH = Path(__file__).with_name("imports_truth.py")

Edges = set[tuple[str, str]]
"""(file, file), or (``file:line``, ``file:line``); a target outside is ``external:`` and a dotted name."""

OUTSIDE = "external:"


@dataclass(slots=True)
class Score:
    """The edges that an answer has rightly, that it has wrongly, and that it lacks."""

    right: int = 0
    wrong: Edges = field(default_factory=set)
    missing: Edges = field(default_factory=set)

    def add(self, answer: Edges, truth: Edges) -> None:
        """Count some edges."""
        self.right += len(answer & truth)
        self.wrong |= answer - truth
        self.missing |= truth - answer

    def figures(self) -> tuple[float, float, float]:
        """Return precision, recall and F1."""
        precision = self.right / max(self.right + len(self.wrong), 1)
        recall = self.right / max(self.right + len(self.missing), 1)
        return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def install(package: str) -> tuple[Path, Path]:
    """Install a package; return the folder that it is in, and a git repository with its files alone."""
    requirement, *_ = PACKAGES[package]
    home = user_cache_path("aura-bench") / "imports" / requirement.replace("==", "-")
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--target",
            str(home / "site"),
            *PACKAGES[package],
        ]
        subprocess.run(pip, check=True)
        for extension in (home / "site" / package).rglob("*.so"):
            name, _, _ = extension.name.partition(".")
            if extension.with_name(f"{name}.py").exists():
                extension.unlink()
        shutil.copytree(
            home / "site" / package, home / "tree" / package, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
        commit_all(home / "tree", f"{requirement} as installed.")
        (home / "done").touch()
    return home / "site", home / "tree"


def truth_of(site: Path, package: str) -> dict[str, Any]:
    """Return what CPython says of a package, see ``imports_truth``."""
    return dict(json.loads(_python(site, package)))


def names_of(site: Path, import_paths: Iterable[str]) -> dict[str, str | None]:
    """Return the own names of the objects at some import paths; None for a path that has no object."""
    return dict(json.loads(_python(site, "--names", "\n".join(sorted(import_paths)))))


def _python(site: Path, argument: str, standard_input: str = "") -> str:
    """Run ``imports_truth`` in an interpreter that sees the standard library and ``site`` alone."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-S", "-B", "-W", "ignore", str(TRUTH), str(site), argument]
        return subprocess.run(
            command, cwd=folder, input=standard_input, capture_output=True, text=True, check=True, timeout=900
        ).stdout


def graph_of(tree: Path) -> list[dict[str, Any]]:
    """Index a tree in a new home, and return the rows of ``aura graph export``."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "AURA_HOME": home}
        aura = [sys.executable, "-m", "aura_cli"]
        subprocess.run([*aura, "index", str(tree)], env=env, check=True, capture_output=True)
        out = subprocess.run(
            [*aura, "graph", "export", "--repo", str(tree)], env=env, check=True, capture_output=True, text=True
        ).stdout
    return [json.loads(line) for line in out.splitlines()]


def our_imports(rows: list[dict[str, Any]]) -> Edges:
    """Return Aura's IMPORTS edges, without those of stubs, which CPython does not read."""
    edges = [(_path(r["source_uid"]), r) for r in rows if r.get("kind") == "IMPORTS"]
    return {
        (path, OUTSIDE + r["target"] if r["external"] else _path(r["target_uid"]))
        for path, r in edges
        if path.endswith(".py")
    }


def true_imports(truth: dict[str, Any], site: Path) -> Edges:
    """Return CPython's imports. A module outside the package goes by the name in the statement."""
    edges = set()
    for path, module, file in truth["imports"]:
        package, _, _ = path.partition(os.sep)
        top_module, _, _ = module.partition(".")
        file_inside = _file_or_stub(Path(file), site, package)
        if file_inside:
            edges.add((path, file_inside))
        elif file or top_module != package:
            edges.add((path, OUTSIDE + module))
    return {(source, target) for source, target in edges if source != target}


def _file_or_stub(file: Path, site: Path, package: str) -> str:
    """Return a file of the package below ``site``, of an extension module its stub; "" for any other file."""
    if not file.is_relative_to(site / package):
        return ""
    if file.suffix != ".py":
        name, _, _ = file.name.partition(".")
        file = file.with_name(f"{name}.pyi")
    return str(file.relative_to(site)) if file.exists() else ""


def our_extends(rows: list[dict[str, Any]], site: Path, created: set[str], exclusions: Counter[str]) -> Edges:
    """Return Aura's EXTENDS edges of classes that were created, by ``file:line``; count the others."""
    place = {r["uid"]: f"{r['path']}:{r['start']}" for r in rows if r["type"] == "node" and r["kind"] == "class"}
    never_created = {position for position in place.values() if position not in created}
    exclusions["classes never made"] += len(never_created)
    edges = [r for r in rows if r.get("kind") == "EXTENDS" and place[r["source_uid"]] in created]
    names = names_of(site, {r["target"] for r in edges if r["external"]})
    extends = set()
    for row in edges:
        target = OUTSIDE + (names.get(row["target"]) or row["target"]) if row["external"] else place[row["target_uid"]]
        if target != f"{OUTSIDE}builtins.object" and target not in never_created:
            extends.add((place[row["source_uid"]], target))
    return extends


def true_extends(truth: dict[str, Any]) -> Edges:
    """Return CPython's bases."""
    return {
        (f"{path}:{line}", base if ":" in base else OUTSIDE + base)
        for path, line, bases in truth["extends"]
        for base in bases
    }


def _path(uid: str) -> str:
    path, _, _ = uid.partition("::")
    return path


def _inside(edges: Edges) -> Edges:
    return {(source, target) for source, target in edges if not target.startswith(OUTSIDE)}


def compare(package: str) -> tuple[dict[str, Score], Counter[str]]:
    """Return the scores of one package, and how many edges were excluded or counted apart, by reason."""
    site, tree = install(package)
    truth = truth_of(site, package)
    rows = graph_of(tree)
    exclusions = Counter(truth["left"])
    scores = {name: Score() for name in ("IMPORTS", "IMPORTS all", "EXTENDS", "EXTENDS all")}
    created = {f"{path}:{line}" for path, line, _ in truth["extends"]}
    for name, ours, theirs in (
        ("IMPORTS", our_imports(rows), true_imports(truth, site)),
        ("EXTENDS", our_extends(rows, site, created, exclusions), true_extends(truth)),
    ):
        scores[name].add(_inside(ours), _inside(theirs))
        scores[f"{name} all"].add(ours, theirs)
    return scores, exclusions


def main() -> None:
    """Print precision, recall and F1 by package and kind of edge, and each difference with ``--detail``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"default: {', '.join(PACKAGES)}")
    parser.add_argument("--detail", action="store_true")
    options = parser.parse_args()
    if unknown := sorted(set(options.packages) - set(PACKAGES)):
        parser.error(f"unknown package {min(unknown)}: the packages are {', '.join(PACKAGES)}")
    lowest: dict[str, float] = {}
    print(f"{'package':12} {'edges':12} {'right':>6} {'wrong':>6} {'missing':>7}  precision  recall      F1")
    for package in options.packages or PACKAGES:
        scores, exclusions = compare(package)
        for name, score in scores.items():
            precision, recall, f1 = score.figures()
            lowest[name] = min(lowest.get(name, 1.0), f1)
            print(
                f"{package:12} {name:12} {score.right:6} {len(score.wrong):6} {len(score.missing):7}   "
                f"{precision:.4f}    {recall:.4f}   {f1:.4f}"
            )
            if options.detail:
                for sign, edges in (("wrong", score.wrong), ("missing", score.missing)):
                    for source, target in sorted(edges):
                        print(f"    {sign:8} {source} -> {target}")
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(exclusions.items())) or "nothing"
        print(f"{package:12} left out or counted apart: {counts}", flush=True)
    print("lowest F1: " + ", ".join(f"{name} {value:.4f}" for name, value in lowest.items()))


if __name__ == "__main__":
    main()
