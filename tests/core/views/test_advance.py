"""A view that was advanced, however it got there, answers like one built from nothing; merged segments are the same
bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.embedding import static_embedder
from aura_core.model.graph import Edge, EdgeKind, Fragment, Resolution, Unresolved
from aura_core.parsing import parse_blob
from aura_core.retrieval.rank import best_documents, scores_of
from aura_core.views import View, ViewFile, advance, advance_view, build_view
from aura_core.views.build import segment_arrays
from aura_core.views.merge import merge_segments
from tests.core.views.equality import graph_of, search_of

PATHS = ["a.py", "a/b.py", "b.py", "pkg/__init__.py", "pkg/mod.py", "tests/test_mod.py", "notes.md", "z.py"]
NAMES = ["f1", "f2", "Thing", "parse_header"]
TASKS = ["parse the header in a/b.py", "`Thing.run` fails in pkg.mod", "f1 returns alpha", "zzz"]
BODIES = ["return alpha", "return header + beta", "parse_header(alpha, beta)", "return None"]
KINDS = [EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.EXTENDS]


@dataclass(frozen=True)
class File:
    """A file of a made-up snapshot: its text, and edges and call sites by name."""

    text: str
    edges: tuple[tuple[str, EdgeKind, str], ...] = ()
    sites: tuple[str, ...] = ()


Tree = Mapping[str, File]
FILES: dict[tuple[str, File], ViewFile] = {}


def view_file(path: str, file: File) -> ViewFile:
    """Parsed, embedded and linked as it says, once."""
    known = FILES.get((path, file))
    if known is None:
        facts = parse_blob(path, file.text.encode())
        edges = [Edge(src, kind, dst, Resolution.EXACT, (n + 1,)) for n, (src, kind, dst) in enumerate(file.edges)]
        sites = [Unresolved("", name, f"x.{name}", "unknown_receiver", 1 + n) for n, name in enumerate(file.sites)]
        fragment = Fragment(
            b"", path[:-3].replace("/", ".") if path.endswith(".py") else "", tuple(edges), tuple(sites)
        )
        key = blake2b(repr((path, file)).encode(), digest_size=32).digest()
        blob = blake2b(file.text.encode(), digest_size=20).hexdigest()
        known = FILES[path, file] = ViewFile(
            path, blob, facts, fragment, static_embedder().encode([(path, facts)]), key
        )
    return known


def files_of(tree: Tree) -> list[ViewFile]:
    return [view_file(path, tree[path]) for path in sorted(tree)]


class History:
    """A folder of views, each advanced from the one before."""

    def __init__(self, folder: Path, tree: Tree) -> None:
        self.folder = folder
        self.number = 0
        self.tree = dict(tree)
        build_view(self.file, files_of(tree), {"digest": "0"}, static_embedder().lexicon)
        self.view = View.open(self.file)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.number}.view"

    def go(self, tree: Tree) -> View:
        changed = sorted(path for path, file in tree.items() if self.tree.get(path) != file)
        gone = sorted(path for path in self.tree if path not in tree)
        self.number += 1
        changed_files = [view_file(path, tree[path]) for path in changed]
        meta = {"digest": str(self.number)}
        advance_view(self.file, self.view, changed_files, gone, meta, static_embedder().lexicon)
        self.tree, self.view = dict(tree), View.open(self.file)
        return self.view

    def rebuilt(self) -> View:
        build_view(self.folder / "clean.view", files_of(self.tree), {}, static_embedder().lexicon)
        return View.open(self.folder / "clean.view")

    def check(self, extra: Sequence[str] = ()) -> None:
        clean = self.rebuilt()
        uids = [*PATHS, "external:os.path", "a.py::f1", "b.py::Thing.run", "nowhere.py::f", *extra]
        same(graph_of(self.view, uids), graph_of(clean, uids))
        same(search_of(self.view, TASKS), search_of(clean, TASKS))
        bytes_equal(merge_segments(self.view.segments), segment_arrays(files_of(self.tree), static_embedder().lexicon))


def same(mine: Mapping[str, Any], clean: Mapping[str, Any]) -> None:
    for name, value in clean.items():
        assert mine[name] == value, name


def bytes_equal(mine: Mapping[str, np.ndarray], clean: Mapping[str, np.ndarray]) -> None:
    assert mine.keys() == clean.keys()
    for name, array in clean.items():
        assert (mine[name].dtype, mine[name].shape, mine[name].tobytes()) == (
            array.dtype,
            array.shape,
            array.tobytes(),
        ), name


UIDS = [
    *PATHS[:5],
    *(f"{path}::{name}" for path in ("a.py", "a/b.py", "b.py") for name in (*NAMES, "Thing.run")),
    "external:os.path",
    "external:a.f1",
]
SOURCES = ["", "f1", "Thing", "Thing.run"]


@st.composite
def files(draw: st.DrawFn) -> File:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=4))
    parts = []
    for name in names:
        body = draw(st.sampled_from(BODIES))
        parts.append(
            f"class {name}:\n    def run(self):\n        {body}\n"
            if name[0].isupper()
            else f"def {name}(x):\n    {body}\n"
        )
    edges = draw(
        st.lists(st.tuples(st.sampled_from(SOURCES), st.sampled_from(KINDS), st.sampled_from(UIDS)), max_size=4)
    )
    return File("\n\n".join(parts), tuple(edges), tuple(draw(st.lists(st.sampled_from([*NAMES, "run"]), max_size=2))))


EDITS = st.lists(
    st.tuples(st.sampled_from(PATHS), st.one_of(st.none(), files(), st.sampled_from(PATHS))), min_size=1, max_size=3
)
"""Each path is deleted, becomes a file, or takes another path's file over (a rename when that one goes)."""


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.dictionaries(st.sampled_from(PATHS), files(), max_size=6),
    st.lists(EDITS, min_size=1, max_size=7),
    st.integers(1, 3),
    st.sampled_from([2, 1_000]),
)
def test_any_history_ends_in_the_same_answers(
    tmp_path_factory: pytest.TempPathFactory, start: dict[str, File], edits: list[Any], most_small: int, worn: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advance, "MAX_SMALL_FILES", most_small)
        patch.setattr(advance, "COMPACTION_MIN_DOCUMENTS", worn)
        history = History(tmp_path_factory.mktemp("views"), start)
        for some in edits:
            tree = dict(history.tree)
            for path, change in some:
                moved = tree.pop(change, None) if isinstance(change, str) else change
                if moved is None:
                    tree.pop(path, None)
                else:
                    tree[path] = moved
            history.go(tree)
        history.check()


