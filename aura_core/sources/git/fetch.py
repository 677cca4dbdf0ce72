"""One fetch into a mirror: what the remote advertises, what of it is new, where its HEAD points."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aura_core.errors import GitFailed
from aura_core.ports.sources import FetchProgress
from aura_core.sources.git.git_program import Limits, check_size, run_git

KEEP = "refs/aura/keep/"
"""Refs that hold every commit that was indexed."""

MAX_PACKS = 50
FOLLOWED = ("refs/heads/", "refs/tags/")
_URL = "aura.url"
_SHA = re.compile(r"[0-9a-f]{40}")
_QUIET = ("--no-tags", "--no-write-fetch-head", "--no-auto-gc")


@dataclass(frozen=True, slots=True)
class Request:
    """What to fetch from where, within which limits."""

    origin: str
    allow_file: bool
    commits: Sequence[str]
    deadline: float
    max_bytes: int
    progress: FetchProgress | None = None


class Remote:
    """What a remote advertises: branches and tags, and where its HEAD points."""

    def __init__(self, listing: str) -> None:
        self.refs: dict[str, str] = {}
        self.head_ref = self.head_sha = ""
        for line in listing.splitlines():
            what, _, name = line.partition("\t")
            if name == "HEAD":
                if what.startswith("ref: "):
                    self.head_ref = what.removeprefix("ref: ")
                else:
                    self.head_sha = what
            elif name.startswith(FOLLOWED) and not name.endswith("^{}"):
                self.refs[name] = what


class Fetch:
    """One fetch into one folder."""

    def __init__(self, folder: Path, request: Request, hold: int) -> None:
        self.folder = folder
        self.limits = Limits(request.deadline, folder, request.max_bytes)
        self._origin = request.origin
        self._allow_file = request.allow_file
        self._commits = request.commits
        self._progress = request.progress
        self._hold = hold

    def run(self) -> None:
        """Bring the folder up to date. Raises ``GitFailed``."""
        url, remote = self.find()
        if remote.refs != self.refs():
            self.git(
                "fetch", *_QUIET, "--prune", "--progress", "--", url, *(f"+{place}*:{place}*" for place in FOLLOWED)
            )
        self.follow_head(url, remote)
        for sha in self._commits:
            self.want(url, sha)
        self.tidy()
        check_size(self.limits)

    def git(self, *arguments: str) -> str:
        """Run git in the folder."""
        return run_git(
            self.folder,
            *arguments,
            limits=self.limits,
            allow_file=self._allow_file,
            hold=self._hold,
            progress=self._progress,
        )

    def find(self) -> tuple[str, Remote]:
        """The spelling of the address that the server takes (some redirect to ``.git``, which is refused), and what it
        advertises.
        """
        known = self._known_url()
        spellings = [self._origin, f"{self._origin}.git"]
        first: GitFailed | None = None
        for url in sorted(spellings, key=lambda u: u != known):
            try:
                remote = Remote(
                    self.git("ls-remote", "--symref", "--", url, "HEAD", *(f"{place}*" for place in FOLLOWED))
                )
            except GitFailed as error:
                first = first or error
                if time.monotonic() > self.limits.deadline:
                    break
                continue
            if url != known:
                self.git("config", _URL, url)
            return url, remote
        assert first is not None
        raise first

    def refs(self) -> dict[str, str]:
        """Branches and tags that the mirror has."""
        listing = self.git("for-each-ref", "--format=%(objectname)%09%(refname)", *FOLLOWED)
        return {name: sha for sha, _, name in (line.partition("\t") for line in listing.splitlines())}

    def follow_head(self, url: str, remote: Remote) -> None:
        """Point HEAD where the remote's points."""
        if remote.head_ref.startswith("refs/heads/"):
            self.git("symbolic-ref", "HEAD", remote.head_ref)
        elif _SHA.fullmatch(remote.head_sha):
            self.want(url, remote.head_sha)
            self.git("update-ref", "--no-deref", "HEAD", remote.head_sha)

    def want(self, url: str, sha: str) -> None:
        """Fetch one commit by its id, unless it is there."""
        if not _SHA.fullmatch(sha):
            return
        with contextlib.suppress(GitFailed):
            self.git("cat-file", "-e", f"{sha}^{{commit}}")
            return
        with contextlib.suppress(GitFailed):
            self.git("fetch", *_QUIET, "--", url, f"+{sha}:{KEEP}{sha}")

    def tidy(self) -> None:
        """Join packs when many small fetches have piled up; geometric repacking drops no object. Failing to is no
        failure to fetch.
        """
        if len(list((self.folder / "objects" / "pack").glob("*.pack"))) > MAX_PACKS:
            with contextlib.suppress(GitFailed):
                self.git("repack", "-d", "--geometric=2", "--quiet")
                self.git("pack-refs", "--all")

    def _known_url(self) -> str:
        with contextlib.suppress(GitFailed):
            return self.git("config", "--get", _URL).strip()
        return ""
