"""A look at a checkout starts from what HEAD's commit was judged to be; it equals one that judges every file."""

from __future__ import annotations

import os
import stat

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources import LocalSource, identify, open_source
from aura_core.sources.rules.selection import Entry
from aura_core.sources.worktree.checkout import Checkout, look
from tests.core.sources.test_advance import TEXTS, TREES
from tests.support import GitRepository

Tree = dict[str, tuple[str, bool]]


def checkout_of(repo: GitRepository, **limits: int) -> Checkout:
    source = open_source(identify(str(repo.path), from_cli=True), Settings(home=repo.path.parent / "home", **limits))  # type: ignore[arg-type]
    assert isinstance(source, LocalSource)
    head = source.head()
    found = look(source, head[1] if head else None)
    assert found is not None
    return found


def put(repo: GitRepository, tree: Tree) -> None:
    for path, (text, is_link) in tree.items():
        file = repo.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if is_link:
            file.symlink_to("nowhere")
        else:
            file.write_text(text)


def settle(repo: GitRepository) -> None:
    """Make what is there older than the index, so that the index can vouch for it."""
    for path in repo.path.rglob("*"):
        if ".git" not in path.parts and stat.S_ISREG(path.lstat().st_mode):
            os.utime(path, (1, 1))
    repo.git("update-index", "-q", "--refresh")


@given(committed=TREES, staged=TREES, edited=TREES, gone=st.integers(0, 3), ignored=TEXTS)
@limits(max_examples=60, deadline=None)
def test_a_look_from_head_equals_one_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, committed: Tree, staged: Tree, edited: Tree, gone: int, ignored: str
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("since"))
    put(repo, committed)
    repo.commit()
    put(repo, staged)
    repo.git("add", "--all")
    settle(repo)
    put(repo, edited)
    repo.write({".git/info/exclude": ignored})
    for path in sorted(committed)[:gone]:
        (repo.path / path).unlink(missing_ok=True)
    for limit in (1_000, 1_000_000):
        found = checkout_of(repo, max_file_bytes=limit)
        assert found.select() == found._anew()


def test_files_that_the_index_vouches_for_are_not_judged_again(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": "a\n", "raw": "text\n", "nul": b"\0", "po.po": "x\n"})
    settle(repo)
    repo.write({"new.unknown": "n\n", "a.py": "changed\n"})
    judged: list[str] = []
    size = Checkout.size

    def noted(self: Checkout, entry: Entry) -> int:
        judged.append(entry.path)
        return size(self, entry)

    monkeypatch.setattr(Checkout, "size", noted)
    chosen = checkout_of(repo).select()
    assert [file.path for file in chosen.files] == ["a.py", "new.unknown", "raw"]
    assert set(judged) == {"a.py", "new.unknown", "nul"}


def test_a_file_where_head_has_a_link_is_judged_by_itself(repo: GitRepository) -> None:
    put(repo, {"link.py": ("", True), "a.py": ("a\n", False)})
    repo.commit()
    put(repo, {"link.py": ("x = 1\n", False)})
    assert [file.path for file in checkout_of(repo).select().files] == ["a.py", "link.py"]


def test_a_tree_object_that_is_damaged_is_no_empty_tree(repo: GitRepository) -> None:
    repo.commit({"a.py": "a\n"})
    source = open_source(identify(str(repo.path), from_cli=True), Settings(home=repo.path.parent / "home"))
    assert isinstance(source, LocalSource)
    with pytest.raises(KeyError):
        source._rows(repo.git("rev-parse", "HEAD:a.py"))