CALLER = File(
    "def f1(x):\n    return g()\n", (("f1", EdgeKind.CALLS, "b.py::f1"), ("", EdgeKind.IMPORTS, "b.py")), ("run",)
)
CALLED = File("def f1(x):\n    return alpha\n\n\nclass Thing:\n    def run(self):\n        return f1\n")


def test_an_edge_from_an_unchanged_file_reaches_the_new_row(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.go({"a.py": CALLER, "b.py": replace(CALLED, text="import os\n\n\n" + CALLED.text)})
    (found,) = history.view.neighbours("a.py::f1", (EdgeKind.CALLS,), incoming=False)
    assert found.node is not None
    assert (found.uid, found.node.start_line) == ("b.py::f1", 4)
    assert [n.uid for n in history.view.neighbours("b.py::f1", (EdgeKind.CALLS,), incoming=True)] == ["a.py::f1"]
    assert len(history.view.stack) == 2
    history.check()


def test_an_edge_into_a_deleted_file_dangles_until_the_file_is_back(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED, "z.py": CALLED})
    history.go({"a.py": CALLER, "z.py": CALLED})
    assert history.view.dangling() == ["a.py -> b.py", "a.py::f1 -> b.py::f1"]
    assert [n.uid for n in history.view.neighbours("b.py::f1", (EdgeKind.CALLS,), incoming=True)] == ["a.py::f1"]
    history.check()
    history.go({"a.py": CALLER, "b.py": CALLED, "z.py": CALLED})
    assert history.view.dangling() == []
    history.check()


def test_an_edge_that_never_had_its_target_finds_it_once_it_comes(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER})
    assert len(history.view.dangling()) == 2
    history.go({"a.py": CALLER, "b.py": CALLED})
    assert history.view.dangling() == []
    history.check()
    history.go({"a.py": CALLER})
    assert len(history.view.dangling()) == 2
    history.check()


