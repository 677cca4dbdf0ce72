"""A mirror follows its remote, and what it keeps stays readable."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from aura_core.errors import SourceGone, UnknownRevision
from aura_core.ports.sources import Source
from aura_core.settings import Settings
from aura_core.sources import MirrorSource
from tests.core.sources.git.mirror_address import mirrored
from tests.core.sources.open_path import open_mirror
from tests.support import GitRepository


def test_a_first_fetch_makes_a_bare_mirror_that_answers(
    remote: GitRepository, mirror: MirrorSource, settings: Settings
) -> None:
    seen = []
    mirror.fetch(lambda step, done, total: seen.append((step, done, total)))
    sha = remote.git("rev-parse", "HEAD")
    assert mirror.head() == ("main", sha)
    assert [(f.path, mirror.read(f.blob)) for f in mirror.tree(sha).files] == [("a.py", b"a")]
    source: Source = mirror
    assert (source.worktree(), mirror.git.is_bare) == (None, True)
    assert any(done == total for _, done, total in seen)
    assert stat.S_IMODE((settings.home / "mirrors").stat().st_mode) == 0o700


def test_before_the_first_fetch_there_is_nothing_and_the_errors_say_so(mirror: MirrorSource) -> None:
    assert mirror.head() is None
    with pytest.raises(UnknownRevision, match="not been fetched"):
        mirror.resolve("main")
    with pytest.raises(SourceGone, match="not been fetched"):
        mirror.tree("0" * 40)


def test_a_later_fetch_follows_branches_tags_and_head(remote: GitRepository, mirror: MirrorSource) -> None:
    remote.git("branch", "gone")
    mirror.fetch()
    remote.git("branch", "-D", "gone")
    remote.git("checkout", "-q", "-b", "trunk")
    second = remote.commit({"a.py": "b"})
    remote.git("tag", "-a", "-m", "x", "v1")
    mirror.fetch()
    assert (mirror.head(), mirror.resolve("v1")) == (("trunk", second), second)
    with pytest.raises(UnknownRevision):
        mirror.resolve("gone")


def test_a_folder_and_a_branch_may_change_places(remote: GitRepository, mirror: MirrorSource) -> None:
    remote.git("branch", "topic")
    mirror.fetch()
    remote.git("branch", "-D", "topic")
    remote.git("branch", "topic/one")
    mirror.fetch()
    assert mirror.resolve("topic/one")


def test_kept_commits_survive_a_forced_push(remote: GitRepository, mirror: MirrorSource) -> None:
    mirror.fetch()
    lost = remote.git("rev-parse", "HEAD")
    mirror.keep(lost)
    mirror.keep(lost)
    remote.git("commit", "-q", "--amend", "-m", "rewritten")
    mirror.fetch()
    subprocess.run(["git", "-C", str(mirror.path), "gc", "-q", "--prune=now"], check=True)
    mirror.reopen()
    assert mirror.head() != ("main", lost)
    assert [f.path for f in mirror.tree(lost).files] == ["a.py"]
    with pytest.raises(UnknownRevision):
        mirror.keep("0" * 40)


def test_commits_that_are_kept_no_more_go_with_gits_own_housekeeping_and_all_others_stay(
    remote: GitRepository, mirror: MirrorSource
) -> None:
    mirror.keep_only([])  # before the first fetch there is nothing to let go
    shas = []
    for number in range(3):
        shas.append(remote.commit({"a.py": f"version {number}"}))
        mirror.fetch()
        mirror.keep(shas[-1])
        remote.git("reset", "-q", "--hard", "HEAD~1")
    remote.git("tag", "v1", shas[1])
    mirror.fetch()
    mirror.keep_only({shas[2], "0" * 40})
    subprocess.run(["git", "-C", str(mirror.path), "gc", "-q", "--prune=now"], check=True)
    mirror.reopen()
    assert mirror.resolve(shas[2]) == shas[2]
    assert [mirror.read(f.blob) for sha in shas[1:] for f in mirror.tree(sha).files] == [b"version 1", b"version 2"]
    assert mirror.head() == ("main", remote.git("rev-parse", "HEAD"))
    with pytest.raises(UnknownRevision):
        mirror.resolve(shas[0])


def test_a_commit_that_no_branch_has_is_fetched_by_its_id(remote: GitRepository, mirror: MirrorSource) -> None:
    main = remote.git("rev-parse", "HEAD")
    remote.git("checkout", "-q", "--detach")
    pull = remote.commit({"a.py": "pull"})
    remote.git("update-ref", "refs/pull/1/head", pull)
    remote.git("checkout", "-q", "main")
    mirror.fetch()
    with pytest.raises(UnknownRevision):
        mirror.resolve(pull)
    mirror.fetch(commits=(pull, "0" * 40, "--upload-pack=id", main))
    assert mirror.resolve(pull) == pull


def test_a_remote_with_a_detached_head(remote: GitRepository, mirror: MirrorSource) -> None:
    remote.git("checkout", "-q", "--detach")
    sha = remote.commit({"a.py": "d"})
    mirror.fetch()
    assert mirror.head() == ("HEAD", sha)
    remote.git("checkout", "-q", "main")
    mirror.fetch()
    assert mirror.head() == ("main", remote.git("rev-parse", "main"))


def test_an_empty_remote_has_no_head(tmp_path: Path, settings: Settings) -> None:
    empty = GitRepository(tmp_path / "empty.git", bare=True)
    source = open_mirror(mirrored(empty), settings)
    source.fetch()
    source.fetch()
    assert source.head() is None


def test_many_small_packs_are_joined_and_nothing_is_lost(
    remote: GitRepository, mirror: MirrorSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aura_core.sources.git.fetch.MAX_PACKS", 3)
    shas = []
    for n in range(6):
        shas.append(remote.commit({"a.py": str(n)}))
        mirror.fetch()
        mirror.keep(shas[-1])
    remote.git("checkout", "-q", "--orphan", "fresh")
    remote.commit({"a.py": "fresh"})
    remote.git("branch", "-D", "main")
    mirror.fetch()
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) <= 4
    assert [mirror.read(mirror.tree(sha).files[0].blob) for sha in shas] == [str(n).encode() for n in range(6)]


def test_removing_a_mirror_deletes_it_and_only_it(
    remote: GitRepository, mirror: MirrorSource, settings: Settings
) -> None:
    mirror.remove()
    mirror.fetch()
    other = settings.home / "mirrors" / "other.git"
    other.mkdir()
    mirror.remove()
    assert not mirror.path.exists()
    assert other.exists()
    assert remote.path.exists()
