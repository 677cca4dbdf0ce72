"""Ordinary Python samples whose comments state the expected edges.

``#> CALLS target how`` after a line says that a call on it goes to ``target`` (``path::name``, ``::name`` in the same
file, ``external:…``);
``#> UNRESOLVED reason`` that its call is not resolved; ``#> NOTHING`` that it makes no edge into the tree. ``EXTENDS``
and ``IMPORTS`` likewise. Every CALLS, EXTENDS and IMPORTS edge into the tree from a marked line must be stated. A
folder is a tree of several files.
"""

from __future__ import annotations

import re
from pathlib import Path

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
    marked = set()
    for path, data in tree.items():
        for number, line in enumerate(data.decode().splitlines(), 1):
            found = MARK.search(line)
            if found is None:
                continue
            marked.add((path, number))
            for mark in found[1].split(";"):
                kind, *words = mark.split()
                if kind == "UNRESOLVED":
                    edges.add((path, number, kind, words[0], ""))
                elif kind != "NOTHING":
                    target = path + words[0] if words[0].startswith("::") else words[0]
                    edges.add((path, number, kind, target, words[1] if len(words) > 1 else ""))
    return edges, marked


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
def test_a_sample_links_alike_when_what_was_evaluated_is_forgotten(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {path: (b"", parse_blob(path, data)) for path, data in sources(case).items()}
    remembering = link_tree(facts)
    monkeypatch.setattr("aura_core.linking.batch.FORGETTING", 1)
    assert link_tree(facts) == remembering


def test_the_examples_of_the_documentation_link_as_their_comments_say() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        compare({"example.py": block.encode()})


def compare(tree: dict[str, bytes]) -> None:
    wanted, marked = expected(tree)
    assert marked, "the sample states nothing"
    found = {e for e in linked(tree) if e[:2] in marked}
    loose = {(*e[:4], "") for e in found} | found
    missing = sorted(e for e in wanted if e not in loose)
    stated = {e[:4] for e in wanted}
    surplus = sorted(e for e in found if e[:4] not in stated and not e[3].startswith(EXTERNAL))
    assert not missing, missing
    assert not surplus, surplus


def test_every_edge_of_the_samples_ends_at_a_definition_or_outside() -> None:
    for case in cases():
        tree = sources(case)
        uids = {uid_of(p, d.qualname) for p, data in tree.items() for d in parse_blob(p, data).definitions}
        assert not [
            e for e in linked(tree) if e[2] != "UNRESOLVED" and not e[3].startswith(EXTERNAL) and e[3] not in uids
        ]
