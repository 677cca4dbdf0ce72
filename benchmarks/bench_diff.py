"""How long it takes to say what differs between the graphs of two commits, and to write out a whole graph.

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
        pairs = chosen(shas, options)
        print(f"{len(shas)} commits of {files:,} files, {len(pairs)} pairs at most {options.apart} commits apart")
        say(
            "diff, manifests at hand ",
            [timed(lambda p=p: difference(stores, repository.id, *p)) for p in pairs],
            "(bar: p50 100 ms)",
        )
        say("diff, store just opened ", [fresh(settings, repository.id, p) for p in pairs[:20]], "(bar: p50 100 ms)")
        whole(Aura(stores), repository)
        stores.close()


def index(stores: Stores, bare: Path, shas: Sequence[str]) -> tuple[Repository, int]:
    """Parse and link; the repository and how many files its last commit has."""
    repository = Aura(stores).add(str(bare), from_cli=True)
    source = stores.sources.open(repository)
    rows = [once(stores, source, repository.id, sha, {})[0] for sha in shas]
    return repository, rows[-1].files


def chosen(shas: Sequence[str], options: argparse.Namespace) -> list[Pair]:
    """Pairs at random, in either direction, the same ones every time."""
    picks, found = random.Random(0), []
    for _ in range(options.pairs):
        first = picks.randrange(len(shas) - 1)
        last = min(len(shas) - 1, first + picks.randint(1, options.apart))
        ends = [shas[place] for place in (first, last)]
        picks.shuffle(ends)
        found.append((ends[0], ends[1]))
    return found


def difference(stores: Stores, repo: str, old: str, new: str) -> GraphDiff:
    """From the manifests alone, as the question itself is asked once its two snapshots are located."""
    manifests = [stores.snapshots.manifest(repo, sha) for sha in (old, new)]
    return diff_manifests(stores, *manifests)


def fresh(settings: Settings, repo: str, pair: Pair) -> tuple[float, float]:
    stores = open_stores(settings)
    try:
        return timed(lambda: difference(stores, repo, *pair))
    finally:
        stores.close()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(wall, CPU) milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def say(what: str, times: Sequence[tuple[float, float]], bar: str) -> None:
    wall, cpu = zip(*times, strict=True)
    print(
        f"  {what}  p50 {quantile(wall, 0.5):6.1f} ms  p95 {quantile(wall, 0.95):6.1f} ms wall, median {statistics.median(cpu):6.1f} ms CPU   {bar}"
    )


def whole(aura: Aura, repository: Repository) -> None:
    """One graph, by coding."""
    from aura_api.routes.export import lines_of

    sha = aura.snapshots(repository.id, limit=1).snapshots[0].sha
    for coding in ("identity", "gzip", "zstd"):
        started = time.process_time()
        size = sum(map(len, coded(lines_of(aura.at(repository.id, sha).export()), coding)))
        print(f"  whole graph, {coding:9}  {time.process_time() - started:6.2f} CPU-s, {size / 1e6:6.1f} MB")


if __name__ == "__main__":
    main()
