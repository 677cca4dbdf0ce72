"""Measures how long the difference between the graphs of two commits takes, and a whole graph's export.

python -m benchmarks.bench_diff REPO [--commits 40] [--pairs 100] [--apart 5]

REPO is a git repository with history on this machine, read and never written. The newest commits are parsed and linked
(no view is needed); pairs at most ``apart`` of them apart are compared, by a process that remembers manifests and by
one that has just opened the store.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aura_api.stream import coded
from aura_core.model.difference import GraphDiff
from aura_core.model.repository import Repository
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.service.difference import diff_manifests
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from benchmarks.bench_context import quantile
from benchmarks.history import commits, once, own_copy

Pair = tuple[str, str]
"""The shas of an old and a new commit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--apart", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
        settings = Settings(home=Path(folder) / "home", workers=1)
        shas = commits(options.repository, ["HEAD"], options.commits)
        bare = own_copy(options.repository, Path(folder) / "repository.git")
        stores = open_stores(settings)
        repository, files = index(stores, bare, shas)
        pairs = choose_pairs(shas, options)
        print(f"{len(shas)} commits of {files:,} files, {len(pairs)} pairs at most {options.apart} commits apart")
        print_times(
            "diff, manifests at hand ",
            [timed(lambda p=p: difference(stores, repository.id, *p)) for p in pairs],
            "(bar: p50 100 ms)",
        )
        print_times(
            "diff, store just opened ", [fresh(settings, repository.id, p) for p in pairs[:20]], "(bar: p50 100 ms)"
        )
        print_exports(Aura(stores), repository)
        stores.close()


def index(stores: Stores, bare: Path, shas: Sequence[str]) -> tuple[Repository, int]:
    """Parse and link the commits; return the repository and the number of files of the last one."""
    repository = Aura(stores).add(str(bare), from_cli=True)
    source = stores.sources.open(repository)
    for sha in shas:
        row, _ = once(stores, source, repository.id, sha, {})
    return repository, row.files


def choose_pairs(shas: Sequence[str], options: argparse.Namespace) -> list[Pair]:
    """Return random pairs in either direction, the same ones every time."""
    picks, pairs = random.Random(0), []
    for _ in range(options.pairs):
        first = picks.randrange(len(shas) - 1)
        last = min(len(shas) - 1, first + picks.randint(1, options.apart))
        ends = [shas[place] for place in (first, last)]
        picks.shuffle(ends)
        old, new = ends
        pairs.append((old, new))
    return pairs


def difference(stores: Stores, repo: str, old: str, new: str) -> GraphDiff:
    """Return the difference from the manifests alone, as a question does once its two snapshots are located."""
    manifests = [stores.snapshots.manifest(repo, sha) for sha in (old, new)]
    return diff_manifests(stores, *manifests)


def fresh(settings: Settings, repo: str, pair: Pair) -> tuple[float, float]:
    stores = open_stores(settings)
    try:
        return timed(lambda: difference(stores, repo, *pair))
    finally:
        stores.close()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return (wall, CPU) milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def print_times(label: str, times: Sequence[tuple[float, float]], bar: str) -> None:
    wall, cpu = zip(*times, strict=True)
    print(
        f"  {label}  p50 {quantile(wall, 0.5):6.1f} ms  p95 {quantile(wall, 0.95):6.1f} ms wall, "
        f"median {statistics.median(cpu):6.1f} ms CPU   {bar}"
    )


def print_exports(aura: Aura, repository: Repository) -> None:
    """Print the cost and size of one graph's export by content encoding."""
    from aura_api.routes.export import lines_of

    newest, *_ = aura.snapshots(repository.id, limit=1).snapshots
    for encoding in ("identity", "gzip", "zstd"):
        start = time.process_time()
        size = sum(map(len, coded(lines_of(aura.at(repository.id, newest.sha).export()), encoding)))
        print(f"  whole graph, {encoding:9}  {time.process_time() - start:6.2f} CPU-s, {size / 1e6:6.1f} MB")


if __name__ == "__main__":
    main()
