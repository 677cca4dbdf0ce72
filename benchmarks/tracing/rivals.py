"""Other ways of resolving the calls that were executed: jedi's "go to definition", and the bare name."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.tracing.calls import Caller, Pair, Place, Trace
from benchmarks.tracing.definitions import CONSTRUCTORS, Definition, Tree
from benchmarks.tracing.environments import CONSTRAINTS, cache, environment, fingerprint
from benchmarks.tracing.packages import Package

WORKER = Path(__file__).with_name("jedi_worker.py")


def executed(trace: Trace) -> list[Place]:
    """Return the executed places that have a call as written, in source order."""
    return sorted(
        {p for p in (*trace.direct, *trace.native) if p.site is not None and p.site.name},
        key=lambda place: (place.path, place.span),
    )


def same_name(tree: Tree, trace: Trace) -> set[Pair]:
    """Return, for each executed call, every definition of the called name in the tree."""
    by_name: dict[str, set[Definition]] = defaultdict(set)
    for source in tree.sources():
        for definition in source.definitions:
            by_name[definition.last].add(callee_of(tree, trace, definition))
    return {(p.caller, target) for p in executed(trace) for target in by_name[p.site.name if p.site else ""]}


def callee_of(tree: Tree, trace: Trace, definition: Definition) -> Definition:
    """Return the constructor of a class when the tree defines it; any other definition itself."""
    if definition.kind != "class":
        return definition
    constructor = trace.constructors.get((definition.path, definition.qualname))
    if constructor is not None:
        return constructor
    source = tree.source(definition.path)
    own = {d.qualname: d for d in (source.definitions if source is not None else ())}
    return next(
        (own[f"{definition.qualname}.{name}"] for name in CONSTRUCTORS if f"{definition.qualname}.{name}" in own),
        definition,
    )


def jedi(package: Package, tree: Tree, trace: Trace) -> set[Pair]:
    """Return where jedi's ``goto(follow_imports=True)`` leads from each called name.

    Answers are cached by release, places and jedi's version.
    """
    callers: dict[tuple[str, int, int], set[Caller]] = defaultdict(set)
    for place in executed(trace):
        if place.site is not None:
            callers[place.path, *place.site.name_end].add(place.caller)
    pairs: set[Pair] = set()
    for path, line, column, targets in _answers(package, tree, sorted(callers)):
        for target_path, name, target_line in targets:
            source = tree.source(target_path)
            definition = source.definition(name, target_line) if source is not None else None
            if definition is not None:
                callee = callee_of(tree, trace, definition)
                pairs |= {(caller, callee) for caller in callers[path, line, column]}
    return pairs


def jedi_version() -> str:
    """Return the release of jedi that is compared with."""
    return next(line for line in CONSTRAINTS.read_text().splitlines() if line.startswith("jedi=="))


def _answers(package: Package, tree: Tree, places: Iterable[tuple[str, int, int]]) -> Any:
    by_path: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path, line, column in places:
        by_path[path].append((line, column))
    python = environment(package.name, package.needs)
    request = {"root": str(tree.root), "paths": package.paths, "python": str(python), "places": by_path}
    text = json.dumps(request)
    key = fingerprint(package.requirement, json.dumps(by_path), WORKER.read_bytes(), jedi_version(), sys.version)
    target = cache() / "jedi" / f"{package.requirement.replace('==', '-')}-{key}.json.gz"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        worker = environment("jedi", ["jedi"])
        process = subprocess.run(
            [str(worker), str(WORKER)],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
        partial = target.with_suffix(".partial")
        with gzip.open(partial, "wt") as file:
            file.write(process.stdout)
        partial.rename(target)
    with gzip.open(target, "rt") as file:
        return json.load(file)