def test_an_external_target_becomes_internal_and_external_again(tmp_path: Path) -> None:
    outside = replace(CALLER, edges=(("f1", EdgeKind.CALLS, "external:b.f1"),))
    history = History(tmp_path, {"a.py": outside, "z.py": CALLED})
    for tree in (
        {"a.py": CALLER, "b.py": CALLED, "z.py": CALLED},
        {"a.py": outside, "z.py": CALLED},
        {"a.py": CALLER, "b.py": CALLED},
    ):
        history.go(tree)
        inside = "b.py" in tree
        assert [n.uid for n in history.view.neighbours("external:b.f1", (EdgeKind.CALLS,), incoming=True)] == (
            [] if inside else ["a.py::f1"]
        )
        history.check(["external:b.f1", "b.py::f1"])


def test_a_symbol_that_moves_to_another_file_is_found_there_alone(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED, "z.py": File("x = 1\n")})
    moved = replace(CALLER, edges=(("f1", EdgeKind.CALLS, "z.py::f1"),))
    history.go({"a.py": moved, "b.py": File("y = 2\n"), "z.py": CALLED})
    assert [n.uid for n in history.view.find("f1")] == ["a.py::f1", "z.py::f1"]
    assert [n.uid for n in history.view.find("Thing.run")] == ["z.py::Thing.run"]
    history.check()


def test_equals_come_by_uid_whichever_segment_they_are_in(tmp_path: Path) -> None:
    """Twelve documents of one score each (their paths have the same words), asked for fewer: which ones come may not
    depend on rows.
    """
    twin = File("def twin():\n    return needle\n")
    paths = sorted(f"{'/'.join(words)}.py" for words in permutations(("tree", "leaf", "root", "bark")))[::2]
    tree = dict.fromkeys(paths, twin)
    history = History(tmp_path, tree)
    history.go({**tree, paths[3]: File("x = 1\n")})
    history.go({**tree, paths[7]: File("x = 2\n")})
    history.go(tree)
    assert len(history.view.stack) == 2
    clean = history.rebuilt()
    for count in (1, 3, 5, 11):
        mine, wanted = (
            best_documents(view, scores_of(view, "needle twin", static_embedder()).total, count)
            for view in (history.view, clean)
        )
        uids = [
            [view.symbols.uid(int(view.symbol_of[d])) for d in hits]
            for view, hits in ((history.view, mine), (clean, wanted))
        ]
        assert uids[0] == uids[1] == [f"{path}::twin" for path in paths[:count]]
    history.check()


def test_a_long_history_stays_at_three_segments_and_folds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advance, "MAX_SMALL_FILES", 3)
    monkeypatch.setattr(advance, "COMPACTION_MIN_DOCUMENTS", 60)
    tree = {f"m{n:02}.py": replace(CALLED, text=f"{CALLED.text}\n\ndef only_{n}():\n    pass\n") for n in range(20)}
    history = History(tmp_path, tree)
    seen = set()
    for step in range(40):
        number = step * 7 % 20
        tree = {
            **tree,
            f"m{number:02}.py": replace(tree[f"m{number:02}.py"], text=f"x{step} = {step}\n\n\n{CALLED.text}"),
        }
        history.go(tree)
        seen.add(len(history.view.stack))
    assert seen == {1, 2, 3}
    history.check()


def test_only_deleting_leaves_an_empty_segment(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.go({})
    assert (len(history.view), history.view.find("*"), list(history.view.edges())) == (0, [], [])
    history.check()
    history.go({"b.py": CALLED})
    history.check()


def test_an_advance_to_the_same_files_answers_the_same(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.go({"a.py": CALLER, "b.py": CALLED})
    history.check()


def test_loose_sources_are_named_in_order_of_files(tmp_path: Path) -> None:
    loose = replace(CALLER, edges=(("gone", EdgeKind.CALLS, "b.py::f1"), ("lost", EdgeKind.CALLS, "b.py::f1")))
    history = History(tmp_path, {"a.py": loose, "b.py": CALLED, "z.py": loose})
    history.go({"a.py": loose, "a/b.py": loose, "b.py": CALLED, "z.py": CALLED})
    assert history.view.dangling() == [
        f"{path}::{name} -> b.py::f1" for path in ("a.py", "a/b.py") for name in ("gone", "lost")
    ]
    history.check()
