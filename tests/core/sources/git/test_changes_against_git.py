"""Change detection against the git program, on random trees of hostile paths."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.model.changes import Change, ChangeKind, Side
from aura_core.model.snapshot import WORKTREE
from aura_core.settings import Settings
from aura_core.sources import LocalSource
from aura_core.sources.git.rename_detection import chunks_of, similarity
from aura_core.sources.paths import decode_path, display_path
from tests.core.sources.open_path import open_local
from tests.support import GitRepository

NAMES = [
    b"a.py",
    b"A.py",
    b"b.py",
    b"sp ace",
    b'quo"te',
    b"new\nline",
    b"tab\t",
    b"back\\slash",
    b"\xe9.py",
    "e\u0301".encode(),
    "\u00e9".encode(),
    b"-x",
    b":y",
]
FOLDERS = [b"", b"d/", b"D/", b"d/e/", b"\xff/", b"a.py/"]
COMMIT = "5" * 40


class Leaf(NamedTuple):
    mode: bytes
    data: bytes


def _text(numbers: list[int], ends: str) -> bytes:
    return "".join(f"{'word ' * (n % 17)}{n}{ends}" for n in numbers).encode()


TEXTS = st.builds(_text, st.lists(st.integers(0, 60), max_size=14), st.sampled_from(["\n", "\n", "\r\n"]))
EDITED = st.builds(_text, st.lists(st.integers(0, 12), min_size=6, max_size=14, unique=True), st.just("\n"))
LEAVES = st.one_of(
    st.builds(
        Leaf, st.sampled_from([b"100644", b"100644", b"100755"]), TEXTS | EDITED | st.just(b"") | st.just(b"a\0b")
    ),
    st.builds(Leaf, st.just(b"120000"), st.sampled_from([b"a.py", b"nowhere", b"d"])),
    st.builds(Leaf, st.just(b"160000"), st.just(b"")),
)
PATHS = st.builds(bytes.__add__, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
TREES = st.dictionaries(PATHS, LEAVES, max_size=9).map(
    lambda tree: {p: leaf for p, leaf in tree.items() if not any(q.startswith(p + b"/") for q in tree)}
)


@st.composite
def moves(draw: st.DrawFn) -> tuple[dict[bytes, Leaf], dict[bytes, Leaf]]:
    """A tree of files that are not alike, and the same tree with some of them moved, edited, both, or gone."""
    paths = draw(st.lists(PATHS.filter(lambda path: b"a.py/" not in path), min_size=2, max_size=8, unique=True))
    old, new = {}, {}
    for number, path in enumerate(paths):
        lines = [
            b"%d of %d %b\n" % (n, number, b"x" * draw(st.integers(0, 70))) for n in range(draw(st.integers(4, 12)))
        ]
        old[path] = Leaf(b"100644", b"".join(lines))
        kept_count = draw(st.integers(0, len(lines)))
        more = [b"new %d in %d\n" % (n, number) for n in range(draw(st.integers(0, 6)))]
        leaf = Leaf(draw(st.sampled_from([b"100644", b"100755"])), b"".join(lines[:kept_count] + more))
        new[draw(st.just(path) | PATHS.filter(lambda p: b"a.py/" not in p))] = draw(
            st.sampled_from([leaf, leaf, old[path]])
        )
        if draw(st.booleans()) and path in new:
            del new[path]
    return old, new


def commits(repo: GitRepository, *trees: Mapping[bytes, Leaf]) -> list[str]:
    """Commits of these trees, made by one git process."""
    lines = []
    for number, tree in enumerate(trees):
        lines += [
            b"commit refs/heads/t%d" % number,
            b"committer A <a@example.invalid> 1700000000 +0000",
            b"data 0",
            b"deleteall",
        ]
        for path, leaf in tree.items():
            quoted = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
            if leaf.mode == b"160000":
                lines.append(b"M 160000 %b %b" % (COMMIT.encode(), quoted))
            else:
                lines.append(b"M %b inline %b\ndata %d\n%b" % (leaf.mode, quoted, len(leaf.data), leaf.data))
    done = subprocess.run(
        ["git", "fast-import", "--quiet", "--force"],
        cwd=repo.path,
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [repo.git("rev-parse", f"refs/heads/t{n}") for n in range(len(trees))]


def git_changes(repo: GitRepository, old: str, new: str, *options: str) -> dict[str, tuple[str, str]]:
    """New path → (letter, old path of a rename), by the git program."""
    command = ["git", "-c", "diff.ignoreSubmodules=none", "diff", "--name-status", "-z", *options, old, new]
    words = subprocess.run(command, cwd=repo.path, capture_output=True, check=True).stdout.split(b"\0")[:-1]
    changes = {}
    remaining = iter(words)
    for status in remaining:
        is_rename = status.startswith(b"R")
        old_path = display_path(decode_path(next(remaining))) if is_rename else ""
        changes[display_path(decode_path(next(remaining)))] = status[:1].decode(), old_path
    return changes


LETTERS = {"added": "A", "modified": "M", "deleted": "D", "mode": "M", "type": "T", "renamed": "R"}


def our_changes(changes: tuple[Change, ...]) -> dict[str, tuple[str, str]]:
    return {c.path: (LETTERS[c.kind], c.old_path) for c in changes}


def apply_changes(changes: tuple[Change, ...], tree: dict[str, Side]) -> dict[str, Side]:
    """A tree after its changes; they fit it exactly."""
    after = dict(tree)
    for change in changes:
        if change.old is not None:
            assert after.pop(change.old_path or change.path) == change.old
    for change in changes:
        if change.new is not None:
            assert change.path not in after
            after[change.path] = change.new
    return after


def has_ties(old: Mapping[bytes, Leaf], new: Mapping[bytes, Leaf]) -> bool:
    """Whether a file could be half of two equally similar renames."""
    deleted, added = ({p: t[p] for p in t.keys() - o.keys()} for t, o in ((old, new), (new, old)))
    scores: Counter[tuple[bytes, int, bool]] = Counter()
    for a, one in deleted.items():
        for b, two in added.items():
            same = one.data == two.data and one.mode[:3] == two.mode[:3]
            score = 60_000 if same else similarity(chunks_of(one.data), chunks_of(two.data), 30_000)
            for path in {a, b} if score else ():
                scores[path, score, os.path.basename(a) == os.path.basename(b)] += 1
    return any(count > 1 for count in scores.values())


def local(repo: GitRepository) -> LocalSource:
    return open_local(repo.path, Settings(home=repo.path.parent / "home"))


@pytest.mark.slow
@given(pair=st.tuples(TREES, TREES) | moves() | moves())
@limits(max_examples=80, deadline=None)
def test_changes_are_gits_and_turn_the_old_tree_into_the_new_one(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[dict[bytes, Leaf], dict[bytes, Leaf]]
) -> None:
    old, new = pair
    repo = GitRepository(tmp_path_factory.mktemp("pair"))
    shas = commits(repo, old, new)
    source = local(repo)
    before, after = ({display_path(path): side for path, side in source.sides_of(sha).items()} for sha in shas)
    plain, paired = (source.changes(*shas, threshold=threshold) for threshold in (101, 50))
    assert apply_changes(plain, before) == apply_changes(paired, before) == after
    assert our_changes(plain) == git_changes(repo, *shas, "--no-renames")
    if has_ties(old, new):
        event("similarity ties")  # git and we may pair them differently, and all that follows from it
        return
    event(f"renames: {sum(c.kind is ChangeKind.RENAMED for c in paired)}")
    assert our_changes(paired) == git_changes(repo, *shas, "-M")


@given(old=TREES, new=TREES, staged=st.booleans())
@limits(max_examples=30, deadline=None)
def test_a_working_tree_differs_from_a_commit_as_its_own_commit_does(
    tmp_path_factory: pytest.TempPathFactory, old: dict[bytes, Leaf], new: dict[bytes, Leaf], staged: bool
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("pair"))
    shas = commits(repo, old, new)
    repo.git("checkout", "-q", "--detach", shas[1])
    if not staged:
        repo.git("reset", "-q", shas[1])
    source = local(repo)
    assert source.changes(shas[0], WORKTREE) == source.changes(*shas)
    assert source.changes(shas[1], WORKTREE) == ()


@given(old=TREES, new=TREES)
@limits(max_examples=25, deadline=None)
def test_files_written_over_a_checkout_are_seen_as_git_would_commit_them(
    tmp_path_factory: pytest.TempPathFactory, old: dict[bytes, Leaf], new: dict[bytes, Leaf]
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("pair"))
    trees = [{p: leaf for p, leaf in tree.items() if leaf.mode != b"160000"} for tree in (old, new)]
    (sha, _) = commits(repo, *trees)
    repo.git("checkout", "-q", "--detach", sha)
    top = os.fsencode(repo.path)
    for path in trees[0]:
        os.unlink(os.path.join(top, path))
        _remove_empty(top, os.path.dirname(path))
    for path, leaf in trees[1].items():
        file = os.path.join(top, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        if leaf.mode == b"120000":
            os.symlink(leaf.data, file)
            continue
        Path(os.fsdecode(file)).write_bytes(leaf.data)
        os.chmod(file, int(leaf.mode[2:], 8))
    source = local(repo)
    ours = source.changes(sha, WORKTREE, threshold=101)
    repo.git("-c", "core.autocrlf=false", "add", "--all")
    assert our_changes(ours) == git_changes(repo, "--cached", sha, "--no-renames")
    assert local(repo).changes(sha, WORKTREE, threshold=101) == ours


def _remove_empty(top: bytes, folder: bytes) -> None:
    while folder and not os.listdir(os.path.join(top, folder)):
        os.rmdir(os.path.join(top, folder))
        folder = os.path.dirname(folder)
