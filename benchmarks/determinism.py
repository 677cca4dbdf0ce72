"""A whole index again and again, under other hash seeds and numbers of workers: the same bytes each time, and what a
second worker saves.

python -m benchmarks.determinism [REPO] [--package Django==5.1.4] [--runs 10] [--workers 1,2]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import archive_repository
from benchmarks.measure import Measured, environment, run


@dataclass(frozen=True, slots=True)
class Indexed:
    """One index from nothing: what it cost, wall seconds by step, and a sum of each of its outputs."""

    workers: int
    cost: Measured
    steps: dict[str, float]
    sums: dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "repository", type=Path, nargs="?", help="a git repository; by default the archive of --package"
    )
    parser.add_argument("--package", default="Django==5.1.4")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--workers", default="1,2", help="numbers of workers, in turn")
    options = parser.parse_args()
    repository = options.repository or archive_repository(options.package)
    workers = [int(n) for n in options.workers.split(",")]
    rows: list[Indexed] = []
    for number in range(options.runs):
        rows.append(indexed(repository.resolve(), workers[number % len(workers)], seed=number))
        say(number, rows[-1])
    other = sorted({name for row in rows for name, found in row.sums.items() if found != rows[0].sums[name]})
    print(f"{len(rows)} runs: {'other ' + ', '.join(other) if other else 'the same ' + ', '.join(rows[0].sums)}")
    compare(rows, workers)
    raise SystemExit(bool(other))


def indexed(repository: Path, workers: int, seed: int) -> Indexed:
    """``aura index`` and ``aura graph export`` in a new home."""
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as home:
        env = {"AURA_HOME": home, "AURA_WORKERS": str(workers), "PYTHONHASHSEED": str(seed)}
        cost = run([sys.executable, "-m", "aura_cli", "index", str(repository), "--json"], env)
        if cost.code:
            raise SystemExit(f"aura index ended with {cost.code}")
        report = json.loads(cost.out.strip().splitlines()[-1])
        sums = {"digest": report["digest"], "export": exported(repository, env), "view": views(Path(home))}
        return Indexed(workers, cost, {step["step"]: step["seconds"] for step in report["steps"]}, sums)


def exported(repository: Path, env: dict[str, str]) -> str:
    """A sum over the bytes that ``aura graph export`` prints."""
    command = [sys.executable, "-m", "aura_cli", "graph", "export", "--repo", str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(env)) as child:
        assert child.stdout is not None
        found = hashlib.file_digest(child.stdout, "sha256").hexdigest()  # type: ignore[arg-type]
    if child.returncode:
        raise SystemExit(f"aura graph export ended with {child.returncode}")
    return found


def views(home: Path) -> str:
    """A sum over the files of views, with the search index and the vectors."""
    found = hashlib.sha256()
    for file in sorted(home.rglob("*.view")):
        found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()


def say(number: int, row: Indexed) -> None:
    steps = "  ".join(f"{name} {seconds:.1f}" for name, seconds in row.steps.items())
    cost = f"{row.cost.wall:6.2f} s wall  {row.cost.cpu:6.2f} CPU-s  {row.cost.peak_mb:4.0f} MB"
    sums = "  ".join(f"{name} {found[:8]}" for name, found in row.sums.items())
    print(
        f"seed {number}, {row.workers} worker(s): {cost}  ({steps}; load {os.getloadavg()[0]:.1f})  {sums}", flush=True
    )


def compare(rows: list[Indexed], workers: list[int]) -> None:
    """The least that each number of workers needed: on a machine that does other things too, more says little."""
    best = {
        n: min((row.cost for row in rows if row.workers == n), key=lambda cost: cost.wall)
        for n in workers
        if any(r.workers == n for r in rows)
    }
    for n, cost in best.items():
        print(
            f"  {n} worker(s): {cost.wall:6.2f} s wall at best, {min(r.cost.cpu for r in rows if r.workers == n):6.2f} CPU-s"
        )
    if 1 in best and 2 in best:
        print(f"  wall time of two workers: {best[2].wall / best[1].wall:.2f} of one (bar: 0.60)")


if __name__ == "__main__":
    main()
