"""A small program that runs under the recorder."""

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

from benchmarks.tracing.calls import Place, Trace, read_trace
from benchmarks.tracing.definitions import Tree
from benchmarks.tracing.traces import RECORDER
from tests.support import PATIENCE_SECONDS

TraceProgram = Callable[[str], tuple[Tree, Trace]]


@pytest.fixture
def trace_program(tmp_path: Path) -> TraceProgram:
    """Writes a program as ``prog.py``, runs it under the recorder, and maps what it called."""

    def run(text: str) -> tuple[Tree, Trace]:
        root = tmp_path / "tree"
        root.mkdir()
        (root / "prog.py").write_text(dedent(text))
        (root / "start.py").write_text("import prog\nprog.main()\n")
        return Tree(root), read_trace(Tree(root), record(root, tmp_path / "trace.json.gz", "start"))

    return run


def record(root: Path, out: Path, module: str) -> dict[str, Any]:
    """Return the recorder's rows for ``python -m module``."""
    command = [sys.executable, str(RECORDER / "traced_run.py"), str(root), str(out), "--path", ".", module]
    subprocess.run(command, cwd=root, check=True, timeout=PATIENCE_SECONDS)
    with gzip.open(out, "rt") as file:
        rows: dict[str, Any] = json.load(file)
    return rows


def calls_of(trace: Trace) -> set[str]:
    """Return ``caller -> callee (sort)`` of every direct call."""
    return {f"{caller_name(place)} -> {callee.qualname} ({sort})" for place, callee, sort in trace.happened()}


def caller_name(place: Place) -> str:
    """Return the function that a place is in, or else its file."""
    path, function = place.caller
    return function.qualname if function else path
