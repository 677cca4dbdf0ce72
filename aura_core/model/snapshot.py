"""Trees, manifests and snapshots: the content-addressed rows that each file of a commit is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

WORKTREE = "WORKTREE"
"""Name of the ref under which a working tree is published; its snapshots are called ``WORKTREE-<12 hex of the tree's
content>``.
"""

SNAPSHOT_ARTIFACTS = ("counts:", "clusters:", "unreadable:")
"""Prefixes, before a snapshot's name, of the names of artifacts that are deleted with the snapshot."""


def is_worktree(sha: str) -> bool:
    """Return whether a snapshot's name is that of a working tree."""
    return sha.startswith(WORKTREE)


class SkipReason(StrEnum):
    """The reason why a file of the tree is not indexed.

    A scan decides on ``SUBMODULE``, ``SYMLINK``, folders that are ``IGNORED``, ``VENDORED`` or nested too deeply, and
    what cannot be listed (``sources.git.objects``, ``sources.worktree.scan``; ``selection.EntryKind``). All else is
    decided in ``sources.rules``: by path in ``rules.Rules.skip_reason``, by size and first bytes in
    ``selection.select_files``, by all bytes, after parsing, in ``selection.judge_facts``. A new rule belongs there:
    the code of that folder is part of the version of every selection.
    """

    BINARY = "binary"
    GENERATED = "generated"
    VENDORED = "vendored"
    TRANSLATIONS = "translations"
    TOO_LARGE = "too_large"
    IGNORED = "ignored"
    SUBMODULE = "submodule"
    SYMLINK = "symlink"
    UNREADABLE = "unreadable"


class TreeFile(NamedTuple):
    """One file to index.

    ``path``: for people, so bytes that are not UTF-8 are percent-encoded. ``blob``: the hex object id. ``size``: bytes.
    """

    path: str
    blob: str
    size: int


class UnreadableFile(NamedTuple):
    """One file whose blob git could not read: missing, never fetched, or damaged. ``path`` is as in ``TreeFile``."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The files to index of one commit or working tree.

    ``snapshot``: the full sha, or ``WORKTREE-…``. ``files``: sorted by path. ``skipped``: how many files were left out
    for each ``SkipReason``. ``base``: the commit that a working tree builds on ("" before the first commit and without
    a repository). ``settings``: a digest of the ignore files and settings that chose the files. ``dirty``: paths whose
    content is in no commit. ``submodules``: their paths. ``warnings``: sentences for people. ``unreadable``: the
    files that are left out because git could not read their blobs.
    """

    snapshot: str
    files: tuple[TreeFile, ...]
    skipped: Mapping[str, int]
    base: str = ""
    settings: str = ""
    dirty: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()


class ManifestEntry(NamedTuple):
    """The rows of one path in a snapshot: hex blob id, and the keys of facts, fragment and reads (16 bytes each)."""

    blob: str
    facts: bytes
    fragment: bytes
    reads: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """The index of one commit.

    ``digest``: 32 hex digits over the sorted pairs (path, fragment key) and ``versions``; two indexes are equal when
    their digests are. ``versions``: of the code that made the rows. ``entries``: by path. ``skipped``, ``warnings``: of
    the ``Tree``. ``base``: the commit that a working tree builds on. ``parent``: the sha whose manifest this one is
    stored as a delta of, "" for none.
    """

    repo: str
    sha: str
    digest: str
    versions: str
    entries: Mapping[str, ManifestEntry]
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    base: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The rows of one kind that were deleted, or could be: their number and their stored bytes. ``waiting``: how many
    more rows nothing names, but they were used within the grace period.
    """

    rows: int
    bytes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """One snapshot in a listing, without its entries.

    ``files``: how many are indexed. ``created_at``: UTC seconds since the epoch. ``stored_bytes``: of its manifest row.
    """

    repo: str
    sha: str
    digest: str
    files: int
    created_at: float
    versions: str = ""
    stored_bytes: int = 0
