"""IMPORTS and EXTENDS edges against CPython itself, on installed packages.

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
    """Edges found rightly, found wrongly and missed."""

    right: int = 0
    wrong: Edges = field(default_factory=set)
    missing: Edges = field(default_factory=set)

    def add(self, found: Edges, wanted: Edges) -> None:
        """Count some edges."""
        self.right += len(found & wanted)
        self.wrong |= found - wanted
        self.missing |= wanted - found

    def figures(self) -> tuple[float, float, float]:
        """Precision, recall, F1."""
        precision = self.right / max(self.right + len(self.wrong), 1)
        recall = self.right / max(self.right + len(self.missing), 1)
        return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def installed(package: str) -> tuple[Path, Path]:
    """The folder that a package is installed into, and a git repository with its files alone."""
    home = user_cache_path("aura-bench") / "imports" / PACKAGES[package][0].replace("==", "-")
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
            if extension.with_name(extension.name.partition(".")[0] + ".py").exists():
                extension.unlink()
        shutil.copytree(
            home / "site" / package, home / "tree" / package, ignore=shutil.ignore_patterns("__pycache__", "*.so")
        )
        commit_all(home / "tree", f"{PACKAGES[package][0]} as installed.")
        (home / "done").touch()
    return home / "site", home / "tree"


def truth_of(site: Path, package: str) -> dict[str, Any]:
    """What CPython says."""
    return dict(json.loads(_python(site, package)))


def names_of(site: Path, dotted: Iterable[str]) -> dict[str, str | None]:
    """What CPython calls the things at some import paths; None for those that are not there."""
    return dict(json.loads(_python(site, "--names", "\n".join(sorted(dotted)))))


def _python(site: Path, argument: str, given: str = "") -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-I", "-S", "-B", "-W", "ignore", str(TRUTH), str(site), argument]
        return subprocess.run(
            command, cwd=folder, input=given, capture_output=True, text=True, check=True, timeout=900
        ).stdout


def graph_of(tree: Path) -> list[dict[str, Any]]:
    """The rows of ``aura graph export``, from an index of its own."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "AURA_HOME": home}
        aura = [sys.executable, "-m", "aura_cli"]
        subprocess.run([*aura, "index", str(tree)], env=env, check=True, capture_output=True)
        out = subprocess.run(
            [*aura, "graph", "export", "--repo", str(tree)], env=env, check=True, capture_output=True, text=True
        ).stdout
    return [json.loads(line) for line in out.splitlines()]


def imports_found(rows: list[dict[str, Any]]) -> Edges:
    """Aura's IMPORTS, but for those of stubs, which CPython does not read."""
    edges = [(_path(r["source_uid"]), r) for r in rows if r.get("kind") == "IMPORTS"]
    return {
        (path, OUTSIDE + r["target"] if r["external"] else _path(r["target_uid"]))
        for path, r in edges
        if path.endswith(".py")
    }


def imports_wanted(truth: dict[str, Any], site: Path) -> Edges:
    """CPython's. A module outside the package goes by the name that the statement says."""
    edges = set()
    for path, dotted, file in truth["imports"]:
        inside = _stub(Path(file), site, path.partition(os.sep)[0])
        if inside:
            edges.add((path, inside))
        elif file or dotted.partition(".")[0] != path.partition(os.sep)[0]:
            edges.add((path, OUTSIDE + dotted))
    return {(source, target) for source, target in edges if source != target}


def _stub(file: Path, site: Path, package: str) -> str:
    """A file of the package below the folder, its stub for an extension module; "" for any other."""
    if not file.is_relative_to(site / package):
        return ""
    if file.suffix != ".py":
        file = file.with_name(file.name.partition(".")[0] + ".pyi")
    return str(file.relative_to(site)) if file.exists() else ""


def extends_found(rows: list[dict[str, Any]], site: Path, made: set[str], left: Counter[str]) -> Edges:
    """Aura's EXTENDS of classes that were made."""
    place = {r["uid"]: f"{r['path']}:{r['start']}" for r in rows if r["type"] == "node" and r["kind"] == "class"}
    never = {at for at in place.values() if at not in made}
    left["classes never made"] += len(never)
    edges = [r for r in rows if r.get("kind") == "EXTENDS" and place[r["source_uid"]] in made]
    names = names_of(site, {r["target"] for r in edges if r["external"]})
    found = set()
    for row in edges:
        target = OUTSIDE + (names.get(row["target"]) or row["target"]) if row["external"] else place[row["target_uid"]]
        if target != f"{OUTSIDE}builtins.object" and target not in never:
            found.add((place[row["source_uid"]], target))
    return found


def extends_wanted(truth: dict[str, Any]) -> Edges:
    """CPython's."""
    return {
        (f"{path}:{line}", base if ":" in base else OUTSIDE + base)
        for path, line, bases in truth["extends"]
        for base in bases
    }


def _path(uid: str) -> str:
    return uid.partition("::")[0]


def _inside(edges: Edges) -> Edges:
    return {edge for edge in edges if not edge[1].startswith(OUTSIDE)}


def compare(package: str) -> tuple[dict[str, Score], Counter[str]]:
    """The scores of one package, and what was left out."""
    site, tree = installed(package)
    truth = truth_of(site, package)
    rows = graph_of(tree)
    left = Counter(truth["left"])
    scores = {name: Score() for name in ("IMPORTS", "IMPORTS all", "EXTENDS", "EXTENDS all")}
    found, wanted = imports_found(rows), imports_wanted(truth, site)
    scores["IMPORTS"].add(_inside(found), _inside(wanted))
    scores["IMPORTS all"].add(found, wanted)
    made = {f"{path}:{line}" for path, line, _ in truth["extends"]}
    found, wanted = extends_found(rows, site, made, left), extends_wanted(truth)
    scores["EXTENDS"].add(_inside(found), _inside(wanted))
    scores["EXTENDS all"].add(found, wanted)
    return scores, left


def main() -> None:
    """Print precision, recall and F1 by package and kind of edge, what was left out, and each difference with
    ``--detail``.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"default: {', '.join(PACKAGES)}")
    parser.add_argument("--detail", action="store_true")
    options = parser.parse_args()
    if unknown := sorted(set(options.packages) - set(PACKAGES)):
        parser.error(f"unknown package {unknown[0]}: the packages are {', '.join(PACKAGES)}")
    lowest: dict[str, float] = {}
    print(f"{'package':12} {'edges':12} {'right':>6} {'wrong':>6} {'missing':>7}  precision  recall      F1")
    for package in options.packages or PACKAGES:
        scores, left = compare(package)
        for name, score in scores.items():
            precision, recall, f1 = score.figures()
            lowest[name] = min(lowest.get(name, 1.0), f1)
            print(
                f"{package:12} {name:12} {score.right:6} {len(score.wrong):6} {len(score.missing):7}   {precision:.4f}    {recall:.4f}   {f1:.4f}"
            )
            if options.detail:
                for sign, edges in (("wrong", score.wrong), ("missing", score.missing)):
                    for source, target in sorted(edges):
                        print(f"    {sign:8} {source} -> {target}")
        print(
            f"{package:12} left out or counted apart: {', '.join(f'{n} {what}' for what, n in sorted(left.items())) or 'nothing'}",
            flush=True,
        )
    print("lowest F1: " + ", ".join(f"{name} {value:.4f}" for name, value in lowest.items()))


if __name__ == "__main__":
    main()
