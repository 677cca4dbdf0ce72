"""Repositories with missing, damaged and never fetched objects: a lost blob costs its file, all else is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aura_core.errors import SourceGone, UnknownRevision, UnsupportedRepository
from aura_core.model.changes import ChangeKind
from aura_core.ports.sources import Source
from tests.core.sources.conftest import Opener
from tests.support import GitRepository

FILES: dict[str, str | bytes | None] = {"a.py": "a = 1\n", "lib/b.py": "b = 1\n" * 99, "notes.txt": "text\n"}


def loose_file(repo: GitRepository, sha: str) -> Path:
    return repo.path / ".git" / "objects" / sha[:2] / sha[2:]


def delete(repo: GitRepository, sha: str) -> None:
    loose_file(repo, sha).unlink()


def damage(repo: GitRepository, sha: str) -> None:
    file = loose_file(repo, sha)
    file.chmod(0o600)
    file.write_bytes(b"no zlib stream")


def empty(repo: GitRepository, sha: str) -> None:
    file = loose_file(repo, sha)
    file.chmod(0o600)
    file.write_bytes(b"")


def cut_off(repo: GitRepository, sha: str) -> None:
    """Leave half of an object, as a full disk does. libgit2 reads such a one for ever."""
    file = loose_file(repo, sha)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])


@pytest.mark.parametrize(("harm", "word"), [(delete, "missing"), (damage, "damaged"), (empty, "damaged")])
def test_a_lost_blob_costs_its_file_and_is_named_with_its_path(
    repo: GitRepository, source_of: Opener, harm: Callable[[GitRepository, str], None], word: str
) -> None:
    sha, blob = repo.commit(FILES), repo.git("rev-parse", "HEAD:lib/b.py")
    harm(repo, blob)
    tree = source_of(repo.path).tree(sha)
    assert [file.path for file in tree.files] == ["a.py", "notes.txt"]
    assert (dict(tree.skipped), tree.unreadable) == ({"unreadable": 1}, (("lib/b.py", blob),))
    (warning,) = tree.warnings
    assert warning.startswith(f"lib/b.py: cannot be read (its blob {blob} is {word}")


def test_a_checkout_with_a_lost_blob_is_clean_while_the_disk_has_its_bytes(
    repo: GitRepository, source_of: Opener
) -> None:
    repo.commit(FILES)
    delete(repo, repo.git("rev-parse", "HEAD:notes.txt"))
    source = source_of(repo.path)
    assert source.worktree() is None
    repo.write({"a.py": "a = 2\n"})
    tree = source.worktree()
    assert tree is not None
    assert [source.read(file.blob) for file in tree.files] == [b"a = 2\n", b"b = 1\n" * 99, b"text\n"]


def test_a_blob_that_comes_back_is_seen_by_a_source_that_missed_it(repo: GitRepository, source_of: Opener) -> None:
    sha, blob = repo.commit(FILES), repo.git("rev-parse", "HEAD:notes.txt")
    delete(repo, blob)
    assert len(source_of(repo.path).tree(sha).files) == 2
    second = repo.commit({"a.py": "a = 2\n", "notes.txt": "text\n"})  # git add writes the blob again
    repo.git("hash-object", "-w", "notes.txt")
    for commit in (sha, second):
        tree = source_of(repo.path).tree(commit)
        assert [file.path for file in tree.files] == ["a.py", "lib/b.py", "notes.txt"]
        assert (dict(tree.skipped), tree.unreadable, tree.warnings) == ({}, (), ())


def test_rules_whose_blob_is_lost_rule_nothing_and_are_named(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({**FILES, ".gitattributes": "*.py linguist-generated\n"})
    delete(repo, repo.git("rev-parse", "HEAD:.gitattributes"))
    tree = source_of(repo.path).tree(sha)
    assert [file.path for file in tree.files] == ["a.py", "lib/b.py", "notes.txt"]
    assert ".gitattributes: cannot be read" in tree.warnings[0]


def test_blobs_that_cannot_be_read_are_left_out_of_a_batch(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit(FILES)
    source = source_of(repo.path)
    blobs = [file.blob for file in source.tree(sha).files]
    cut_off(repo, blobs[1])
    assert [text for _, text in source_of(repo.path).read_many(blobs)] == [b"a = 1\n", b"text\n"]
    with pytest.raises(SourceGone, match=f"{blobs[1]} is damaged"):
        source_of(repo.path).read(blobs[1])


def test_changes_of_lost_blobs_are_told_without_their_lines(repo: GitRepository, source_of: Opener) -> None:
    old = repo.commit(FILES)
    new = repo.commit({"a.py": "a = 2\n", "lib/b.py": None, "lib/c.py": "c = 1\n" * 9})
    for name in (f"{old}:a.py", f"{old}:lib/b.py", f"{new}:lib/c.py"):
        delete(repo, repo.git("rev-parse", name))
    changes = source_of(repo.path).changes(old, new)
    assert [(change.path, change.kind, change.lines) for change in changes] == [
        ("a.py", ChangeKind.MODIFIED, ()),
        ("lib/b.py", ChangeKind.DELETED, ()),
        ("lib/c.py", ChangeKind.ADDED, ()),
    ]


@pytest.mark.parametrize(("harm", "word"), [(delete, "missing"), (damage, "damaged"), (cut_off, "damaged")])
@pytest.mark.parametrize("name", ["HEAD:lib", "HEAD^{tree}"])
def test_a_lost_tree_is_named(
    repo: GitRepository, source_of: Opener, harm: Callable[[GitRepository, str], None], word: str, name: str
) -> None:
    old = repo.commit({"x.py": "x"})
    sha, tree = repo.commit(FILES), repo.git("rev-parse", name)
    harm(repo, tree)

    def questions(source: Source) -> list[Callable[[], object]]:
        return [lambda: source.tree(sha), lambda: source.changes(old, sha), lambda: source.changes("", sha)]

    for ask in questions(source_of(repo.path)):
        with pytest.raises(SourceGone, match=f"its tree {tree} is {word}"):
            ask()


@pytest.mark.parametrize("harm", [delete, damage, cut_off])
def test_a_lost_commit_that_head_names_is_named(
    repo: GitRepository, source_of: Opener, harm: Callable[[GitRepository, str], None]
) -> None:
    sha = repo.commit(FILES)
    harm(repo, sha)
    source = source_of(repo.path)
    for ask in (source.head, lambda: source.resolve("main"), lambda: source.resolve("")):
        with pytest.raises(SourceGone, match=sha):
            ask()
    with pytest.raises((UnknownRevision, SourceGone), match=sha):
        source.tree(sha)


@pytest.mark.parametrize("harm", [delete, damage, cut_off])
def test_a_lost_parent_is_named_and_the_newer_commits_are_read(
    repo: GitRepository, source_of: Opener, harm: Callable[[GitRepository, str], None]
) -> None:
    oldest, old, new = (repo.commit({"a.py": str(number)}, "Say it. " * 50) for number in range(3))
    harm(repo, old)
    source = source_of(repo.path)
    assert len(source.tree(new).files) == 1
    for ask in (
        lambda: source.resolve("HEAD~1"),
        lambda: source.resolve("HEAD^"),
        lambda: list(source.ancestors(new, 9)),
        lambda: source.commits_between(oldest, new),
    ):
        with pytest.raises(SourceGone, match=old):
            ask()


def test_a_shallow_clone_ends_where_its_history_was_cut(repo: GitRepository, tmp_path: Path, source_of: Opener) -> None:
    old, new = (repo.commit({"a.py": text}) for text in ("a", "b"))
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    source = source_of(tmp_path / "shallow")
    assert list(source.ancestors(new, 9)) == [new]
    assert source.commits_between(old, new) == 1
    with pytest.raises(UnknownRevision, match="HEAD~1"):
        source.resolve("HEAD~1")


def test_a_damaged_pack_costs_the_files_in_its_damaged_part(repo: GitRepository, source_of: Opener) -> None:
    big = "".join(f"{number}: {number * number}\n" for number in range(2_000))
    sha = repo.commit({**FILES, "big.txt": big})
    repo.git("gc", "-q")
    (pack,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o600)
    data, blob = pack.read_bytes(), repo.git("rev-parse", "HEAD:big.txt")
    listing = repo.git("verify-pack", "-v", str(pack.with_suffix(".idx")))
    packed_size, offset = next(line.split()[3:5] for line in listing.splitlines() if line.startswith(blob))
    start = int(offset) + int(packed_size) // 4
    pack.write_bytes(data[:start] + b"\xff" * (int(packed_size) // 2) + data[start + int(packed_size) // 2 :])
    source = source_of(repo.path)
    texts = dict(source.read_many([file.blob for file in source.tree(sha).files]))
    assert sorted(texts.values()) == [b"a = 1\n", b"b = 1\n" * 99, b"text\n"]


@pytest.fixture
def sparse(repo: GitRepository, tmp_path: Path) -> GitRepository:
    """A sparse checkout of a blobless clone: only ``lib`` was fetched, besides the files at the top."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit({**FILES, "app/main.py": "m = 1\n", "app/.gitattributes": "*.py linguist-generated\n"})
    clone = tmp_path / "sparse"
    repo.git("clone", "-q", "--filter=blob:none", "--sparse", f"file://{repo.path}", str(clone))
    repository = GitRepository(clone)
    repository.git("sparse-checkout", "set", "lib")
    return repository


