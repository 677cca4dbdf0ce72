import os
from pathlib import Path

import pytest

from aura_core.errors import InputTooLarge, SourceGone
from aura_core.model.snapshot import Tree, is_worktree
from aura_core.ports.sources import Source
from aura_core.settings import Settings
from tests.core.sources.conftest import Opener
from tests.core.sources.open_path import open_path
from tests.support import GitRepository


def texts(source: Source, tree: Tree | None) -> dict[str, bytes]:
    assert tree is not None
    return {f.path: source.read(f.blob) for f in tree.files}


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(p): (p.stat().st_mtime_ns, p.stat().st_mode, p.read_bytes())
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.is_symlink()
    }


def test_a_clean_checkout_has_no_working_tree(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a", "b/c.py": "c"})
    assert source_of(repo.path).worktree() is None


def test_edits_additions_and_deletions_are_seen_whatever_is_staged(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit(
        {"a.py": "a", "b.py": "b", "c.py": "c", "d.py": "d", "e.py": "e", ".gitignore": "*.log\nbuild/\n"}
    )
    repo.write(
        {"a.py": "a2", "new.py": "n", "b.py": None, "x.log": "x", "build/out.py": "o", "staged.py": "s", "e.py": "e2"}
    )
    repo.git("add", "staged.py", "e.py")
    repo.git("rm", "-q", "c.py")
    repo.git("rm", "-q", "--cached", "d.py")
    source = source_of(repo.path)
    tree = source.worktree()
    assert tree is not None
    assert texts(source, tree) == {
        ".gitignore": b"*.log\nbuild/\n",
        "a.py": b"a2",
        "d.py": b"d",
        "e.py": b"e2",
        "new.py": b"n",
        "staged.py": b"s",
    }
    assert tree.dirty == ("a.py", "b.py", "c.py", "e.py", "new.py", "staged.py")
    assert (tree.base, is_worktree(tree.snapshot)) == (sha, True)
    assert tree.skipped == {"ignored": 2}


def test_only_text_that_head_does_not_have_is_dirty(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a", "b.py": "b"})
    repo.write({"a.py": "a2", "copy.py": "b", "staged.py": "s"})
    repo.git("add", "staged.py")
    source = source_of(repo.path)
    tree = source.worktree()
    assert tree is not None
    assert {f.path: source.dirty_text(f.blob) for f in tree.files} == {
        "a.py": b"a2",
        "b.py": None,
        "copy.py": None,
        "staged.py": b"s",
    }


def test_the_name_depends_on_content_alone(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    names = []
    for text in ("one", "two", "one"):
        repo.write({"a.py": text})
        tree = source_of(repo.path).worktree()
        assert tree is not None
        names.append(tree.snapshot)
    assert names[0] == names[2] != names[1]


def test_a_checkout_is_never_written_to(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a", "b/c.py": "c"})
    repo.write({"a.py": "changed"})
    os.utime(repo.path / "b" / "c.py")
    before = everything(repo.path)
    source = source_of(repo.path)
    source.worktree()
    source.tree(sha)
    source.fetch()
    source.keep(sha)
    source.remove()
    assert everything(repo.path) == before


def test_no_program_of_the_checkouts_configuration_runs(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\ncat\n")
    trap.chmod(0o755)
    sha = repo.commit({".gitattributes": "*.py filter=evil diff=evil\n", "a.py": "a"})
    for name in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.fsmonitor",
        "diff.evil.textconv",
        "core.sshCommand",
    ):
        repo.git("config", name, str(trap))
    hook = repo.path / ".git" / "hooks" / "post-index-change"
    hook.write_text(trap.read_text())
    hook.chmod(0o755)
    repo.write({"a.py": "b"})
    source = source_of(repo.path)
    assert texts(source, source.worktree())["a.py"] == b"b"
    source.tree(sha)
    assert not (tmp_path / "sprung").exists()


def test_a_file_changed_in_the_same_tick_and_size_is_seen(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "aaaa"})
    index = repo.path / ".git" / "index"
    when = index.stat().st_mtime_ns
    repo.write({"a.py": "bbbb"})
    os.utime(repo.path / "a.py", ns=(when, when))
    source = source_of(repo.path)
    assert texts(source, source.worktree()) == {"a.py": b"bbbb"}


def test_line_ends_that_git_would_hide_are_reported(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a\nb\n"})
    repo.git("config", "core.autocrlf", "true")
    (repo.path / "a.py").unlink()
    repo.git("checkout", "-q", "--", "a.py")
    assert repo.git("status", "--porcelain") == ""
    source = source_of(repo.path)
    tree = source.worktree()
    assert texts(source, tree) == {"a.py": b"a\r\nb\r\n"}
    assert tree is not None
    assert "1 files differ from HEAD only by their line ends" in tree.warnings[0]


def test_a_filtered_file_of_equal_size_is_read_from_disk(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({".gitattributes": "*.py filter=rot\n", "a.py": "abc"})
    repo.git("config", "filter.rot.smudge", "tr a-c x-z")
    (repo.path / "a.py").unlink()
    repo.git("checkout", "-q", "--", "a.py")
    source = source_of(repo.path)
    assert texts(source, source.worktree())["a.py"] == b"xyz"


def test_links_are_never_followed(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("secret")
    repo.commit({"a.py": "a", "pkg/secret.py": "mine"})
    (repo.path / "pkg" / "secret.py").unlink()
    (repo.path / "pkg").rmdir()
    (repo.path / "pkg").symlink_to(outside)
    (repo.path / "one.py").symlink_to(outside / "secret.py")
    (repo.path / ".auraignore").symlink_to(outside / "secret.py")
    source = source_of(repo.path)
    tree = source.worktree()
    assert texts(source, tree) == {"a.py": b"a"}
    assert tree is not None
    assert tree.skipped == {"symlink": 3}


def test_special_files_are_counted_and_not_opened(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    os.mkfifo(repo.path / "pipe.py")
    repo.write({"b.py": "b"})
    tree = source_of(repo.path).worktree()
    assert tree is not None
    assert (tree.skipped, tree.dirty) == ({"unreadable": 1}, ("b.py",))


def test_a_file_that_became_a_folder_and_the_reverse(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a": "a", "b/x.py": "x"})
    repo.write({"a": None, "b/x.py": None})
    (repo.path / "b").rmdir()
    repo.write({"a/y.py": "y", "b": "b"})
    source = source_of(repo.path)
    assert texts(source, source.worktree()) == {"a/y.py": b"y", "b": b"b"}


def test_a_tracked_file_is_not_ignored_by_gitignore(repo: GitRepository, source_of: Opener) -> None:
    repo.write({"build/kept.py": "k", ".gitignore": "build/\n"})
    repo.git("add", "--force", "build/kept.py")
    repo.commit()
    repo.write({"build/kept.py": "k2", "build/other.py": "o"})
    source = source_of(repo.path)
    assert set(texts(source, source.worktree())) == {".gitignore", "build/kept.py"}


def test_the_users_own_exclude_files_count(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    (tmp_path / "global").write_text("*.one\n")
    repo.git("config", "core.excludesFile", str(tmp_path / "global"))
    (repo.path / ".git" / "info" / "exclude").write_text("*.two\n!kept.one\n")
    repo.write({"x.one": "1", "x.two": "2", "kept.one": "3", "y.txt": "y"})
    source = source_of(repo.path)
    assert set(texts(source, source.worktree())) == {"a.py", "kept.one", "y.txt"}


def test_two_worktrees_do_not_disturb_each_other(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a", ".gitignore": ""})
    second = repo.path / "trees" / "second"
    repo.git("worktree", "add", "-q", str(second), "-b", "other")
    (second / "a.py").write_text("changed")
    first_source, second_source = source_of(repo.path), source_of(second)
    assert first_source.worktree() is None
    tree = second_source.worktree()
    assert tree is not None
    assert (tree.dirty, second_source.head()) == (("a.py",), ("other", sha))
    assert first_source.head() == ("main", sha)


def test_another_repository_inside_and_virtual_environments_are_not_entered(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    repo.commit({"a.py": "a"})
    GitRepository(repo.path / "inner").commit({"i.py": "i"})
    repo.write({"env/pyvenv.cfg": "", "env/lib/x.py": "x", "node_modules/m/i.js": "i", "b.py": "b"})
    tree = source_of(repo.path).worktree()
    assert tree is not None
    assert [f.path for f in tree.files] == ["a.py", "b.py"]
    assert (tree.skipped, tree.submodules) == ({"submodule": 1, "vendored": 2}, ("inner",))


def test_the_home_inside_a_checkout_is_left_out(repo: GitRepository) -> None:
    repo.commit({"a.py": "a"})
    repo.write({".aura/catalog.txt": "x", "b.py": "b"})
    settings = Settings(home=repo.path / ".aura")
    tree = open_path(repo.path, settings).worktree()
    assert tree is not None
    assert tree.dirty == ("b.py",)


def test_an_unborn_repository_is_its_working_tree(repo: GitRepository, source_of: Opener) -> None:
    source = source_of(repo.path)
    assert source.worktree() is None
    repo.write({"a.py": "a", "b.py": "b"})
    repo.git("add", "a.py")
    tree = source.worktree()
    assert texts(source, tree) == {"a.py": b"a", "b.py": b"b"}
    assert tree is not None
    assert tree.base == ""


def test_a_clone_without_checkout_has_no_working_tree(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    repo.git("clone", "-q", "--no-checkout", str(repo.path), str(tmp_path / "clone"))
    assert source_of(tmp_path / "clone").worktree() is None


@pytest.mark.parametrize("sparse_index", ["false", "true"])
def test_a_sparse_checkout_is_whole(repo: GitRepository, source_of: Opener, sparse_index: str) -> None:
    repo.commit({"in/a.py": "a", "out/b.py": "b", "out/deep/c.py": "c", "top.py": "t"})
    repo.git("config", "index.sparse", sparse_index)
    repo.git("sparse-checkout", "set", "--cone", "in")
    assert not (repo.path / "out").exists()
    source = source_of(repo.path)
    assert source.worktree() is None
    repo.write({"in/a.py": "a2"})
    assert texts(source, source.worktree()) == {
        "in/a.py": b"a2",
        "out/b.py": b"b",
        "out/deep/c.py": b"c",
        "top.py": b"t",
    }


@pytest.mark.parametrize("version", ["2", "3", "4", "split", "damaged"])
def test_every_form_of_the_index_gives_the_same_answer(repo: GitRepository, source_of: Opener, version: str) -> None:
    repo.commit({f"pkg{n}/module_{n}.py": str(n) for n in range(30)} | {"x" * 200 + "/" + "y" * 200 + ".py": "long"})
    index = repo.path / ".git" / "index"
    if version == "split":
        repo.git("update-index", "--split-index")
    elif version == "damaged":
        index.write_bytes(index.read_bytes()[:100])
    else:
        repo.git("update-index", "--index-version", version)
    source = source_of(repo.path)
    assert source.worktree() is None
    repo.write({"pkg3/module_3.py": "changed", "pkg4/module_4.py": None, "new.py": "new"})
    tree = source.worktree()
    assert tree is not None
    assert tree.dirty == ("new.py", "pkg3/module_3.py", "pkg4/module_4.py")


def test_a_conflict_is_read_as_it_stands_on_disk(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "base\n"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a.py": "side\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a.py": "main\n"})
    with pytest.raises(Exception, match="merge"):
        repo.git("merge", "side")
    source = source_of(repo.path)
    assert b"<<<<<<<" in texts(source, source.worktree())["a.py"]


def test_paths_that_are_not_utf8_are_followed_on_disk(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    with open(bytes(repo.path) + b"/\xe9.py", "w") as file:
        file.write("latin")
    source = source_of(repo.path)
    assert texts(source, source.worktree())["%E9.py"] == b"latin"


def test_text_that_changed_after_it_was_hashed_is_never_another_text(
    repo: GitRepository, source_of: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": "a"})
    repo.write({"a.py": "one"})
    monkeypatch.setattr("aura_core.sources.worktree.contents.MAX_TEXT_BYTES", 0)
    source = source_of(repo.path)
    tree = source.worktree()
    assert tree is not None
    repo.write({"a.py": "two"})
    with pytest.raises(SourceGone):
        source.read(tree.files[0].blob)


def test_a_mode_change_is_no_change(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    (repo.path / "a.py").chmod(0o755)
    assert source_of(repo.path).worktree() is None


def test_a_folder_is_always_a_working_tree(tmp_path: Path, source_of: Opener) -> None:
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    source = source_of(folder)
    empty = source.worktree()
    assert empty is not None
    assert empty.files == ()
    for name, text in {
        "a.md": "a",
        "b.log": "b",
        "sub/c.md": "c",
        "sub/.gitignore": "d.md",
        "sub/d.md": "d",
        ".gitignore": "*.log\n",
    }.items():
        (folder / name).write_text(text)
    tree = source.worktree()
    assert set(texts(source, tree)) == {".gitignore", "a.md", "sub/.gitignore", "sub/c.md"}
    assert tree is not None
    assert (tree.base, tree.skipped, source.head()) == ("", {"ignored": 2}, None)
    assert source.tree(tree.snapshot) == tree
    (folder / "a.md").write_text("changed")
    assert source.dirty_text(tree.files[1].blob) == b"a"


def test_an_ignored_folder_counts_once_and_is_not_walked(tmp_path: Path, source_of: Opener) -> None:
    folder = tmp_path / "notes"
    (folder / "data").mkdir(parents=True)
    for n in range(5):
        (folder / "data" / f"{n}.txt").write_text("x")
    (folder / ".auraignore").write_text("data/\n")
    tree = source_of(folder).worktree()
    assert tree is not None
    assert tree.skipped == {"ignored": 1}


def test_a_folder_that_is_gone_is_a_named_error(tmp_path: Path, source_of: Opener) -> None:
    (tmp_path / "notes").mkdir()
    source = source_of(tmp_path / "notes")
    (tmp_path / "notes").rmdir()
    with pytest.raises(SourceGone):
        source.worktree()


def test_a_folder_with_too_many_entries_is_refused(tmp_path: Path) -> None:
    for n in range(60):
        (tmp_path / f"{n}.png").write_text("")
    settings = Settings(home=tmp_path / "home", max_files=2)
    with pytest.raises(InputTooLarge):
        open_path(tmp_path, settings).worktree()
