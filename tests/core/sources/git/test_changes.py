import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.errors import InputTooLarge, UnknownRevision
from aura_core.model.changes import Change, ChangeKind, LineRange
from aura_core.model.snapshot import WORKTREE
from aura_core.settings import Settings
from tests.core.sources.change_list import TWENTY_LINES, brief
from tests.core.sources.conftest import Opener
from tests.core.sources.open_path import open_path
from tests.support import GitRepository


def test_added_modified_and_deleted_files_carry_their_lines(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"a.py": "one\ntwo\nthree\n", "b.py": "b\n", "same.py": "s", "empty.py": ""})
    new = repo.commit(
        {"a.py": "one\nTWO\nthree\nfour\n", "b.py": None, "c.py": "x\ny\n", "empty.py": "now\n", "void.py": ""}
    )
    changes = {c.path: c for c in source_of(repo.path).changes(old, new)}
    assert {path: c.kind.value for path, c in changes.items()} == {
        "a.py": "modified",
        "b.py": "deleted",
        "c.py": "added",
        "empty.py": "modified",
        "void.py": "added",
    }
    assert changes["a.py"].lines == (LineRange(2, 1, 2, 1), LineRange(3, 0, 4, 1))
    assert changes["b.py"].lines == (LineRange(1, 1, 0, 0),)
    assert changes["c.py"].lines == (LineRange(0, 0, 1, 2),)
    assert changes["empty.py"].lines == (LineRange(0, 0, 1, 1),)
    assert changes["void.py"].lines == ()
    a = changes["a.py"]
    assert a.old is not None
    assert a.new is not None
    assert (a.old.mode, a.old.blob, a.new.blob) == (
        0o100644,
        repo.git("rev-parse", f"{old}:a.py"),
        repo.git("rev-parse", f"{new}:a.py"),
    )


def test_an_unchanged_pair_has_no_changes(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a"})
    assert source_of(repo.path).changes(sha, sha) == ()


def test_a_rename_without_an_edit_is_certain(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"old/a.py": "x", "old/b.py": "x"})
    new = repo.commit({"old/a.py": None, "old/b.py": None, "new/b.py": "x", "new/a.py": "x"})
    changes = source_of(repo.path).changes(old, new)
    assert brief(changes) == ["renamed old/a.py>new/a.py", "renamed old/b.py>new/b.py"]
    assert [(c.similarity, c.lines) for c in changes] == [(100, ()), (100, ())]


def test_a_rename_with_an_edit_needs_enough_in_common(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"a.py": TWENTY_LINES})
    new = repo.commit({"a.py": None, "moved.py": TWENTY_LINES.replace("line 3\n", "changed\n")})
    source = source_of(repo.path)
    (change,) = source.changes(old, new)
    assert (change.kind, change.old_path, change.path) == (ChangeKind.RENAMED, "a.py", "moved.py")
    assert 90 <= change.similarity < 100
    assert change.lines == (LineRange(4, 1, 4, 1),)
    assert brief(source.changes(old, new, threshold=99)) == ["deleted a.py", "added moved.py"]
    assert brief(source.changes(old, new, threshold=101)) == ["deleted a.py", "added moved.py"]


def test_the_most_similar_pair_wins_and_each_file_is_in_one(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"a.py": TWENTY_LINES, "b.py": TWENTY_LINES + "more\n" * 3})
    new = repo.commit(
        {
            "a.py": None,
            "b.py": None,
            "x.py": TWENTY_LINES + "more\n" * 2,
            "y.py": TWENTY_LINES + "end\n",
            "z.py": TWENTY_LINES + "other\n" * 15,
        }
    )
    assert brief(source_of(repo.path).changes(old, new)) == ["renamed b.py>x.py", "renamed a.py>y.py", "added z.py"]


def test_empty_files_are_renamed_only_when_nothing_differs(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"a/__init__.py": "", "b.py": "text\n"})
    new = repo.commit({"a/__init__.py": None, "b.py": None, "c/__init__.py": "", "d.py": "other\n"})
    assert brief(source_of(repo.path).changes(old, new)) == [
        "deleted b.py",
        "renamed a/__init__.py>c/__init__.py",
        "added d.py",
    ]


def test_a_rename_that_changes_only_the_case(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"Readme.md": "x\n"})
    new = repo.commit({"Readme.md": None, "README.md": "x\n"})
    assert brief(source_of(repo.path).changes(old, new)) == ["renamed Readme.md>README.md"]


