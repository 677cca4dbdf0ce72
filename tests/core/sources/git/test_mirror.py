import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aura_core.errors import GitFailed, SourceGone, UnknownRevision
from aura_core.model.repository import Repository
from aura_core.ports.sources import Source
from aura_core.settings import Settings
from aura_core.sources import MirrorSource, identify
from aura_core.sources.git.git_program import git_error
from tests.core.sources.open_path import open_mirror
from tests.support import PATIENCE_SECONDS, GitRepository


@pytest.fixture
def remote(tmp_path: Path) -> GitRepository:
    repo = GitRepository(tmp_path / "remote")
    repo.commit({"a.py": "a"})
    return repo


def mirrored(remote: GitRepository) -> Repository:
    return identify(f"file://{remote.path}", from_cli=True)


@pytest.fixture
def mirror(remote: GitRepository, settings: Settings) -> MirrorSource:
    return open_mirror(mirrored(remote), settings)


@pytest.fixture
def over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for ssh that runs the command here, after what `before.sh` does."""
    script = tmp_path / "ssh.sh"
    script.write_text(
        f'#!/bin/sh\nfor last; do :; done\n[ -f "{tmp_path}/before.sh" ] && . "{tmp_path}/before.sh"\neval "$last"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")
    return tmp_path / "before.sh"


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


def test_what_cannot_be_fetched_leaves_nothing_behind(tmp_path: Path, settings: Settings) -> None:
    source = open_mirror(identify(f"file://{tmp_path}/nothing", from_cli=True), settings)
    with pytest.raises(GitFailed, match="git ls-remote failed") as caught:
        source.fetch()
    assert caught.value.remedy
    assert {p.suffixes[-1] for p in (settings.home / "mirrors").iterdir()} == {".lock", ".json"}


def test_files_are_fetched_only_for_who_added_them_on_the_command_line(
    remote: GitRepository, settings: Settings
) -> None:
    source = open_mirror(replace(mirrored(remote), added_by="api"), settings)
    with pytest.raises(GitFailed, match="transport 'file' not allowed"):
        source.fetch()


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:1/a", "git://127.0.0.1/a", "ext::sh -c 'touch {mark}'", "--upload-pack=touch {mark}"]
)
def test_other_protocols_and_options_are_refused_by_git_too(
    settings: Settings, tmp_path: Path, origin: str, remote: GitRepository
) -> None:
    mark = tmp_path / "mark"
    repository = replace(mirrored(remote), origin=origin.format(mark=mark))
    with pytest.raises(GitFailed):
        open_mirror(repository, replace(settings, private_mirror_hosts=("127.0.0.1",))).fetch()
    assert not mark.exists()


def test_outside_configuration_and_hooks_do_not_count(
    remote: GitRepository, mirror: MirrorSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, hooks = tmp_path / "mark", tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {mark}\n")
    (hooks / "reference-transaction").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f'[core]\n\thooksPath = {hooks}\n[url "file:///nowhere"]\n\tinsteadOf = file://{remote.path}\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hooks))
    mirror.fetch()
    assert mirror.head() is not None
    assert not mark.exists()


def test_a_repository_over_ssh(remote: GitRepository, settings: Settings, over_ssh: Path) -> None:
    source = open_mirror(identify(f"ssh://git@example.org{remote.path}", from_cli=False), settings)
    source.fetch()
    assert source.head() == ("main", remote.git("rev-parse", "HEAD"))


def test_a_server_that_wants_the_suffix_gets_it(remote: GitRepository, settings: Settings, over_ssh: Path) -> None:
    over_ssh.write_text(
        'case "$last" in *.git\\\'*) last="git-upload-pack \''
        + str(remote.path)
        + "'\";; *) echo no such project >&2; exit 1;; esac\n"
    )
    source = open_mirror(identify("git@example.org:org/name.git", from_cli=False), settings)
    source.fetch()
    assert source.head() is not None
    over_ssh.write_text(
        over_ssh.read_text().replace("no such project", f"asked twice >> {over_ssh.parent}/asked; echo no")
    )
    source.fetch()
    assert not (over_ssh.parent / "asked").exists()


def test_a_slow_server_is_given_up_and_nothing_keeps_running(
    remote: GitRepository, tmp_path: Path, over_ssh: Path
) -> None:
    over_ssh.write_text(f"echo $$ > {tmp_path}/pid\nsleep 600\n")
    source = open_mirror(
        identify("git@example.org:a", from_cli=False),
        Settings(home=tmp_path / "home", git_timeout_seconds=2.0, private_mirror_hosts=("example.org",)),
    )
    start = time.monotonic()
    with pytest.raises(GitFailed, match="too long"):
        source.fetch()
    assert time.monotonic() - start < PATIENCE_SECONDS
    pid = int((tmp_path / "pid").read_text())
    while _alive(pid):
        assert time.monotonic() - start < 2 * PATIENCE_SECONDS
        time.sleep(0.1)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_mirror_that_grows_too_large_is_refused_and_removed(remote: GitRepository, tmp_path: Path) -> None:
    remote.commit({"big.bin": os.urandom(1_500_000)})
    settings = Settings(home=tmp_path / "home", max_mirror_bytes=1_000_000)
    with pytest.raises(GitFailed, match="larger than 1000000 bytes"):
        open_mirror(mirrored(remote), settings).fetch()
    assert {p.suffixes[-1] for p in (settings.home / "mirrors").iterdir()} == {".lock", ".json"}


def test_damaged_objects_are_refused_and_old_small_faults_are_not(remote: GitRepository, settings: Settings) -> None:
    tree = remote.git("rev-parse", "HEAD^{tree}")
    person = "A <a@example.invalid> 1700000000"
    _commit_by_hand(remote, f"tree {tree}\nauthor {person} +051800\ncommitter {person} +0000\n\nbad zone\n")
    open_mirror(mirrored(remote), settings).fetch()
    blob = remote.git("rev-parse", "HEAD:a.py")
    process = subprocess.run(
        ["git", "mktree"],
        cwd=remote.path,
        input=f"100644 blob {blob}\t.git\n",
        text=True,
        capture_output=True,
        check=True,
    )
    _commit_by_hand(remote, f"tree {process.stdout.strip()}\nauthor {person} +0000\ncommitter {person} +0000\n\nevil\n")
    with pytest.raises(GitFailed, match="hasDotgit"):
        open_mirror(mirrored(remote), settings).fetch()


def _commit_by_hand(repo: GitRepository, text: str) -> None:
    process = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repo.path,
        input=text,
        text=True,
        capture_output=True,
        check=True,
    )
    repo.git("update-ref", "refs/heads/by-hand", process.stdout.strip())


def test_what_a_killed_fetch_left_behind_does_not_stop_the_next(
    remote: GitRepository, mirror: MirrorSource, settings: Settings
) -> None:
    mirror.fetch()
    remote.commit({"a.py": "b"})
    for name in ("packed-refs.lock", "refs/heads/main.lock", "HEAD.lock", "config.lock", "objects/pack/tmp_pack_x"):
        (mirror.path / name).write_text("")
    (mirror.path / "objects" / "incoming-x").mkdir()
    left = settings.home / "mirrors" / f"{mirror.path.name}.aside-old"
    left.mkdir()
    mirror.fetch()
    assert mirror.head() == ("main", remote.git("rev-parse", "HEAD"))
    assert not left.exists()
    assert not list(mirror.path.glob("**/*.lock")) + list(mirror.path.glob("objects/incoming-*"))


def test_a_fetch_killed_at_any_moment_leaves_a_whole_mirror_or_none(remote: GitRepository, settings: Settings) -> None:
    for n in range(20):
        remote.commit({f"{n}.bin.txt": os.urandom(20_000).hex()})
    repository = mirrored(remote)
    code = (
        "import sys; from pathlib import Path; from aura_core.settings import Settings\n"
        "from aura_core.sources import RepositorySources, identify\n"
        "print('ready', flush=True); sources = RepositorySources(Settings(home=Path(sys.argv[2])))\n"
        "sources.open(identify(sys.argv[1], from_cli=True)).fetch()"
    )
    for pause in (0.0, 0.02, 0.05, 0.1, 0.2):
        child = subprocess.Popen(
            [sys.executable, "-c", code, repository.origin, str(settings.home)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(pause)
        child.kill()
        child.wait()
        child.stdout.close()
        source = open_mirror(repository, settings)
        assert source.head() in (None, ("main", remote.git("rev-parse", "HEAD")))
    source = open_mirror(repository, settings)
    source.fetch()
    assert source.head() == ("main", remote.git("rev-parse", "HEAD"))
    assert len(source.tree(source.resolve("main")).files) == 21


def test_two_fetches_at_once_take_turns(remote: GitRepository, settings: Settings) -> None:
    errors: list[BaseException] = []

    def fetch() -> None:
        try:
            open_mirror(mirrored(remote), settings).fetch()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert open_mirror(mirrored(remote), settings).head() is not None


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


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "A", "x" * 81])
def test_an_id_that_could_leave_the_mirrors_folder_is_refused(
    remote: GitRepository, settings: Settings, name: str
) -> None:
    with pytest.raises(ValueError, match="not a repository id"):
        open_mirror(replace(mirrored(remote), id=name), settings)


def test_what_git_said_is_shown_without_passwords() -> None:
    error = git_error("fetch", ["fatal: unable to access 'https://me:s3cret@example.org/a/'"])
    assert "s3cret" not in str(error)
    assert "https://***@example.org/a" in str(error)


def test_a_missing_git_program_is_a_named_error(mirror: MirrorSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GitFailed, match="cannot be started"):
        mirror.fetch()
