"""Source archives from the package registry, made into git repositories in a cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from platformdirs import user_cache_path


def archive_repository(requirement: str) -> Path:
    """Return a git repository with one commit: the source archive of ``name==version``, downloaded once."""
    target = user_cache_path("aura-bench") / "corpus" / requirement.replace("==", "-")
    if (target / ".git").is_dir():
        return target
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    download = partial / "archive"
    download.mkdir(parents=True)
    name, _, _ = requirement.partition("==")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        name,
        "--dest",
        str(download),
        requirement,
    ]
    subprocess.run(pip, check=True)
    tree = partial / "tree"
    with tarfile.open(next(download.iterdir())) as archive:
        unpack(archive, tree)
    folder = next(tree.iterdir())
    commit_all(folder, f"{requirement} as released.")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    shutil.rmtree(partial)
    return target


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive, by the careful rules where this Python has them (3.11.4 and later)."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)


def commit_all(folder: Path, message: str) -> None:
    """Make a folder a git repository with everything in one commit, at a fixed time by a fixed author."""
    git = [
        "git",
        "-C",
        str(folder),
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@example.invalid",
        "-c",
        "core.autocrlf=false",
    ]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    subprocess.run([*git, "add", "--all", "--force"], check=True)
    when = {"GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z"}
    subprocess.run([*git, "commit", "--quiet", "--message", message], check=True, env={**os.environ, **when})
