"""Ordinary Python samples whose comments state the expected edges.

``#> CALLS target how`` after a line says that a call on it goes to ``target`` (``path::name``, ``::name`` in the same
file, ``external:…``);
``#> UNRESOLVED reason`` that its call is not resolved; ``#> NOTHING`` that it makes no edge into the tree. ``EXTENDS``
and ``IMPORTS`` likewise. Every CALLS, EXTENDS and IMPORTS edge into the tree from a marked line must be stated. A
folder is a tree of several files.
"""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from types import AsyncGeneratorType, GeneratorType

import pytest

from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.graph import EXTERNAL, uid_of
from aura_core.parsing import parse_blob

CASES = Path(__file__).parent / "cases"
DOCS = Path(__file__).parents[2] / "docs" / "graph.md"
MARK = re.compile(r"# ?> (.*)$")

Edges = set[tuple[str, int, str, str, str]]


def cases() -> list[Path]:
    return sorted(p for p in CASES.iterdir() if p.suffix == ".py" or (p.is_dir() and p.name != "__pycache__"))


def sources(case: Path) -> dict[str, bytes]:
    files = (
        [case] if case.is_file() else sorted(p for p in case.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    )
    base = case.parent if case.is_file() else case
    return {p.relative_to(base).as_posix(): p.read_bytes() for p in files}


def expected(tree: dict[str, bytes]) -> tuple[Edges, set[tuple[str, int]]]:
    edges: Edges = set()
    marked_lines = set()
    for path, data in tree.items():
        for number, line in enumerate(data.decode().splitlines(), 1):
            comment = MARK.search(line)
            if comment is None:
                continue
            marked_lines.add((path, number))
            for mark in comment[1].split(";"):
                kind, *words = mark.split()
                if kind == "UNRESOLVED":
                    edges.add((path, number, kind, words[0], ""))
                elif kind != "NOTHING":
                    target = path + words[0] if words[0].startswith("::") else words[0]
                    edges.add((path, number, kind, target, words[1] if len(words) > 1 else ""))
    return edges, marked_lines


def linked(tree: dict[str, bytes]) -> Edges:
    out: Edges = set()
    for path, row in link_tree({p: (b"", parse_blob(p, d)) for p, d in tree.items()}).fragments.items():
        fragment = unpack_fragment(row.packed)
        for edge in fragment.edges:
            out |= {(path, line, edge.kind.value, edge.dst, edge.resolution.value) for line in edge.lines}
        out |= {(path, site.line, "UNRESOLVED", site.reason, "") for site in fragment.unresolved}
    return out


@pytest.mark.parametrize("case", cases(), ids=lambda p: p.stem)
def test_a_sample_links_as_its_comments_say(case: Path) -> None:
    compare(sources(case))


@pytest.mark.parametrize("case", cases(), ids=lambda p: p.stem)
def test_a_sample_links_alike_when_caches_are_cleared_after_every_file(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {path: (b"", parse_blob(path, data)) for path, data in sources(case).items()}
    expectation = link_tree(facts)
    monkeypatch.setattr("aura_core.linking.batch_linker.FORGET_VALUES_AFTER", 1)
    assert link_tree(facts) == expectation


def test_the_examples_of_the_documentation_link_as_their_comments_say() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        compare({"example.py": block.encode()})


def compare(tree: dict[str, bytes]) -> None:
    stated_edges, marked_lines = expected(tree)
    assert marked_lines, "the sample states nothing"
    edges = {edge for edge in linked(tree) if edge[:2] in marked_lines}
    without_resolution = {(*edge[:4], "") for edge in edges}
    missing_edges = sorted(stated_edges - edges - without_resolution)
    stated = {edge[:4] for edge in stated_edges}
    # a sample of calls need not state what it hands on; one that states a reference states them all
    kinds = {edge[2] for edge in stated_edges} | {"CALLS", "EXTENDS", "IMPORTS", "UNRESOLVED"}
    surplus = sorted(
        edge for edge in edges if edge[:4] not in stated and edge[2] in kinds and not edge[3].startswith(EXTERNAL)
    )
    assert not missing_edges, missing_edges
    assert not surplus, surplus


def test_every_edge_of_the_samples_ends_at_a_definition_or_outside() -> None:
    for case in cases():
        tree = sources(case)
        uids = {uid_of(p, d.qualname) for p, data in tree.items() for d in parse_blob(p, data).definitions}
        assert not [
            e for e in linked(tree) if e[2] != "UNRESOLVED" and not e[3].startswith(EXTERNAL) and e[3] not in uids
        ]


def test_no_edge_of_the_samples_ends_at_a_name_that_cannot_exist() -> None:
    outside = {e[3].removeprefix(EXTERNAL) for case in cases() for e in linked(sources(case)) if EXTERNAL in e[3]}
    assert not [dotted for dotted in outside if "()" in dotted]
    generator = {*dir(GeneratorType), *dir(AsyncGeneratorType)}
    for kind, name in (dotted.split(".")[1:3] for dotted in outside if dotted.count(".") > 1 and "builtins." in dotted):
        assert name in generator if kind == "generator" else hasattr(getattr(builtins, kind), name), f"{kind}.{name}"
