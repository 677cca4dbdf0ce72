"""Trees, manifests and snapshots: which file of a commit is made of which content-addressed rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

WORKTREE = "WORKTREE"
"""Name of the ref under which a working tree is published; its snapshots are called ``WORKTREE-<12 hex of the tree's
content>``.
"""


SNAPSHOT_ARTIFACTS = ("counts:", "clusters:")
"""Before a snapshot's name: names of the small results that go when it goes."""


def is_worktree(sha: str) -> bool:
    """Whether a snapshot's name is that of a working tree."""
    return sha.startswith(WORKTREE)


class SkipReason(StrEnum):
    """Why a file of the tree is not indexed."""

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
    """One file to index. ``path`` is for people (bytes that are not UTF-8 are percent-encoded), ``blob`` a hex object
    id, ``size`` bytes.
    """

    path: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit or working tree, sorted by path, and how many were skipped for which reason.

    ``snapshot`` is the full sha, or ``WORKTREE-…``; ``base`` the commit that a working tree sits on ("" when unborn or
    no repository).
    ``settings`` is a digest over the ignore files and settings that decided what is in.
    """

    snapshot: str
    files: tuple[TreeFile, ...]
    skipped: Mapping[str, int]
    base: str = ""
    settings: str = ""
    dirty: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ManifestEntry(NamedTuple):
    """Which rows one path of a snapshot is made of: hex blob id, facts key, fragment key, reads key (16 bytes each)."""

    blob: str
    facts: bytes
    fragment: bytes
    reads: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """The index of one commit. ``digest``: 32 hex digits over sorted (path, fragment key) and ``versions``; indexes
    are equal when digests are.
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
    """Rows of one kind that were deleted, or could be: how many, their bytes as stored; ``waiting`` more are unnamed
    but were wanted lately.
    """

    rows: int
    bytes: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """One snapshot in a listing, without its entries. ``created_at`` is UTC seconds since the epoch."""

    repo: str
    sha: str
    digest: str
    files: int
    created_at: float
    versions: str = ""
    stored_bytes: int = 0
