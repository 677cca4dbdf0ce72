"""A small program, traced for real."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from benchmarks.tracing.calls import Trace, read_trace
from benchmarks.tracing.definitions import Tree
from benchmarks.tracing.traces import RECORDER
from tests.support import PATIENCE_SECONDS

Traced = Callable[[str], tuple[Tree, Trace]]


@pytest.fixture
def traced(tmp_path: Path) -> Traced:
    """Writes a program as ``prog.py``, runs it under the recorder, and maps what it called."""

    def run(text: str) -> tuple[Tree, Trace]:
        root = tmp_path / "tree"
        root.mkdir()
        (root / "prog.py").write_text(dedent(text))
        (root / "start.py").write_text("import prog\nprog.main()\n")
        return Tree(root), read_trace(Tree(root), record(root, tmp_path / "trace.json.gz", "start"))

    return run


def record(root: Path, out: Path, module: str) -> dict[str, Any]:
    """The recorder's rows for ``python -m module``."""
    command = [sys.executable, str(RECORDER / "traced_run.py"), str(root), str(out), "--path", ".", module]
    subprocess.run(command, cwd=root, check=True, timeout=PATIENCE_SECONDS)
    with gzip.open(out, "rt") as file:
        found: dict[str, Any] = json.load(file)
    return found


def spoken(trace: Trace) -> set[str]:
    """``caller -> callee (sort)`` of every direct call."""
    return {
        f"{p.caller[1].qualname if p.caller[1] else p.caller[0]} -> {c.qualname} ({sort})"
        for p, c, sort in trace.happened()
    }