def test_a_sparse_blobless_clone_is_read_as_far_as_it_was_fetched(
    sparse: GitRepository, repo: GitRepository, source_of: Opener
) -> None:
    repo.path.rename(repo.path.with_name("away"))  # nothing can be fetched any more
    source = source_of(sparse.path)
    tree = source.tree(sparse.git("rev-parse", "HEAD"))
    assert [file.path for file in tree.files] == ["a.py", "lib/b.py", "notes.txt"]
    assert [file.path for file in tree.unreadable] == ["app/.gitattributes", "app/main.py"]
    assert all("never fetched into this partial clone" in warning for warning in tree.warnings)
    assert source.worktree() is None
    sparse.write({"lib/b.py": "b = 2\n"})
    edited = source.worktree()
    assert edited is not None
    assert (edited.dirty, edited.unreadable) == (("lib/b.py",), tree.unreadable)


def test_a_treeless_clone_names_the_tree_and_how_to_complete_it(
    repo: GitRepository, tmp_path: Path, source_of: Opener
) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    old = repo.commit({"a.py": "a"})
    repo.commit({"a.py": "b"})
    clone = tmp_path / "partial"
    repo.git("clone", "-q", "--filter=tree:0", f"file://{repo.path}", str(clone))
    with pytest.raises(UnsupportedRepository, match="never fetched into this partial clone") as caught:
        source_of(clone).tree(old)
    assert repo.git("rev-parse", f"{old}^{{tree}}") in str(caught.value)
    command = caught.value.remedy.partition("with: ")[2].replace("'", "").split()
    repo.git(*command[1:])
    again = source_of(clone)
    assert [again.read(file.blob) for file in again.tree(old).files] == [b"a"]
