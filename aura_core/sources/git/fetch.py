"""Runs one fetch into a mirror: reads what the remote advertises, fetches what is new, and follows its HEAD."""

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

KEEP_PREFIX = "refs/aura/keep/"
"""Refs that protect every commit that was indexed."""

MAX_PACKS = 50
"""With more packs than this in a mirror they are joined."""
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
_URL_KEY = "aura.url"
_SHA = re.compile(r"[0-9a-f]{40}")
_QUIET = ("--no-tags", "--no-write-fetch-head", "--no-auto-gc")


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """A request to fetch from ``origin`` within limits. ``commits`` are fetched besides branches and tags;
    ``deadline`` is on the monotonic clock, ``config`` is git's for this fetch.
    """

    origin: str
    allow_file: bool
    commits: Sequence[str]
    deadline: float
    max_bytes: int
    progress: FetchProgress | None = None
    config: tuple[str, ...] = ()


class RemoteRefs:
    """The refs that a remote advertises: branches and tags, and where its HEAD points."""

    def __init__(self, listing: str) -> None:
        self.refs: dict[str, str] = {}
        self.head_ref = self.head_sha = ""
        for line in listing.splitlines():
            target, _, name = line.partition("\t")
            if name == "HEAD":
                if target.startswith("ref: "):
                    self.head_ref = target.removeprefix("ref: ")
                else:
                    self.head_sha = target
            # ``tag^{}`` lines name the object behind an annotated tag; the ref points to the tag
            elif name.startswith((BRANCHES, TAGS)) and not name.endswith("^{}"):
                self.refs[name] = target


class Fetch:
    """One fetch into one folder. ``lock`` is the descriptor of the mirror's lock, which git inherits."""

    def __init__(self, folder: Path, request: FetchRequest, lock: int) -> None:
        self._folder = folder
        self._limits = Limits(request.deadline, folder, request.max_bytes)
        self._request = request
        self._lock = lock

    def run(self) -> None:
        """Bring the folder up to date. Raises ``GitFailed``."""
        url, remote = self._find_remote()
        if remote.refs != self._local_refs():
            # ``+``: a branch whose history was rewritten replaces the old one
            refspecs = [f"+{prefix}*:{prefix}*" for prefix in (BRANCHES, TAGS)]
            self.git("fetch", *_QUIET, "--prune", "--progress", "--", url, *refspecs)
        self._follow_head(url, remote)
        for sha in self._request.commits:
            self._fetch_commit(url, sha)
        self._join_packs()
        check_size(self._limits)

    def git(self, *arguments: str) -> str:
        """Run git in the folder and return its output. Raises ``GitFailed``."""
        return run_git(
            self._folder,
            *arguments,
            limits=self._limits,
            allow_file=self._request.allow_file,
            lock=self._lock,
            progress=self._request.progress,
            config=self._request.config,
        )

    def _find_remote(self) -> tuple[str, RemoteRefs]:
        """Return the spelling of the address that the server accepts, and what it advertises.

        Some servers redirect to ``.git``, and redirects are refused.
        """
        last_url = self._last_url()
        spellings = [self._request.origin, f"{self._request.origin}.git"]
        first_error: GitFailed | None = None
        # The spelling that worked last time comes first (False sorts before True).
        for url in sorted(spellings, key=lambda spelling: spelling != last_url):
            try:
                listing = self.git("ls-remote", "--symref", "--", url, "HEAD", f"{BRANCHES}*", f"{TAGS}*")
            except GitFailed as error:
                first_error = first_error or error
                if time.monotonic() > self._limits.deadline:
                    break
                continue
            if url != last_url:
                self.git("config", _URL_KEY, url)
            return url, RemoteRefs(listing)
        assert first_error is not None
        raise first_error

    def _local_refs(self) -> dict[str, str]:
        """Return the branches and tags that the mirror has."""
        listing = self.git("for-each-ref", "--format=%(objectname)%09%(refname)", BRANCHES, TAGS)
        return {name: sha for sha, _, name in (line.partition("\t") for line in listing.splitlines())}

    def _follow_head(self, url: str, remote: RemoteRefs) -> None:
        """Point HEAD where the remote's points."""
        if remote.head_ref.startswith(BRANCHES):
            self.git("symbolic-ref", "HEAD", remote.head_ref)
        elif _SHA.fullmatch(remote.head_sha):
            self._fetch_commit(url, remote.head_sha)
            self.git("update-ref", "--no-deref", "HEAD", remote.head_sha)

    def _fetch_commit(self, url: str, sha: str) -> None:
        """Fetch one commit by its id, unless the mirror has it; a commit that the remote refuses is skipped."""
        if not _SHA.fullmatch(sha):
            return
        with contextlib.suppress(GitFailed):
            # this fails when the mirror does not have the commit
            self.git("cat-file", "-e", f"{sha}^{{commit}}")
            return
        with contextlib.suppress(GitFailed):
            self.git("fetch", *_QUIET, "--", url, f"+{sha}:{KEEP_PREFIX}{sha}")

    def _join_packs(self) -> None:
        """Join packs when many small fetches have piled up.

        Geometric repacking drops no object. When it fails, the fetch has not failed.
        """
        if len(list((self._folder / "objects" / "pack").glob("*.pack"))) > MAX_PACKS:
            with contextlib.suppress(GitFailed):
                self.git("repack", "-d", "--geometric=2", "--quiet")
                self.git("pack-refs", "--all")

    def _last_url(self) -> str:
        with contextlib.suppress(GitFailed):
            return self.git("config", "--get", _URL_KEY).strip()
        return ""
