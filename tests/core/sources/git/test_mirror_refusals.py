"""What a mirror may not fetch is refused, whatever the address, the configuration or the objects say."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from aura_core.errors import GitFailed
from aura_core.settings import Settings
from aura_core.sources import MirrorSource, identify
from aura_core.sources.git.git_program import git_error
from tests.core.sources.git.mirror_address import mirrored
from tests.core.sources.open_path import open_mirror
from tests.support import GitRepository


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
