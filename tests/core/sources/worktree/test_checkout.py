"""The selection of a checkout is made from that of HEAD's commit, and equals one made from all files."""

from __future__ import annotations

import os
import stat

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.errors import SourceGone
from aura_core.settings import Settings
from aura_core.sources.rules.selection import Entry
from aura_core.sources.worktree.checkout import Checkout
from aura_core.sources.worktree.checkout_scan import scan_checkout
from tests.core.sources.open_path import open_local
from tests.core.sources.small_trees import TEXTS, TREES, Tree, write_tree
from tests.support import GitRepository


def checkout_of(repo: GitRepository, **limits: int) -> Checkout:
    source = open_local(repo.path, Settings(home=repo.path.parent / "home", **limits))  # type: ignore[arg-type]
    head = source.head()
    checkout = scan_checkout(source, head.sha if head else None)
    assert checkout is not None
    return checkout


def settle(repo: GitRepository) -> None:
    """Make all files older than the index, so that the index proves that they are unchanged."""
    for path in repo.path.rglob("*"):
        if ".git" not in path.parts and stat.S_ISREG(path.lstat().st_mode):
            os.utime(path, (1, 1))
    repo.git("update-index", "-q", "--refresh")


@pytest.mark.slow
@given(head=TREES, index=TREES, disk=TREES, removals=st.integers(0, 3), ignore_lines=TEXTS)
@limits(max_examples=60, deadline=None)
def test_a_selection_from_head_equals_one_from_all_files(
    tmp_path_factory: pytest.TempPathFactory, head: Tree, index: Tree, disk: Tree, removals: int, ignore_lines: str
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("checkout"))
    write_tree(repo, head)
    repo.commit()
    write_tree(repo, index)
    repo.git("add", "--all")
    settle(repo)
    write_tree(repo, disk)
    repo.write({".git/info/exclude": ignore_lines})
    for path in sorted(head)[:removals]:
        (repo.path / path).unlink(missing_ok=True)
    for limit in (1_000, 1_000_000):
        checkout = checkout_of(repo, max_file_bytes=limit)
        assert checkout.select() == checkout.select_from_all()


def test_files_that_the_index_proves_unchanged_are_not_checked_again(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": "a\n", "raw": "text\n", "nul": b"\0", "po.po": "x\n"})
    settle(repo)
    repo.write({"new.unknown": "n\n", "a.py": "changed\n"})
    checked_paths: list[str] = []
    size = Checkout.size

    def record(self: Checkout, entry: Entry) -> int:
        checked_paths.append(entry.path)
        return size(self, entry)

    monkeypatch.setattr(Checkout, "size", record)
    selection = checkout_of(repo).select()
    assert [file.path for file in selection.files] == ["a.py", "new.unknown", "raw"]
    assert set(checked_paths) == {"a.py", "new.unknown", "nul"}


def test_a_file_where_head_has_a_link_is_checked_by_itself(repo: GitRepository) -> None:
    write_tree(repo, {"link.py": ("", True), "a.py": ("a\n", False)})
    repo.commit()
    write_tree(repo, {"link.py": ("x = 1\n", False)})
    assert [file.path for file in checkout_of(repo).select().files] == ["a.py", "link.py"]


def test_a_tree_object_that_is_damaged_is_no_empty_tree(repo: GitRepository) -> None:
    repo.commit({"a.py": "a\n"})
    blob = repo.git("rev-parse", "HEAD:a.py")
    commit = repo.git("cat-file", "commit", "HEAD").replace(repo.git("rev-parse", "HEAD^{tree}"), blob)
    (repo.path / "commit").write_text(commit + "\n")
    sha = repo.git("hash-object", "-t", "commit", "-w", "--literally", "commit")
    with pytest.raises(SourceGone):
        open_local(repo.path, Settings(home=repo.path.parent / "home")).tree(sha)
