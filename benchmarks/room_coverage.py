"""Prints line and branch coverage of the rooms where a mistake would lose or invent edges, from the data that
`make coverage` has just written.

python -m benchmarks.room_coverage [--least 90] [--data .coverage]

Prints a line for each room and each file of it that has less; the exit code is 1 when lines or branches of a room are
not above ``--least`` per cent.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from coverage import Coverage

ROOMS = {
    "change detection": ("aura_core/sources/*.py", "aura_core/sources/*/*.py"),
    "linking dependencies": (
        "aura_core/linking/incremental_linker.py",
        "aura_core/linking/state/*.py",
        "aura_core/linking/program.py",
        "aura_core/linking/dependency_keys.py",
        "aura_core/linking/fragments.py",
        "aura_core/linking/modules/module_names.py",
        "aura_core/linking/hierarchy.py",
        "aura_core/linking/early_layers.py",
        "aura_core/linking/link_plan.py",
        "aura_core/linking/summary.py",
        "aura_core/linking/spelling.py",
        "aura_core/linking/state_writer.py",
        "aura_core/indexing/link_cache.py",
    ),
    "publishing": (
        "aura_core/adapters/catalog/publisher.py",
        "aura_core/adapters/snapshots/manifests.py",
        "aura_core/adapters/snapshots/drafts.py",
        "aura_core/indexing/steps/snapshot.py",
    ),
    "leases": (
        "aura_core/adapters/catalog/leases.py",
        "aura_core/adapters/catalog/events.py",
        "aura_core/files.py",
        "aura_core/indexing/runs.py",
        "aura_core/indexing/sync.py",
        "aura_core/indexing/poll.py",
    ),
    "collecting": (
        "aura_core/adapters/snapshots/sweep.py",
        "aura_core/adapters/snapshots/retirement.py",
        "aura_core/adapters/vectors/*.py",
        "aura_core/adapters/last_use.py",
        "aura_core/adapters/pacer.py",
        "aura_core/indexing/gc.py",
    ),
}


class Share(NamedTuple):
    """How many lines and branches there are, and how many of them ran."""

    lines: int
    lines_run: int
    branches: int
    branches_run: int

    def per_cent(self) -> tuple[float, float]:
        """Return the per cent of lines and of branches that ran; of no branches 100."""
        lines = 100 * self.lines_run / max(self.lines, 1)
        return lines, 100 * self.branches_run / self.branches if self.branches else 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--least", type=float, default=90.0)
    parser.add_argument("--data", default=".coverage")
    options = parser.parse_args()
    sys.exit(report(read_coverage(options.data), options.least))


def read_coverage(data: str) -> dict[str, Share]:
    """Return the coverage of each file, by its path below the current folder."""
    coverage = Coverage(data_file=data, branch=True)
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(out))
        files: Mapping[str, Any] = json.loads(out.read_text())["files"]
    return {name: _share(file["summary"]) for name, file in files.items()}


def _share(summary: Mapping[str, int]) -> Share:
    return Share(
        summary["num_statements"], summary["covered_lines"], summary["num_branches"], summary["covered_branches"]
    )


def report(files: Mapping[str, Share], least: float) -> int:
    """Print the figures; return 1 when a room is not above ``least`` per cent, or none of its files was measured."""
    failures = 0
    for room, patterns in ROOMS.items():
        shares = {name: share for name, share in files.items() if any(fnmatch(name, pattern) for pattern in patterns)}
        room_share = total(shares.values())
        ok = bool(shares) and min(room_share.per_cent()) > least
        failures += not ok
        print(f"{'ok  ' if ok else 'LESS'} {room:22} {_figures(room_share)}  {len(shares)} files")
        for name, share in sorted(shares.items()):
            if min(share.per_cent()) <= least:
                print(f"       {name:50} {_figures(share)}")
    return 1 if failures else 0


def total(shares: Iterable[Share]) -> Share:
    """Return the sum of some files."""
    return Share(*map(sum, zip(Share(0, 0, 0, 0), *shares, strict=True)))


def _figures(share: Share) -> str:
    lines, branches = share.per_cent()
    return f"lines {lines:5.1f} %  branches {branches:5.1f} %"


if __name__ == "__main__":
    main()
