"""What git's index says of a checkout decides what is tracked, never what a file holds: that is what is on disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aura_core.model.snapshot import WORKTREE, Tree
from aura_core.ports.sources import Source
from tests.core.sources.change_list import TWENTY_LINES, brief
from tests.core.sources.conftest import Opener
from tests.support import GitRepository


def texts(source: Source) -> dict[str, str]:
    """Path → text of the files of the working tree; of HEAD when it is clean."""
    tree: Tree | None = source.worktree()
    if tree is None:
        tree = source.tree(source.resolve("HEAD"))
    return {f.path: source.read(f.blob).decode() for f in tree.files}


def test_staged_files_are_read_as_they_stand_on_disk(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a\n", "b.py": "b\n"})
    repo.write({"a.py": "staged\n", "new.py": "staged\n", "gone.py": "staged\n"})
    repo.git("add", "--all")
    repo.write({"a.py": "later\n", "gone.py": None})
    source = source_of(repo.path)
    assert texts(source) == {"a.py": "later\n", "b.py": "b\n", "new.py": "staged\n"}
    assert brief(source.changes(sha, WORKTREE)) == ["modified a.py", "added new.py"]


def test_a_staged_delete_of_a_file_that_is_still_there_is_no_delete(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a\n", "b.log": "b\n"})
    repo.git("rm", "-q", "--cached", "a.py", "b.log")
    assert source_of(repo.path).worktree() is None
    repo.write({".gitignore": "*.log\n"})
    source = source_of(repo.path)
    assert set(texts(source)) == {".gitignore", "a.py"}  # git tracks b.log no more, so it ignores it
    assert brief(source.changes(sha, WORKTREE)) == ["added .gitignore", "deleted b.log"]


def test_a_staged_rename_is_a_rename(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": TWENTY_LINES})
    repo.git("mv", "a.py", "b.py")
    repo.write({"b.py": TWENTY_LINES + "more\n"})
    assert brief(source_of(repo.path).changes(sha, WORKTREE)) == ["renamed a.py>b.py"]


def test_a_rename_of_case_alone_is_seen_before_it_is_staged(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"Readme.md": TWENTY_LINES})
    (repo.path / "Readme.md").rename(repo.path / "README.md")
    assert brief(source_of(repo.path).changes(sha, WORKTREE)) == ["renamed Readme.md>README.md"]


def test_a_file_that_is_only_intended_is_there(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a\n"})
    repo.write({"soon.py": "soon\n", "empty.py": ""})
    repo.git("add", "--intent-to-add", "soon.py", "empty.py")
    assert texts(source_of(repo.path)) == {"a.py": "a\n", "soon.py": "soon\n", "empty.py": ""}


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_was_told_not_to_look_at_is_looked_at(
    repo: GitRepository, source_of: Opener, flag: str
) -> None:
    sha = repo.commit({"a.py": "a\n", "b.py": "b\n"})
    repo.git("update-index", flag, "a.py")
    assert source_of(repo.path).worktree() is None
    repo.write({"a.py": "mine\n"})
    assert repo.git("status", "--porcelain") == ""
    source = source_of(repo.path)
    assert texts(source) == {"a.py": "mine\n", "b.py": "b\n"}
    assert brief(source.changes(sha, WORKTREE)) == ["modified a.py"]


def test_a_file_that_a_sparse_checkout_left_out_is_as_git_has_it_and_one_put_there_as_it_is(
    repo: GitRepository, source_of: Opener
) -> None:
    sha = repo.commit({"in/a.py": "a\n", "out/b.py": "b\n", "out/c.py": "c\n"})
    repo.git("sparse-checkout", "set", "--cone", "in")
    repo.write({"out/b.py": "put there\n"})
    source = source_of(repo.path)
    assert texts(source) == {"in/a.py": "a\n", "out/b.py": "put there\n", "out/c.py": "c\n"}
    assert brief(source.changes(sha, WORKTREE)) == ["modified out/b.py"]


@pytest.mark.parametrize("ours", ["edit", "delete", "add"])
def test_a_conflict_is_what_git_left_on_disk(repo: GitRepository, source_of: Opener, ours: str) -> None:
    repo.commit({"a.py": "base\n", "keep.py": "k\n"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"b.py": "side\n"} if ours == "add" else {"a.py": "side\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"b.py": "main\n"} if ours == "add" else {"a.py": None if ours == "delete" else "main\n"})
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "side")
    assert repo.git("ls-files", "--unmerged")
    texts_by_path = texts(source_of(repo.path))
    assert texts_by_path["keep.py"] == "k\n"
    name = "b.py" if ours == "add" else "a.py"
    assert texts_by_path[name] == (repo.path / name).read_text()
    assert ("<<<<<<<" in texts_by_path[name]) == (ours != "delete")


def test_deleted_and_written_again_is_clean(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a\n"})
    source = source_of(repo.path)
    repo.write({"a.py": None})
    tree = source.worktree()
    assert tree is not None
    assert (tree.files, tree.dirty) == ((), ("a.py",))
    repo.write({"a.py": "a\n"})
    assert source.worktree() is None


def test_a_switch_of_branches_and_a_reset_are_followed(repo: GitRepository, source_of: Opener) -> None:
    first = repo.commit({"a.py": "a\n", "d/b.py": "b\n"})
    repo.git("checkout", "-q", "-b", "side")
    second = repo.commit({"a.py": "side\n", "d/b.py": None})
    source = source_of(repo.path)
    assert brief(source.changes(first, WORKTREE)) == ["modified a.py", "deleted d/b.py"]
    repo.git("checkout", "-q", "main")
    assert source.head() == ("main", first)
    assert source.worktree() is None
    assert brief(source.changes(second, WORKTREE)) == ["modified a.py", "added d/b.py"]
    repo.git("reset", "-q", "--hard", second)
    assert (source.head(), source.worktree()) == (("main", second), None)
    repo.git("reset", "-q", "--soft", first)
    tree = source.worktree()
    assert tree is not None
    assert (tree.base, tree.dirty) == (first, ("a.py", "d/b.py"))


def test_a_submodule_is_at_the_commit_that_is_checked_out(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    other = GitRepository(tmp_path / "other")
    old = other.commit({"o.py": "o"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "libs/other")
    sha = repo.commit({"a.py": "a"})
    source = source_of(repo.path)
    assert source.changes(sha, WORKTREE) == ()
    new = other.commit({"o.py": "more"})
    subprocess.run(["git", "-C", str(repo.path / "libs/other"), "pull", "-q"], check=True, capture_output=True)
    (change,) = source.changes(sha, WORKTREE)
    assert change.old is not None
    assert change.new is not None
    assert (change.path, change.old.blob, change.new.blob, change.lines) == ("libs/other", old, new, ())
    repo.git("submodule", "--quiet", "deinit", "--force", "libs/other")
    assert source.changes(sha, WORKTREE) == ()


def test_a_folder_that_became_a_submodule_and_a_link_that_became_a_file(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"o.py": "o"})
    (repo.path / "link").symlink_to("a.py")
    sha = repo.commit({"a.py": "a", "libs/other": "a file"})
    (repo.path / "link").unlink()
    repo.write({"link": "text\n", "libs/other": None})
    repo.git("rm", "-q", "--cached", "libs/other")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "libs/other")
    assert brief(source_of(repo.path).changes(sha, WORKTREE)) == ["added .gitmodules", "type libs/other", "type link"]


def test_paths_of_two_unicode_forms_are_two_files(repo: GitRepository, source_of: Opener) -> None:
    composed, decomposed = "\u00e9.py", "e\u0301.py"
    sha = repo.commit({composed: TWENTY_LINES})
    source = source_of(repo.path)
    repo.write({decomposed: "other\n"})
    assert texts(source) == {composed: TWENTY_LINES, decomposed: "other\n"}
    repo.write({composed: None, decomposed: TWENTY_LINES})
    assert brief(source.changes(sha, WORKTREE)) == [f"renamed {composed}>{decomposed}"]
