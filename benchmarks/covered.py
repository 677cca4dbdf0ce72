"""Line and branch coverage of the rooms where a mistake would lose or invent edges, from the data that `make coverage`
has just written.

python -m benchmarks.covered [--least 90] [--data .coverage]

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
    "change detection": ("aura_core/sources/*.py",),
    "linking dependencies": (
        *(
            f"aura_core/linking/{name}.py"
            for name in (
                "incremental",
                "state/*",
                "program",
                "dependency_keys",
                "fragments",
                "module_names",
                "hierarchy",
            )
        ),
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
        *(f"aura_core/indexing/{name}.py" for name in ("runs", "sync", "poll")),
    ),
    "collecting": (
        *(
            f"aura_core/adapters/{name}.py"
            for name in ("snapshots/sweep", "snapshots/retirement", "vectors/*", "last_use", "pacer")
        ),
        "aura_core/indexing/gc.py",
    ),
}


class Share(NamedTuple):
    """Lines and branches that there are, and those that ran."""

    lines: int
    lines_run: int
    branches: int
    branches_run: int

    def per_cent(self) -> tuple[float, float]:
        """Of lines, of branches; 100 where there are none."""
        return 100 * self.lines_run / max(
            self.lines, 1
        ), 100 * self.branches_run / self.branches if self.branches else 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--least", type=float, default=90.0)
    parser.add_argument("--data", default=".coverage")
    options = parser.parse_args()
    sys.exit(report(measured(options.data), options.least))


def measured(data: str) -> dict[str, Share]:
    """What ran of each file, by its path from here."""
    coverage = Coverage(data_file=data, branch=True)
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(out))
        files: Mapping[str, Any] = json.loads(out.read_text())["files"]
    return {name: _share(found["summary"]) for name, found in files.items()}


def _share(summary: Mapping[str, int]) -> Share:
    return Share(
        summary["num_statements"], summary["covered_lines"], summary["num_branches"], summary["covered_branches"]
    )


def report(files: Mapping[str, Share], least: float) -> int:
    """Print the figures; 1 when a room is not above ``least``, or has no file that was measured."""
    bad = 0
    for room, patterns in ROOMS.items():
        mine = {name: share for name, share in files.items() if any(fnmatch(name, pattern) for pattern in patterns)}
        whole = total(mine.values())
        ok = bool(mine) and min(whole.per_cent()) > least
        bad += not ok
        print(f"{'ok  ' if ok else 'LESS'} {room:22} {_figures(whole)}  {len(mine)} files")
        for name, share in sorted(mine.items()):
            if min(share.per_cent()) <= least:
                print(f"       {name:50} {_figures(share)}")
    return 1 if bad else 0


def total(shares: Iterable[Share]) -> Share:
    """The sum of some files."""
    return (
        Share(*(sum(column) for column in zip(*shares, strict=True))) if (shares := list(shares)) else Share(0, 0, 0, 0)
    )


def _figures(share: Share) -> str:
    lines, branches = share.per_cent()
    return f"lines {lines:5.1f} %  branches {branches:5.1f} %"


if __name__ == "__main__":
    main()
