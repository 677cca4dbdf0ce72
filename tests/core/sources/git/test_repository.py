"""A repository is opened without waiting for anything that is no file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from aura_core.errors import UnsupportedRepository
from aura_core.sources.git.repository import open_repository
from tests.support import GitRepository

NAMES = [
    "HEAD", "config", "packed-refs", "index", "info/exclude", "objects/info/alternates", "objects/pack/pack-0.idx",
    "refs/heads/main", "refs/tags/v1", "commondir", "shallow",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_fifo_in_the_place_of_a_file_of_git_is_named(repo: GitRepository, name: str) -> None:
    repo.commit({"a.py": "x = 1\n"})
    file = repo.path / ".git" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    with pytest.raises(UnsupportedRepository, match=f"{name} is not a regular file"):
        open_repository(repo.path)


def test_so_is_a_device_that_a_link_leads_to(repo: GitRepository) -> None:
    repo.commit({"a.py": "x = 1\n"})
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "packed-refs").symlink_to("/dev/zero")
    with pytest.raises(UnsupportedRepository, match="packed-refs is not a regular file"):
        open_repository(repo.path)


def test_one_in_the_folder_that_worktrees_share_is_named_too(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    open_repository(tmp_path / "linked")
    os.mkfifo(repo.path / ".git" / "objects" / "info" / "alternates")
    with pytest.raises(UnsupportedRepository, match="alternates is not a regular file"):
        open_repository(tmp_path / "linked")


def test_links_that_lead_to_each_other_are_no_reason_to_wait(repo: GitRepository) -> None:
    repo.commit({"a.py": "x = 1\n"})
    shutil.rmtree(repo.path / ".git" / "info", ignore_errors=True)
    (repo.path / ".git" / "info").symlink_to("info")
    with pytest.raises(UnsupportedRepository, match="Too many levels of symbolic links"):
        open_repository(repo.path)
