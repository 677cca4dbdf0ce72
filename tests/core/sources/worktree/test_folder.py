"""A folder without a repository: its present state is all there is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from aura_core import indexing
from aura_core.errors import InputTooLarge, SourceGone, UnknownRevision
from aura_core.model.repository import RepositoryKind
from aura_core.model.snapshot import is_worktree
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from tests.core.sources.conftest import Opener
from tests.core.sources.open_path import open_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plain"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "a.py").write_bytes(b"def a():\r\n    pass\r\n")
    (folder / "b.py").write_text("b = 1\n")
    (folder / "data.bin").write_bytes(b"\0" * 10)
    (folder / ".gitignore").write_text("ignored.py\n")
    (folder / "ignored.py").write_text("x = 1\n")
    return folder


def test_it_is_read_as_it_is_on_disk(folder: Path, source_of: Opener) -> None:
    source = source_of(folder)
    tree = source.worktree()
    assert tree is not None
    blobs = {f.path: f.blob for f in tree.files}
    assert is_worktree(tree.snapshot)
    assert {"pkg/a.py", "b.py"} <= blobs.keys()
    assert "ignored.py" not in blobs
    assert set(tree.dirty) == blobs.keys()
    assert list(source.read_many([blobs["b.py"], blobs["pkg/a.py"]])) == [
        (blobs["b.py"], b"b = 1\n"),
        (blobs["pkg/a.py"], b"def a():\r\n    pass\r\n"),
    ]
    assert source.dirty_text(blobs["b.py"]) == b"b = 1\n"
    assert source.tree(tree.snapshot).files == tree.files
    with pytest.raises(SourceGone, match="holds"):
        source.read("0" * 40)


def test_it_has_another_name_with_every_change_and_the_old_one_is_gone(folder: Path, source_of: Opener) -> None:
    source = source_of(folder)
    before = source.worktree()
    (folder / "b.py").write_text("b = 2\n")
    after = source.worktree()
    assert before is not None
    assert after is not None
    assert before.snapshot != after.snapshot
    with pytest.raises(UnknownRevision, match="no longer what"):
        source.tree(before.snapshot)
    (folder / "b.py").write_text("b = 1\n")
    assert source.tree(before.snapshot).files == before.files


def test_a_text_that_changed_after_it_was_named_is_no_other_text(folder: Path, source_of: Opener) -> None:
    source = source_of(folder)
    tree = source.worktree()
    assert tree is not None
    blob = next(f.blob for f in tree.files if f.path == "b.py")
    (folder / "b.py").write_text("b = 22\n")
    assert source.dirty_text(blob) == b"b = 1\n", "kept since it was named"
    again = source_of(folder)
    assert again.dirty_text(blob) is None
    with pytest.raises(SourceGone, match="holds"):
        again.read(blob)


def test_it_has_no_history_and_says_so(folder: Path, source_of: Opener) -> None:
    source = source_of(folder)
    assert source.head() is None
    assert list(source.ancestors("0" * 40, 5)) == []
    assert source.commits_between("a", "b") == 0
    for ask in (lambda: source.resolve("main"), lambda: source.changes("a", "b"), lambda: source.commit_time("a")):
        with pytest.raises(UnknownRevision):
            ask()
    source.fetch()
    source.keep("0" * 40)
    source.keep_only([])
    source.remove()
    assert (folder / "b.py").read_text() == "b = 1\n"


def test_a_folder_that_is_gone_or_too_large_is_a_named_error(
    folder: Path, source_of: Opener, settings: Settings
) -> None:
    small = open_path(folder, replace(settings, max_files=1))
    with pytest.raises(InputTooLarge):
        small.worktree()
    source = source_of(folder)
    shutil.rmtree(folder)
    with pytest.raises(SourceGone, match="no folder"):
        source.worktree()


def test_it_is_indexed_again_after_an_edit_and_old_states_are_collected(folder: Path, stores: Stores) -> None:
    aura = Aura(stores)
    repository = aura.add(str(folder), from_cli=True)
    assert repository.kind is RepositoryKind.FOLDER
    first = aura.index(repository.id)
    assert aura.status(repository.id).current
    (folder / "b.py").write_text("def edited():\n    return 1\n")
    assert not aura.status(repository.id).current
    second = aura.index(repository.id)
    assert first.sha != second.sha
    assert indexing.ensure_view(stores, repository.id, second.sha).node("b.py::edited") is not None
    assert aura.status(repository.id).lag.commits == 0
    assert aura.collect_garbage().problems == {}
