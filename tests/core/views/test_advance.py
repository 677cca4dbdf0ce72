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
from tests.core.views.equality import graph_answers, search_answers

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


def file_of(path: str, file: File) -> ViewFile:
    """Return a file as a snapshot has it: parsed, embedded and linked, once."""
    view_file = FILES.get((path, file))
    if view_file is None:
        facts = parse_blob(path, file.text.encode())
        edges = [Edge(src, kind, dst, Resolution.EXACT, (n + 1,)) for n, (src, kind, dst) in enumerate(file.edges)]
        sites = [Unresolved("", name, f"x.{name}", "unknown_receiver", 1 + n) for n, name in enumerate(file.sites)]
        fragment = Fragment(
            b"", path[:-3].replace("/", ".") if path.endswith(".py") else "", tuple(edges), tuple(sites)
        )
        key = blake2b(repr((path, file)).encode(), digest_size=32).digest()
        blob = blake2b(file.text.encode(), digest_size=20).hexdigest()
        view_file = FILES[path, file] = ViewFile(
            path, blob, facts, fragment, static_embedder().encode([(path, facts)]), key
        )
    return view_file


def files_of(tree: Tree) -> list[ViewFile]:
    return [file_of(path, tree[path]) for path in sorted(tree)]


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

    def advance(self, tree: Tree) -> View:
        changed_paths = sorted(path for path, file in tree.items() if self.tree.get(path) != file)
        removed_paths = sorted(path for path in self.tree if path not in tree)
        self.number += 1
        changed_files = [file_of(path, tree[path]) for path in changed_paths]
        meta = {"digest": str(self.number)}
        advance_view(self.file, self.view, changed_files, removed_paths, meta, static_embedder().lexicon)
        self.tree, self.view = dict(tree), View.open(self.file)
        return self.view

    def build_again(self) -> View:
        build_view(self.folder / "clean.view", files_of(self.tree), {}, static_embedder().lexicon)
        return View.open(self.folder / "clean.view")

    def check(self, extra: Sequence[str] = ()) -> None:
        clean = self.build_again()
        uids = [*PATHS, "external:os.path", "a.py::f1", "b.py::Thing.run", "nowhere.py::f", *extra]
        assert_equal_answers(graph_answers(self.view, uids), graph_answers(clean, uids))
        assert_equal_answers(search_answers(self.view, TASKS), search_answers(clean, TASKS))
        assert_equal_arrays(
            merge_segments(self.view.segments), segment_arrays(files_of(self.tree), static_embedder().lexicon)
        )


def assert_equal_answers(answers: Mapping[str, Any], clean: Mapping[str, Any]) -> None:
    for name, value in clean.items():
        assert answers[name] == value, name


def assert_equal_arrays(arrays: Mapping[str, np.ndarray], clean: Mapping[str, np.ndarray]) -> None:
    assert arrays.keys() == clean.keys()
    for name, array in clean.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape), name
        assert arrays[name].tobytes() == array.tobytes(), name


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
    tmp_path_factory: pytest.TempPathFactory,
    start: dict[str, File],
    edits: list[Any],
    max_small_files: int,
    min_documents: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advance, "MAX_SMALL_FILES", max_small_files)
        patch.setattr(advance, "COMPACTION_MIN_DOCUMENTS", min_documents)
        history = History(tmp_path_factory.mktemp("views"), start)
        for batch in edits:
            tree = dict(history.tree)
            for path, change in batch:
                new_file = tree.pop(change, None) if isinstance(change, str) else change
                if new_file is None:
                    tree.pop(path, None)
                else:
                    tree[path] = new_file
            history.advance(tree)
        history.check()


CALLER = File(
    "def f1(x):\n    return g()\n", (("f1", EdgeKind.CALLS, "b.py::f1"), ("", EdgeKind.IMPORTS, "b.py")), ("run",)
)
CALLED = File("def f1(x):\n    return alpha\n\n\nclass Thing:\n    def run(self):\n        return f1\n")


