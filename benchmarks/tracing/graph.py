"""Aura's graph of a tree, got as a user would get it: ``aura index``, then ``aura graph export``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from benchmarks.tracing.calls import Caller
from benchmarks.tracing.definitions import Definition, Tree


@dataclass(frozen=True, slots=True)
class Edge:
    """One CALLS edge whose target is in the tree; ``lines`` are those of its sites."""

    caller: Caller
    target: Definition
    resolution: str
    lines: tuple[int, ...]


@dataclass(slots=True)
class Graph:
    """The calls of a tree; by file and line (text, reason) of unresolved sites, and targets outside the tree."""

    edges: list[Edge] = field(default_factory=list)
    unresolved: dict[tuple[str, int], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    outside: dict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))


def ask_aura(tree: Tree) -> Graph:
    """Index the tree into a home of its own and read the export."""
    with tempfile.TemporaryDirectory(prefix="aura-trace-") as home:
        run_aura(home, "index", str(tree.root), "--json")
        rows = [json.loads(line) for line in run_aura(home, "graph", "export", "--repo", str(tree.root)).splitlines()]
    return read_graph(tree, rows)


def run_aura(home: str, *arguments: str) -> str:
    """Run ``aura`` in a home and return its output; exit when it fails."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("AURA_")}
    command = [sys.executable, "-m", "aura_cli", *arguments]
    process = subprocess.run(command, env={**env, "AURA_HOME": home}, capture_output=True, text=True, check=False)
    if process.returncode:
        raise SystemExit(f"aura {' '.join(arguments)} ended with {process.returncode}:\n{process.stderr}")
    return process.stdout


def read_graph(tree: Tree, rows: list[dict[str, Any]]) -> Graph:
    """Map an export's rows to definitions. The code of a class body belongs to the scope around the class."""
    graph = Graph()
    kinds = {row["uid"]: row for row in rows if row["type"] == "node"}
    definitions = {
        uid: _definition(tree, row) for uid, row in kinds.items() if row["kind"] in ("function", "method", "class")
    }
    for row in rows:
        if row["type"] == "unresolved":
            path, _, _ = row["source_uid"].partition("::")
            graph.unresolved[path, row["line"]].append((row["text"], row["reason"]))
        elif row["type"] == "edge" and row["kind"] == "CALLS":
            path, _, _ = row["source_uid"].partition("::")
            target = definitions.get(row["target_uid"])
            if target is not None:
                graph.edges.append(
                    Edge(_caller(row["source_uid"], kinds, definitions), target, row["how"], tuple(row["lines"]))
                )
            elif row["external"]:
                for line in row["lines"]:
                    graph.outside[path, line].append(row["target"])
    return graph


def _definition(tree: Tree, row: dict[str, Any]) -> Definition | None:
    source = tree.source(row["path"])
    _, _, last_name = row["name"].rpartition(".")
    name, _, _ = last_name.partition("#")
    return source.definition(name, row["start"]) if source is not None else None


def _caller(uid: str, kinds: dict[str, dict[str, Any]], definitions: dict[str, Definition | None]) -> Caller:
    path, _, qualname = uid.partition("::")
    while qualname and kinds.get(f"{path}::{qualname}", {}).get("kind") == "class":
        qualname, _, _ = qualname.rpartition(".")
    return path, definitions.get(f"{path}::{qualname}")
