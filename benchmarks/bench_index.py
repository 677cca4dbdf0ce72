"""Measures a whole index of a source archive: files per CPU-second, peak memory, ratio to `ast.parse` of the files.

python -m benchmarks.bench_index [--package Django==5.1.4] [--workers N] [--runs 3] [--beside M]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.corpus import archive_repository
from benchmarks.measure import ProcessCost, run

PARSE_ALL = """
import ast, gc, sys, warnings
warnings.simplefilter("ignore"); gc.disable()
for line in open(sys.argv[1]):
    try: ast.parse(open(line.rstrip("\\n"), "rb").read())
    except (SyntaxError, ValueError): pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default="Django==5.1.4")
    parser.add_argument("--workers", type=int, default=1, help="processes; 0 is one per core")
    parser.add_argument(
        "--beside", type=int, help="other number of processes, in turn with the first: the ratio of their wall times"
    )
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    repository = archive_repository(options.package)
    python = sorted(str(p) for p in repository.rglob("*.py") if ".git" not in p.parts)
    rows, others = [], []
    for _ in range(options.runs):
        rows.append(measure_once(repository, python, options.workers))
        if options.beside is not None:
            others.append(index_once(repository, options.beside))
    index, idle, floor = zip(*rows, strict=True)
    cpu, idle_cpu, parse_cpu = (statistics.median(cost.cpu for cost in costs) for costs in (index, idle, floor))
    first, *_ = index
    *_, report_line = first.out.strip().splitlines()
    report = json.loads(report_line)
    cluster_seconds = next(step["seconds"] for step in report["steps"] if step["step"] == "cluster")
    queryable_cpu = cpu - idle_cpu - cluster_seconds
    workers = options.workers or "one per core"
    print(f"{options.package}: {len(python)} .py files, {workers} worker(s), median of {options.runs} runs")
    for step in report["steps"]:
        print(f"  {step['step']:9} {step['seconds']:6.2f} s wall  {step['counts']}")
    print(f"  whole index        {cpu:6.2f} CPU-s  {statistics.median(m.wall for m in index):6.2f} s wall")
    print(
        f"  of it              {idle_cpu:6.2f} CPU-s for the start of a process with nothing to do, "
        f"{cluster_seconds:.2f} s for clusters"
    )
    print(
        f"  files per CPU-s    {len(python) / queryable_cpu:6.0f}         (bar: 150) of parse, graph, embed, snapshot: "
        "the graph, search and vectors"
    )
    print(f"                     {len(python) / cpu:6.0f}         of the whole command")
    print(f"  peak memory (PSS)  {max(m.peak_mb for m in index):6.0f} MB      (bar: 400)")
    print(f"  ast.parse alone    {parse_cpu:6.2f} CPU-s; the whole index costs {cpu / parse_cpu:.2f} times that")
    if others:
        print_other_workers(list(index), others, options.beside)


def print_other_workers(index: list[ProcessCost], others: list[ProcessCost], workers: int) -> None:
    """Print the smallest cost of another number of workers; on a busy machine larger figures mean little."""
    wall, cpu, memory = min(m.wall for m in others), min(m.cpu for m in others), max(m.peak_mb for m in others)
    ratio = wall / min(m.wall for m in index)
    print(
        f"  {workers} worker(s)        {cpu:6.2f} CPU-s  {wall:6.2f} s wall at best, {memory:.0f} MB: "
        f"{ratio:.2f} of the wall time"
    )


def index_once(repository: Path, workers: int) -> ProcessCost:
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as home:
        return index_in(home, repository, workers)


def index_in(home: str, repository: Path, workers: int) -> ProcessCost:
    cost = run(
        [sys.executable, "-m", "aura_cli", "index", str(repository), "--json"],
        {"AURA_HOME": home, "AURA_WORKERS": str(workers)},
    )
    if cost.code:
        raise SystemExit(f"aura index ended with {cost.code}")
    return cost


def measure_once(repository: Path, python: list[str], workers: int) -> tuple[ProcessCost, ProcessCost, ProcessCost]:
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as home:
        index, idle = (index_in(home, repository, workers) for _ in range(2))
        listing = Path(home) / "files"
        listing.write_text("\n".join(python))
        return index, idle, run([sys.executable, "-c", PARSE_ALL, str(listing)])


if __name__ == "__main__":
    main()