def test_modes_and_types(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"o.py": "o"})
    old = repo.commit({"run.sh": "x\n", "both.sh": "x\n", "link": "target", "libs/module": "text", "dir/a.py": "a"})
    (repo.path / "run.sh").chmod(0o755)
    (repo.path / "both.sh").chmod(0o755)
    repo.write({"both.sh": "y\n", "link": None, "libs/module": None, "dir/a.py": None})
    (repo.path / "link").symlink_to("target")
    (repo.path / "dir").rmdir()
    repo.write({"dir": "now a file\n"})
    repo.git("rm", "--quiet", "--cached", "libs/module")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--force", str(other.path), "libs/module"
    )
    new = repo.commit()
    changes = source_of(repo.path).changes(old, new)
    assert brief(changes) == [
        "added .gitmodules", "modified both.sh", "added dir", "deleted dir/a.py", "type libs/module",
        "type link", "mode run.sh",
    ]  # fmt: skip
    modes = {c.path: (c.old.mode, c.new.mode) for c in changes if c.old and c.new}
    assert modes["run.sh"] == modes["both.sh"] == (0o100644, 0o100755)
    assert (modes["link"], modes["libs/module"]) == ((0o100644, 0o120000), (0o100644, 0o160000))
    assert all(c.lines == () for c in changes if c.kind in (ChangeKind.TYPE, ChangeKind.MODE))


def test_deleted_then_added_again_is_unchanged_from_end_to_end(repo: GitRepository, source_of: Opener) -> None:
    first = repo.commit({"a.py": "a", "b.py": "b"})
    second = repo.commit({"a.py": None})
    third = repo.commit({"a.py": "a"})
    source = source_of(repo.path)
    assert brief(source.changes(first, second)) == ["deleted a.py"]
    assert brief(source.changes(second, third)) == ["added a.py"]
    assert source.changes(first, third) == ()


