"""Compares call edges with the PyCG micro-benchmark, without builtins.

Usage: ``python -m benchmarks.callgraph DATA [--detail]``, where DATA holds ``<category>/<case>/callgraph.json`` with
the programs beside it (in ``src/`` or in the case's own folder): ``micro-benchmark/snippets`` of
github.com/vitsalis/PyCG at 8d5dc40.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

from aura_core.linking.file_linker import FileLinker
from aura_core.linking.full_linker import hierarchy_of
from aura_core.linking.program import Program
from aura_core.model.graph import EXTERNAL, EdgeKind, split_uid
from aura_core.parsing import parse_blob

BUILTIN = re.compile(r"^(<\*\*\w+\*\*>|<(?!lambda)\w+>|builtins\.)")

Pairs = set[tuple[str, str]]


def module(program: Program, path: str, root: Path) -> str:
    """Return a module's name as seen from the folder that is scored."""
    name = program.tables.names[path].name
    return root.name if name == "__init__" else name


def answer(root: Path) -> tuple[Pairs, dict[str, str]]:
    """Return (caller, callee) pairs of a folder's programs by dotted name, and the kind of each definition."""
    files = {
        p.relative_to(root).as_posix(): (b"", parse_blob(p.name, p.read_bytes())) for p in sorted(root.rglob("*.py"))
    }
    program = hierarchy_of(files)
    linker = FileLinker(program, lambdas=True)
    kinds: dict[str, str] = {}
    pairs: Pairs = set()
    for path, file in program.files.items():
        for row in file.definitions:
            kinds.setdefault(dotted(module(program, path, root), row.qualname), row.kind.value)
        fragment, *_ = linker.link(file)
        for edge in fragment.edges:
            if edge.kind is not EdgeKind.CALLS:
                continue
            target = edge.dst.removeprefix(EXTERNAL)
            if not edge.dst.startswith(EXTERNAL):
                target_path, qualname = split_uid(edge.dst)
                target = dotted(module(program, target_path, root), qualname)
            pairs.add((dotted(module(program, path, root), edge.src), target))
    return pairs, kinds


def dotted(module_name: str, qualname: str) -> str:
    """Return ``module.qualname`` without the numbers of repeated names."""
    return re.sub(r"#\d+", "", f"{module_name}.{qualname}" if qualname else module_name)


def comparable(pairs: Pairs, kinds: dict[str, str]) -> Pairs:
    """Return the pairs that both sides count: none to builtins, bare classes and modules.

    The calls of a class body belong to the scope around the class.
    """
    comparable_pairs = set()
    for caller, callee in pairs:
        if BUILTIN.match(caller) or BUILTIN.match(callee) or kinds.get(callee) in ("class", "module"):
            continue
        while kinds.get(caller) == "class":
            caller, _, _ = caller.rpartition(".")
        comparable_pairs.add((caller, callee))
    return comparable_pairs


def main() -> None:
    """Print precision, recall and F1 by category, and each wrong or missing edge with ``--detail``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--detail", action="store_true")
    options = parser.parse_args()
    truths = sorted(options.data.rglob("callgraph.json"))
    if not truths:
        raise SystemExit(
            f"no callgraph.json below {options.data}: clone github.com/vitsalis/PyCG, check out 8d5dc40, "
            "give micro-benchmark/snippets"
        )
    total: dict[str, Counter[str]] = {}
    for file in truths:
        root = file.parent / "src" if (file.parent / "src").is_dir() else file.parent
        pairs, kinds = answer(root)
        truth = json.loads(file.read_text())
        true_pairs = comparable(
            {(c.replace("/", "."), t.replace("/", ".")) for c, targets in truth.items() for t in targets}, kinds
        )
        our_pairs = comparable(pairs, kinds)
        counts = Counter(
            right=len(true_pairs & our_pairs), wrong=len(our_pairs - true_pairs), missing=len(true_pairs - our_pairs)
        )
        for name in (file.parent.parent.name, "TOTAL"):
            total.setdefault(name, Counter()).update(counts)
        if options.detail and our_pairs != true_pairs:
            print(
                file.parent.relative_to(options.data),
                "wrong",
                sorted(our_pairs - true_pairs),
                "missing",
                sorted(true_pairs - our_pairs),
            )
    for name in sorted(total, key=lambda name: (name == "TOTAL", name)):
        counts = total[name]
        precision = counts["right"] / max(counts["right"] + counts["wrong"], 1)
        recall = counts["right"] / max(counts["right"] + counts["missing"], 1)
        score = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"{name:16} precision {precision:.3f}  recall {recall:.3f}  F1 {score:.3f}  {dict(counts)}")


if __name__ == "__main__":
    main()
