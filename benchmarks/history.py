"""Indexes a history commit by commit, each updated from the one before, and compares it with a clean rebuild.

python -m benchmarks.history REPO [--commits 300] [--order time|random] [--ref HEAD …] [--every 1] [--reopen 0.1]
[--near 0.5]

REPO is a git repository on this machine, read and never written. Prints commits checked, digests and recorded reads
that differ, files linked against files changed, bytes written and CPU seconds a commit. The exit code is 1 when
anything differs.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from aura_core.indexing import link_cache
from aura_core.indexing.steps.graph import link
from aura_core.indexing.steps.parse import parse_tree
from aura_core.indexing.steps.report import silent
from aura_core.indexing.verify import Rebuilder, difference
from aura_core.model.snapshot import Tree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from aura_core.workers.pool import without_cyclic_gc


@dataclass(slots=True)
class Row:
    """One commit: its figures, and how a clean rebuild differs (``difference``, "" when it does not).

    ``changed_files`` are against the commit before it in this run, ``bytes_by_table`` were written, ``tree``,
    ``parse``, ``graph`` and ``rebuild`` are CPU seconds.
    """

    sha: str
    files: int
    changed_files: int
    linked_files: int
    bytes_by_table: dict[str, int]
    tree: float
    parse: float
    graph: float
    rebuild: float = 0.0
    difference: str = ""
    is_compared: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--order", choices=("time", "random"), default="time")
    parser.add_argument(
        "--ref", action="append", help="branch, tag or commit whose ancestors are taken; may be repeated"
    )
    parser.add_argument("--every", type=int, default=1, help="compare every Nth commit")
    parser.add_argument(
        "--reopen",
        type=float,
        default=0.1,
        help="share of commits before which all that only this process remembers is forgotten",
    )
    parser.add_argument(
        "--near",
        type=float,
        default=link_cache.MAX_CHANGED_SHARE,
        help="share of files that may differ before a tree is linked from nothing; 9: never",
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    link_cache.MAX_CHANGED_SHARE = options.near
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
        shas = commits(options.repository, options.ref or ["HEAD"], options.commits)
        if options.order == "random":
            random.Random(options.seed).shuffle(shas)
        bare = own_copy(options.repository, Path(folder) / "repository.git")
        stores = open_stores(Settings(home=Path(folder) / "home", workers=1))
        try:
            rows = run(stores, bare, shas, options)
        finally:
            stores.close()
    sys.exit(report(rows))


def commits(repository: Path, refs: Sequence[str], count: int) -> list[str]:
    """Return the newest commits of some refs, oldest first."""
    command = ["git", "-C", str(repository), "rev-list", "--topo-order", f"--max-count={count}", *refs, "--"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[::-1]


def own_copy(repository: Path, target: Path) -> Path:
    """Make a bare repository that borrows the objects, so that nothing is ever written to the original."""
    subprocess.run(["git", "clone", "--quiet", "--bare", "--shared", str(repository), str(target)], check=True)
    return target


def run(stores: Stores, bare: Path, shas: Sequence[str], options: argparse.Namespace) -> list[Row]:
    """Index and compare one commit after another."""
    repository = Aura(stores).add(str(bare), from_cli=True)
    source = stores.sources.open(repository)
    rebuilder = Rebuilder(stores, source)
    forgets = random.Random(options.seed + 1)
    rows: list[Row] = []
    before: dict[str, str] = {}
    for place, sha in enumerate(shas):
        if forgets.random() < options.reopen:
            link_cache.drop_from_memory(stores, repository.id)
        row, tree = once(stores, source, repository.id, sha, before)
        before = {f.path: f.blob for f in tree.files}
        if place % options.every == 0 or place == len(shas) - 1:
            compare(stores, repository.id, row, rebuilder, tree)
        rows.append(row)
        if row.difference:
            print(f"{sha}: {row.difference}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{place + 1} of {len(shas)}", end="", file=sys.stderr, flush=True)
    return rows


def once(stores: Stores, source: Source, repo: str, sha: str, before: dict[str, str]) -> tuple[Row, Tree]:
    """Parse and link one commit; ``before`` has the blobs of the commit before by path."""
    sizes_before = stores.snapshots.sizes()
    times = [time.process_time()]
    tree = source.tree(sha)
    times.append(time.process_time())
    with without_cyclic_gc():
        parse_tree(stores, source, repo, tree, silent)
        times.append(time.process_time())
        manifest, counts = link(stores, repo, tree, silent)
    times.append(time.process_time())
    blobs = {file.path: file.blob for file in tree.files}
    changed_files = sum(before.get(path) != blobs.get(path) for path in {*before, *blobs})
    cpu_seconds = [end - start for start, end in pairwise(times)]
    bytes_by_table = {table: size - sizes_before[table] for table, size in stores.snapshots.sizes().items()}
    return Row(sha, len(manifest.entries), changed_files, counts["linked"], bytes_by_table, *cpu_seconds), tree


def compare(stores: Stores, repo: str, row: Row, rebuilder: Rebuilder, tree: Tree) -> None:
    """Link the commit from nothing and record the difference."""
    start = time.process_time()
    rebuilt = rebuilder.rebuild(tree)
    row.rebuild = time.process_time() - start
    stored = stores.snapshots.manifest(repo, row.sha)
    row.difference = difference(stores, stored, rebuilt) if stored is not None else "not stored"
    row.is_compared = True


def report(rows: Sequence[Row]) -> int:
    """Print the figures; return 1 when anything differs."""
    _first, *later = rows
    *_, newest = rows
    comparisons = [row for row in rows if row.is_compared]
    differences = [row for row in comparisons if row.difference]
    changes, links = sum(row.changed_files for row in later), sum(row.linked_files for row in later)
    print(f"{len(rows)} commits indexed, {len(comparisons)} compared with a clean rebuild, {len(differences)} differ")
    print(f"  files at the end        {newest.files}")
    print(f"  files changed           {spread([row.changed_files for row in later])}, {changes} in all")
    print(
        f"  files linked            {spread([row.linked_files for row in later])}, {links} in all: "
        f"{links / max(changes, 1):.2f} a file changed"
    )
    print(f"  bytes written a commit  {spread([sum(row.bytes_by_table.values()) for row in later])}")
    for table in newest.bytes_by_table:
        print(f"    {table:21} {spread([row.bytes_by_table[table] for row in later])}")
    for name in ("tree", "parse", "graph"):
        print(f"  {name:6} CPU ms a commit  {spread([round(getattr(row, name) * 1000, 1) for row in later])}")
    print(f"  clean rebuild, CPU ms   {spread([round(row.rebuild * 1000, 1) for row in comparisons])}")
    return 1 if differences else 0


def spread(values: Sequence[float]) -> str:
    """Return the median, 95th percentile, maximum and mean in words."""
    values = sorted(values) or [0]
    median, percentile95 = values[len(values) // 2], values[int(len(values) * 0.95)]
    return f"p50 {median:g}  p95 {percentile95:g}  max {max(values):g}  mean {sum(values) / len(values):.1f}"


if __name__ == "__main__":
    main()
