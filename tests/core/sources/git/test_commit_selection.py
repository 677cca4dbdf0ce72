"""The selection of a commit is made from that of the commit before, and equals one made from all files."""

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.rules.selection import Entry
from tests.core.sources.conftest import Opener
from tests.core.sources.open_path import open_path
from tests.core.sources.small_trees import TREES, Tree, write_tree
from tests.support import GitRepository


@pytest.mark.slow
@given(history=st.lists(TREES, min_size=2, max_size=5))
@limits(max_examples=40, deadline=None)
def test_a_tree_made_from_another_commits_equals_one_made_from_all_files(
    tmp_path_factory: pytest.TempPathFactory, history: list[Tree]
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("commits"))
    shas = [commit_tree(repo, tree) for tree in history]
    settings = Settings(home=repo.path.parent / "home", max_file_bytes=1_000)
    source = open_path(repo.path, settings)
    for sha in [*shas, *reversed(shas)]:
        assert source.tree(sha) == open_path(repo.path, settings).tree(sha)


def commit_tree(repo: GitRepository, tree: Tree) -> str:
    """Commit a tree without the files of the commit before."""
    repo.git("rm", "-rqf", "--ignore-unmatch", ".")
    write_tree(repo, tree)
    return repo.commit()


def test_the_next_commit_looks_only_at_what_changed(
    repo: GitRepository, source_of: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repo.commit({f"{n}.unknown": str(n) for n in range(50)})
    second = repo.commit({"3.unknown": "changed", "new.unknown": "n", "4.unknown": None})
    source = source_of(repo.path)
    source.tree(first)
    read_paths: list[str] = []
    head_bytes = GitObjects.head_bytes

    def record(self: GitObjects, entry: Entry) -> bytes:
        read_paths.append(entry.path)
        return head_bytes(self, entry)

    monkeypatch.setattr(GitObjects, "head_bytes", record)
    tree = source.tree(second)
    assert sorted(set(read_paths)) == ["3.unknown", "new.unknown"]
    assert len(tree.files) == 50


def test_settings_are_not_mixed_up(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "x" * 1_500})
    assert len(source_of(repo.path).tree(sha).files) == 1
    smaller = Settings(home=repo.path.parent / "home", max_file_bytes=1_000)
    assert open_path(repo.path, smaller).tree(sha).skipped == {"too_large": 1}


def test_lag_behind_a_commit_that_is_gone_is_still_counted(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    second = repo.commit({"a.py": "b"})
    assert source_of(repo.path).commits_between("0" * 40, second) == 2
