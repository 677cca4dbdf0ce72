"""Makes a whole index again and again under other hash seeds and numbers of workers: the bytes must be the same.

It also prints what a second worker saves.

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
from benchmarks.measure import ProcessCost, environment, run


@dataclass(frozen=True, slots=True)
class IndexRun:
    """One index from nothing: its cost, wall seconds by step, and a checksum of each of its outputs."""

    workers: int
    cost: ProcessCost
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
    rows: list[IndexRun] = []
    for number in range(options.runs):
        row = index_once(repository.resolve(), workers[number % len(workers)], seed=number)
        print_run(number, row)
        rows.append(row)
    first, *_ = rows
    other = sorted({name for row in rows for name, value in row.sums.items() if value != first.sums[name]})
    print(f"{len(rows)} runs: {'other ' + ', '.join(other) if other else 'the same ' + ', '.join(first.sums)}")
    compare(rows, workers)
    raise SystemExit(bool(other))


def index_once(repository: Path, workers: int, seed: int) -> IndexRun:
    """Run ``aura index`` and ``aura graph export`` in a new home."""
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as home:
        env = {"AURA_HOME": home, "AURA_WORKERS": str(workers), "PYTHONHASHSEED": str(seed)}
        cost = run([sys.executable, "-m", "aura_cli", "index", str(repository), "--json"], env)
        if cost.code:
            raise SystemExit(f"aura index ended with {cost.code}")
        *_, report_line = cost.out.strip().splitlines()
        report = json.loads(report_line)
        sums = {"digest": report["digest"], "export": export_sum(repository, env), "view": views_sum(Path(home))}
        return IndexRun(workers, cost, {step["step"]: step["seconds"] for step in report["steps"]}, sums)


def export_sum(repository: Path, env: dict[str, str]) -> str:
    """Return a checksum of the bytes that ``aura graph export`` prints."""
    command = [sys.executable, "-m", "aura_cli", "graph", "export", "--repo", str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(env)) as child:
        assert child.stdout is not None
        checksum = hashlib.file_digest(child.stdout, "sha256").hexdigest()  # type: ignore[arg-type]
    if child.returncode:
        raise SystemExit(f"aura graph export ended with {child.returncode}")
    return checksum


def views_sum(home: Path) -> str:
    """Return a checksum of the files of views, with the search index and the vectors."""
    checksum = hashlib.sha256()
    for file in sorted(home.rglob("*.view")):
        checksum.update(file.name.encode() + file.read_bytes())
    return checksum.hexdigest()


def print_run(number: int, row: IndexRun) -> None:
    steps = "  ".join(f"{name} {seconds:.1f}" for name, seconds in row.steps.items())
    cost = f"{row.cost.wall:6.2f} s wall  {row.cost.cpu:6.2f} CPU-s  {row.cost.peak_mb:4.0f} MB"
    sums = "  ".join(f"{name} {value[:8]}" for name, value in row.sums.items())
    load, *_ = os.getloadavg()
    print(f"seed {number}, {row.workers} worker(s): {cost}  ({steps}; load {load:.1f})  {sums}", flush=True)


def compare(rows: list[IndexRun], workers: list[int]) -> None:
    """Print the smallest cost of each number of workers; on a busy machine larger figures mean little."""
    best = {
        n: min((row.cost for row in rows if row.workers == n), key=lambda cost: cost.wall)
        for n in workers
        if any(r.workers == n for r in rows)
    }
    for n, cost in best.items():
        cpu = min(row.cost.cpu for row in rows if row.workers == n)
        print(f"  {n} worker(s): {cost.wall:6.2f} s wall at best, {cpu:6.2f} CPU-s")
    if 1 in best and 2 in best:
        print(f"  wall time of two workers: {best[2].wall / best[1].wall:.2f} of one (bar: 0.60)")


if __name__ == "__main__":
    main()
