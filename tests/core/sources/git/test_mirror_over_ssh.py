"""A mirror of a repository over ssh, whose server may be odd or slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aura_core.errors import GitFailed
from aura_core.settings import Settings
from aura_core.sources import identify
from tests.core.sources.open_path import open_mirror
from tests.support import PATIENCE_SECONDS, GitRepository


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