def test_an_edge_from_an_unchanged_file_reaches_the_new_row(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.advance({"a.py": CALLER, "b.py": replace(CALLED, text="import os\n\n\n" + CALLED.text)})
    (callee,) = history.view.neighbours("a.py::f1", (EdgeKind.CALLS,), incoming=False)
    assert callee.node is not None
    assert (callee.uid, callee.node.start_line) == ("b.py::f1", 4)
    assert [n.uid for n in history.view.neighbours("b.py::f1", (EdgeKind.CALLS,), incoming=True)] == ["a.py::f1"]
    assert len(history.view.stack) == 2
    history.check()


def test_an_edge_into_a_deleted_file_dangles_until_the_file_is_back(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED, "z.py": CALLED})
    history.advance({"a.py": CALLER, "z.py": CALLED})
    assert history.view.dangling() == ["a.py -> b.py", "a.py::f1 -> b.py::f1"]
    assert [n.uid for n in history.view.neighbours("b.py::f1", (EdgeKind.CALLS,), incoming=True)] == ["a.py::f1"]
    history.check()
    history.advance({"a.py": CALLER, "b.py": CALLED, "z.py": CALLED})
    assert history.view.dangling() == []
    history.check()


def test_an_edge_that_never_had_its_target_finds_it_once_it_comes(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER})
    assert len(history.view.dangling()) == 2
    history.advance({"a.py": CALLER, "b.py": CALLED})
    assert history.view.dangling() == []
    history.check()
    history.advance({"a.py": CALLER})
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
        history.advance(tree)
        inside = "b.py" in tree
        assert [n.uid for n in history.view.neighbours("external:b.f1", (EdgeKind.CALLS,), incoming=True)] == (
            [] if inside else ["a.py::f1"]
        )
        history.check(["external:b.f1", "b.py::f1"])


def test_a_symbol_that_moves_to_another_file_is_found_there_alone(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED, "z.py": File("x = 1\n")})
    moved = replace(CALLER, edges=(("f1", EdgeKind.CALLS, "z.py::f1"),))
    history.advance({"a.py": moved, "b.py": File("y = 2\n"), "z.py": CALLED})
    assert [n.uid for n in history.view.find("f1")] == ["a.py::f1", "z.py::f1"]
    assert [n.uid for n in history.view.find("Thing.run")] == ["z.py::Thing.run"]
    history.check()


def test_equals_come_by_uid_whichever_segment_they_are_in(tmp_path: Path) -> None:
    """Twelve documents have one score each (their paths have the same words), and fewer are asked for: which ones
    come may not depend on rows.
    """
    twin = File("def twin():\n    return needle\n")
    paths = sorted(f"{'/'.join(words)}.py" for words in permutations(("tree", "leaf", "root", "bark")))[::2]
    tree = dict.fromkeys(paths, twin)
    history = History(tmp_path, tree)
    history.advance({**tree, paths[3]: File("x = 1\n")})
    history.advance({**tree, paths[7]: File("x = 2\n")})
    history.advance(tree)
    assert len(history.view.stack) == 2
    clean = history.build_again()
    for count in (1, 3, 5, 11):
        for view in (history.view, clean):
            hits = best_documents(view, scores_of(view, "needle twin", static_embedder()).total, count)
            uids = [view.symbols.uid(int(view.symbol_of[hit])) for hit in hits]
            assert uids == [f"{path}::twin" for path in paths[:count]]
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
        history.advance(tree)
        seen.add(len(history.view.stack))
    assert seen == {1, 2, 3}
    history.check()


def test_only_deleting_leaves_an_empty_segment(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.advance({})
    assert (len(history.view), history.view.find("*"), list(history.view.edges())) == (0, [], [])
    history.check()
    history.advance({"b.py": CALLED})
    history.check()


def test_an_advance_to_the_same_files_answers_the_same(tmp_path: Path) -> None:
    history = History(tmp_path, {"a.py": CALLER, "b.py": CALLED})
    history.advance({"a.py": CALLER, "b.py": CALLED})
    history.check()


def test_loose_sources_are_named_in_order_of_files(tmp_path: Path) -> None:
    loose = replace(CALLER, edges=(("gone", EdgeKind.CALLS, "b.py::f1"), ("lost", EdgeKind.CALLS, "b.py::f1")))
    history = History(tmp_path, {"a.py": loose, "b.py": CALLED, "z.py": loose})
    history.advance({"a.py": loose, "a/b.py": loose, "b.py": CALLED, "z.py": CALLED})
    assert history.view.dangling() == [
        f"{path}::{name} -> b.py::f1" for path in ("a.py", "a/b.py") for name in ("gone", "lost")
    ]
    history.check()
