import subprocess
from pathlib import Path

import pytest

from aura_core.errors import AmbiguousRevision, InputTooLarge, SourceGone, UnknownRevision
from aura_core.settings import Settings
from tests.core.sources.conftest import Opener
from tests.core.sources.open_path import open_path
from tests.support import GitRepository


def test_head_names_its_branch_or_says_that_it_is_detached(repo: GitRepository, source_of: Opener) -> None:
    assert source_of(repo.path).head() is None
    first = repo.commit({"a.py": "a"})
    repo.git("checkout", "-q", "-b", "topic/x")
    assert source_of(repo.path).head() == ("topic/x", first)
    repo.git("checkout", "-q", "--detach")
    assert source_of(repo.path).head() == ("HEAD", first)


def test_an_open_source_sees_new_commits(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    source = source_of(repo.path)
    source.head()
    second = repo.commit({"a.py": "b"})
    repo.git("gc", "-q")
    assert source.head() == ("main", second)
    assert [source.read(f.blob) for f in source.tree(second).files] == [b"b"]


def test_names_of_commits_resolve(repo: GitRepository, source_of: Opener) -> None:
    first = repo.commit({"a.py": "a"})
    repo.git("tag", "light")
    repo.git("tag", "-a", "-m", "x", "heavy")
    repo.git("tag", "-a", "-m", "x", "heavier", "heavy")
    repo.git("branch", "feature/one")
    repo.git("update-ref", "refs/remotes/origin/main", first)
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    second = repo.commit({"a.py": "b"})
    source = source_of(repo.path)
    names = [
        first,
        first.upper(),
        first[:7],
        "light",
        "heavy",
        "heavier",
        "feature/one",
        "origin/main",
        "origin",
        "refs/tags/heavy",
        "heads/feature/one",
    ]
    assert {source.resolve(name) for name in [*names, "HEAD~1", "HEAD^", "main~", "main^1"]} == {first}
    assert {source.resolve(name) for name in ["", "HEAD", "main", "main~0", "main^0"]} == {second}


@pytest.mark.parametrize(
    "name",
    [
        "nope",
        "abc",
        "0" * 40,
        "--help",
        "-x",
        "HEAD~9",
        "HEAD^2",
        "a b",
        "HEAD:a.py",
        ":/x",
        "@{-1}",
        "main\n",
        "x" * 2_000,
        "*",
        "../HEAD",
        "config",
        "é",
    ],
)
def test_other_names_are_unknown(repo: GitRepository, source_of: Opener, name: str) -> None:
    repo.commit({"a.py": "a"})
    with pytest.raises(UnknownRevision):
        source_of(repo.path).resolve(name)


def test_a_blob_or_tree_is_no_commit(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    for thing in ("HEAD:a.py", "HEAD^{tree}"):
        sha = repo.git("rev-parse", thing)
        for name in (sha, sha[:10]):
            with pytest.raises(UnknownRevision):
                source_of(repo.path).resolve(name)


def test_a_branch_beats_a_tag_and_both_beat_an_abbreviation(repo: GitRepository, source_of: Opener) -> None:
    first = repo.commit({"a.py": "a"})
    repo.git("tag", "same")
    second = repo.commit({"a.py": "b"})
    repo.git("branch", "same")
    repo.git("branch", first[:6], second)
    assert source_of(repo.path).resolve("same") == second
    assert source_of(repo.path).resolve(first[:6]) == second


def test_an_ambiguous_abbreviation_names_its_candidates(repo: GitRepository, source_of: Opener) -> None:
    tree = repo.git("write-tree")
    seen: dict[str, set[str]] = {}
    for number in range(3_000):
        seen.setdefault((sha := repo.git("commit-tree", tree, "-m", str(number)))[:4], set()).add(sha)
        if len(seen[sha[:4]]) > 1:
            break
    prefix, twins = next((p, s) for p, s in seen.items() if len(s) > 1)
    source = source_of(repo.path)
    with pytest.raises(AmbiguousRevision) as caught:
        source.resolve(prefix)
    assert caught.value.details["candidates"] == sorted(twins)
    longer = min(twins)[:12]
    assert source.resolve(longer) == min(twins)


def test_files_are_sorted_and_the_others_counted_by_reason(repo: GitRepository, source_of: Opener) -> None:
    files: dict[str, str | bytes | None] = {
        "b.py": "b",
        "a/z.py": "z",
        "empty.py": "",
        "utf16": b"\xff\xfea\0b\0",
        "nul.unknown": b"a\0b",
        "pic.PNG": b"x",
        "node_modules/x/i.js": "x",
        "pkg/_vendor/six.py": "x",
        "Pipfile.lock": "x",
        "app.min.js": "x",
        "api_pb2.py": "x",
        "de.po": "x",
        "big.txt": "x" * 1_000_001,
        "hidden.py": "x",
        ".auraignore": "hidden.py\n",
        ".gitignore": "b.py\n",
    }
    repo.write(files)
    (repo.path / "link.py").symlink_to("b.py")
    repo.git("add", "--all", "--force")
    sha = repo.commit()
    tree = source_of(repo.path).tree(sha)
    assert [f.path for f in tree.files] == [".auraignore", ".gitignore", "a/z.py", "b.py", "empty.py", "utf16"]
    assert [f.size for f in tree.files] == [10, 5, 1, 1, 0, 6]
    assert tree.skipped == {
        "binary": 2,
        "vendored": 2,
        "generated": 3,
        "translations": 1,
        "too_large": 1,
        "ignored": 1,
        "symlink": 1,
    }
    assert (tree.snapshot, tree.base, tree.dirty) == (sha, "", ())
    assert dict(source_of(repo.path).read_many([tree.files[2].blob, tree.files[5].blob])) == {
        tree.files[2].blob: b"z",
        tree.files[5].blob: b"\xff\xfea\0b\0",
    }


def test_gitattributes_of_every_level_mark_and_unmark(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit(
        {
            ".gitattributes": "[attr]macro linguist-generated\n*.gen.py linguist-generated=true text\n"
            '"with space.py" linguist-generated\nlib/** linguist-vendored\n!bad x\n',
            "sub/.gitattributes": "keep.gen.py -linguist-generated\nyarn.lock linguist-generated=false\n"
            "vendor/** linguist-vendored=false\n",
            "a.gen.py": "x",
            "with space.py": "x",
            "lib/x/y.py": "x",
            "sub/b.gen.py": "x",
            "sub/keep.gen.py": "x",
            "sub/yarn.lock": "x",
            "sub/vendor/v.py": "x",
            "vendor/v.py": "x",
        }
    )
    tree = source_of(repo.path).tree(sha)
    assert [f.path for f in tree.files if "attributes" not in f.path] == [
        "sub/keep.gen.py",
        "sub/vendor/v.py",
        "sub/yarn.lock",
    ]
    assert tree.skipped == {"generated": 3, "vendored": 2}


def test_a_line_with_a_bang_keeps_what_only_built_in_rules_skip(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit(
        {
            ".auraignore": "!vendor/\n!*.po\nvendor/private/\n",
            "vendor/a.py": "x",
            "vendor/private/b.py": "x",
            "de.po": "x",
            "vendor/p.png": "x",
        }
    )
    tree = source_of(repo.path).tree(sha)
    assert [f.path for f in tree.files] == [".auraignore", "de.po", "vendor/a.py"]
    assert tree.skipped == {"ignored": 1, "binary": 1}


def test_the_settings_digest_follows_the_rules_and_nothing_else(
    repo: GitRepository, source_of: Opener, tmp_path: Path
) -> None:
    shas = [
        repo.commit(files)
        for files in (
            {"a.py": "a"},
            {"a.py": "b", ".gitattributes": "*.txt text\n"},
            {".auraignore": "x\n"},
            {".auraignore": "y\n"},
            {".gitattributes": "*.c linguist-generated\n"},
        )
    ]
    digests = [source_of(repo.path).tree(sha).settings for sha in shas]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
    smaller = Settings(home=tmp_path / "home", max_file_bytes=5_000)
    assert open_path(repo.path, smaller).tree(shas[0]).settings != digests[0]


def test_paths_that_are_not_utf8_are_shown_percent_encoded(repo: GitRepository, source_of: Opener) -> None:
    for name in (b"\xff.py", b"%FF.py", "é/ü.py".encode(), "e\u0301.py".encode(), b'new\nline".py', b"sp ace.py"):
        file = bytes(repo.path) + b"/" + name
        Path(file.decode("utf-8", "surrogateescape")).parent.mkdir(exist_ok=True)
        with open(file, "w") as out:
            out.write(repr(name))
    tree = source_of(repo.path).tree(repo.commit())
    assert [f.path for f in tree.files] == sorted(["%FF.py", "é/ü.py", "e\u0301.py", 'new\nline".py', "sp ace.py"])
    assert tree.skipped == {"unreadable": 1}
    assert tree.warnings == ("%FF.py: looks like another file's path, not indexed",)


def test_submodules_are_counted_and_named(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    other = GitRepository(tmp_path / "other")
    other.commit({"x.py": "x"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "libs/other")
    sha = repo.commit({"a.py": "a"})
    source = source_of(repo.path)
    tree = source.tree(sha)
    assert (tree.skipped, tree.submodules) == ({"submodule": 1}, ("libs/other",))
    assert source.worktree() is None
    assert source_of(repo.path / "libs" / "other").head() is not None


def test_lfs_pointers_are_reported(repo: GitRepository, source_of: Opener) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    sha = repo.commit({".gitattributes": "*.csv filter=lfs diff=lfs\n", "a.csv": pointer, "b.csv": "real"})
    assert "1 files are Git LFS pointers" in source_of(repo.path).tree(sha).warnings[0]


def test_too_many_files_are_refused_with_the_setting_to_change(repo: GitRepository, tmp_path: Path) -> None:
    sha = repo.commit({f"{n}.py": "x" for n in range(4)})
    source = open_path(repo.path, Settings(home=tmp_path / "home", max_files=3))
    with pytest.raises(InputTooLarge, match="more than 3 files") as caught:
        source.tree(sha)
    assert "AURA_MAX_FILES" in caught.value.remedy


def test_a_tree_that_repeats_itself_without_end_is_refused(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"x.png": "x"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    for _ in range(12):
        tree = _mktree(repo, [f"040000 tree {tree}\td{n}" for n in range(10)])
    sha = repo.git("commit-tree", tree, "-m", "bomb")
    source = open_path(repo.path, Settings(home=tmp_path / "home", max_files=100))
    with pytest.raises(InputTooLarge):
        source.tree(sha)


def _mktree(repo: GitRepository, lines: list[str]) -> str:
    return subprocess.run(
        ["git", "mktree"], cwd=repo.path, input="\n".join(lines) + "\n", text=True, capture_output=True, check=True
    ).stdout.strip()


def test_very_deep_folders_are_counted_as_unreadable(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"x.py": "x"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    for _ in range(200):
        tree = _mktree(repo, [f"040000 tree {tree}\td"])
    tree = source_of(repo.path).tree(repo.git("commit-tree", tree, "-m", "deep"))
    assert (tree.files, tree.skipped) == ((), {"unreadable": 1})


def test_a_bare_repository_answers(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a"})
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    source = source_of(tmp_path / "bare.git")
    assert (source.head(), source.worktree()) == (("main", sha), None)
    assert [f.path for f in source.tree(sha).files] == ["a.py"]


def test_a_shallow_clone_answers_what_it_has(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    first = repo.commit({"a.py": "a"})
    second = repo.commit({"a.py": "b"})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    source = source_of(tmp_path / "shallow")
    assert [f.path for f in source.tree(second).files] == ["a.py"]
    assert list(source.ancestors(second, 10)) == [second]
    with pytest.raises(UnknownRevision) as caught:
        source.resolve(first)
    assert "shallow" in caught.value.remedy
    with pytest.raises(UnknownRevision):
        source.resolve("HEAD~1")


def test_a_blob_that_is_gone_is_a_named_error(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "a"})
    source = source_of(repo.path)
    for blob in ("0" * 40, sha):
        with pytest.raises(SourceGone):
            source.read(blob)


def test_history_is_counted_for_lag(repo: GitRepository, source_of: Opener) -> None:
    shas = [repo.commit({"a.py": str(n)}) for n in range(5)]
    repo.git("checkout", "-q", "-b", "side", shas[1])
    side = repo.commit({"b.py": "b"})
    source = source_of(repo.path)
    assert source.commits_between(shas[0], shas[4]) == 4
    assert source.commits_between(shas[4], shas[0]) == 0
    assert source.commits_between(shas[0], shas[4], limit=2) == 2
    assert source.commits_between(side, shas[4]) == 3
    assert list(source.ancestors(shas[2], 2)) == [shas[2], shas[1]]
    assert source.commit_time(shas[1]) - source.commit_time(shas[0]) == 60
    with pytest.raises(UnknownRevision):
        source.commit_time("0" * 40)
