"""One recorded run of each package's tests, cached by release, recorder and Python version."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tracing.environments import cache, copy_tree, environment, fingerprint
from benchmarks.tracing.packages import Package

RECORDER = Path(__file__).parent
LIMIT_S = 3600


def trace(package: Package, tree: Path) -> dict[str, Any]:
    """Return the calls that the package's own tests made, recorded now or earlier; see `Recorder.rows`."""
    sources = [(RECORDER / name).read_bytes() for name in ("creations.py", "recorder.py", "traced_run.py")]
    key = fingerprint(package.requirement, *package.command, sys.version, *sources)
    target = cache() / "traces" / f"{package.requirement.replace('==', '-')}-{key}.json.gz"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        record(package, tree, target)
    with gzip.open(target, "rt", encoding="utf-8") as file:
        rows: dict[str, Any] = json.load(file)
    return rows


def record(package: Package, tree: Path, target: Path) -> None:
    """Run the tests under the recorder; their output goes to a file beside the trace.

    Failing tests are no error: their calls happened.
    """
    python = environment(package.name, package.needs)
    paths = [x for p in package.paths for x in ("--path", p)]
    with tempfile.TemporaryDirectory(prefix="aura-trace-") as scratch:
        root = copy_tree(tree, Path(scratch) / "tree")
        command = [str(python), str(RECORDER / "traced_run.py"), str(root), str(target), *paths, *package.command]
        extra = {
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(str(root / p) for p in package.paths),
        }
        present = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV"))}
        with target.with_suffix("").with_suffix(".log").open("w") as log:
            subprocess.run(
                command, cwd=root, env={**present, **extra}, stdout=log, stderr=log, timeout=LIMIT_S, check=False
            )
    if not target.exists():
        raise SystemExit(
            f"{package.requirement}: the tests left no trace; see {target.with_suffix('').with_suffix('.log')}"
        )