def test_merges_forced_pushes_and_unrelated_histories_are_pairs_like_others(
    repo: GitRepository, source_of: Opener
) -> None:
    base = repo.commit({"a.py": "a\n", "b.py": "b\n"})
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit({"b.py": "side\n"})
    repo.git("checkout", "-q", "main")
    main = repo.commit({"a.py": "main\n"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merge = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--orphan", "fresh")
    orphan = repo.commit({"a.py": None, "b.py": None, "z.py": "z\n"})
    source = source_of(repo.path)
    assert brief(source.changes(main, merge)) == ["modified b.py"]
    assert brief(source.changes(side, merge)) == ["modified a.py"]
    assert brief(source.changes(side, main)) == ["modified a.py", "modified b.py"]
    assert brief(source.changes(base, orphan)) == ["deleted a.py", "deleted b.py", "added z.py"]
    assert brief(source.changes("", orphan)) == ["added z.py"]
    with pytest.raises(UnknownRevision):
        source.changes(base, "0" * 40)


def test_odd_paths_are_told_apart(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({"a.py": "a"})
    names = [b"sp ace.py", b'quo"te.py', b"new\nline.py", b"\xe9.py", "e\u0301.py".encode(), "\u00e9.py".encode()]
    for number, name in enumerate(names):
        with open(bytes(repo.path) + b"/" + name, "w") as file:
            file.write(f"{number}")
    new = repo.commit()
    paths = [change.path for change in source_of(repo.path).changes(old, new)]
    assert paths == sorted(["sp ace.py", 'quo"te.py', "new\nline.py", "%E9.py", "e\u0301.py", "\u00e9.py"])


def test_binary_and_large_files_have_no_lines(repo: GitRepository, tmp_path: Path) -> None:
    old = repo.commit({"a.bin": b"a\0b", "big.txt": "x\n" * 600})
    new = repo.commit({"a.bin": b"a\0c", "big.txt": "y\n" * 600})
    source = open_path(repo.path, Settings(home=tmp_path / "home", max_file_bytes=1_000))
    assert [(c.kind.value, c.lines) for c in source.changes(old, new)] == [("modified", ()), ("modified", ())]


def test_attributes_and_configuration_do_not_hide_changes(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit({".gitattributes": "*.py -diff binary\n", "a.py": "a\n"})
    repo.git("config", "diff.ignoreSubmodules", "all")
    new = repo.commit({"a.py": "b\n"})
    (change,) = source_of(repo.path).changes(old, new)
    assert change.lines == (LineRange(1, 1, 1, 1),)


def test_a_tree_that_repeats_itself_without_end_is_refused(repo: GitRepository, tmp_path: Path) -> None:
    old = repo.commit({"a.py": "a"})
    tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    for _ in range(14):
        lines = "".join(f"040000 tree {tree}\td{n}\n" for n in range(10))
        tree = subprocess.run(
            ["git", "mktree", "--missing"], cwd=repo.path, input=lines, text=True, capture_output=True, check=True
        ).stdout.strip()
    new = repo.git("commit-tree", tree, "-m", "bomb")
    repo.git("hash-object", "-t", "tree", "-w", "/dev/null")
    source = open_path(repo.path, Settings(home=tmp_path / "home", max_files=1_000))
    with pytest.raises(InputTooLarge):
        source.changes(old, new)
    with pytest.raises(InputTooLarge):
        source.tree(new)


def test_from_a_commit_to_the_working_tree(repo: GitRepository, source_of: Opener) -> None:
    files = {
        "a.py": TWENTY_LINES,
        "b.py": "b\n",
        "gone.py": "g\n",
        "run.sh": "r\n",
        "link": "l",
        "same.py": "s\n",
        ".gitignore": "*.log\n",
    }
    old = repo.commit(files)
    middle = repo.commit({"b.py": "b2\n"})
    repo.write({"a.py": None, "gone.py": None, "link": None, "new.py": "n\n", "x.log": "x"})
    repo.write({"moved.py": TWENTY_LINES + "more\n"})
    (repo.path / "run.sh").chmod(0o755)
    (repo.path / "link").symlink_to("l")
    repo.git("add", "new.py")
    source = source_of(repo.path)
    briefs = ["deleted gone.py", "type link", "renamed a.py>moved.py", "added new.py", "mode run.sh"]
    assert brief(source.changes(middle, WORKTREE)) == briefs
    assert brief(source.changes(old, WORKTREE)) == ["modified b.py", *briefs]
    rename = next(c for c in source.changes(middle, WORKTREE) if c.kind is ChangeKind.RENAMED)
    assert rename.lines == (LineRange(20, 0, 21, 1),)


def test_a_clean_checkout_has_no_changes_sparse_or_with_submodules(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"o.py": "o"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "libs/other")
    (repo.path / "link").symlink_to("in/a.py")
    sha = repo.commit({"in/a.py": "a", "out/b.py": "b", "big.txt": "x" * 1_500_000})
    source = source_of(repo.path)
    assert source.changes(sha, WORKTREE) == ()
    repo.git("sparse-checkout", "set", "--cone", "in")
    assert source.changes(sha, WORKTREE) == ()
    repo.write({"in/a.py": "changed"})
    assert brief(source.changes(sha, WORKTREE)) == ["modified in/a.py"]


def test_a_bare_repository_and_a_folder_have_no_working_tree_to_compare(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    sha = repo.commit({"a.py": "a"})
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    with pytest.raises(UnknownRevision, match="no working tree"):
        source_of(tmp_path / "bare.git").changes(sha, WORKTREE)
    (tmp_path / "notes").mkdir()
    with pytest.raises(UnknownRevision):
        source_of(tmp_path / "notes").changes(sha, WORKTREE)


PATHS = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/c", "B", "x y"])
TEXTS = st.lists(st.sampled_from(["one\n", "two\n", "three\n", "four\n", "\n"]), max_size=12).map("".join)
TREES = st.dictionaries(PATHS, st.tuples(TEXTS, st.sampled_from(["file", "script", "link"])), max_size=6)


@given(old=TREES, new=TREES)
@example(old={"a": ("\none\none\n\none\n", "file")}, new={"a": ("\none\n\n", "file")})
@limits(max_examples=40, deadline=None)
def test_changes_are_those_that_git_reports(
    tmp_path_factory: pytest.TempPathFactory, old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("changes"))
    old_sha, new_sha = (_commit_tree(repo, tree) for tree in (old, new))
    source = open_path(repo.path, Settings(home=repo.path.parent / "home"))
    ours = source.changes(old_sha, new_sha, threshold=101)
    raw = repo.git("diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", old_sha, new_sha).split("\0")
    theirs = {
        path: (old_mode[1:], new_mode, status)
        for (old_mode, new_mode, _, _, status), path in zip((h.split(" ") for h in raw[:-1:2]), raw[1::2], strict=False)
    }
    assert {c.path: _raw(c) for c in ours} == theirs
    for change in ours:
        if change.kind is ChangeKind.MODIFIED and change.new and change.new.mode != 0o120000:
            assert list(change.lines) == _hunks(
                repo.git("diff", "-U0", "--no-color", old_sha, new_sha, "--", change.path)
            )
    assert source.changes(new_sha, WORKTREE, threshold=101) == ()
    assert source.changes(old_sha, WORKTREE, threshold=101) == ours


def _commit_tree(repo: GitRepository, tree: dict[str, tuple[str, str]]) -> str:
    repo.git("rm", "-rqf", "--ignore-unmatch", ".")
    for path, (text, kind) in sorted(tree.items()):
        file = repo.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            os.symlink(text.replace("\n", "") or "nowhere", file)
        else:
            file.write_text(text)
            file.chmod(0o755 if kind == "script" else 0o644)
    return repo.commit()


def _raw(change: Change) -> tuple[str, str, str]:
    letters = {"added": "A", "modified": "M", "deleted": "D", "mode": "M", "type": "T"}
    old_mode, new_mode = (f"{side.mode:06o}" if side else "000000" for side in (change.old, change.new))
    return old_mode, new_mode, letters[change.kind]


def _hunks(text: str) -> list[LineRange]:
    hunks = re.findall(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", text, re.MULTILINE)
    return [LineRange(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in hunks]
