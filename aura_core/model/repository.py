"""Repositories and the state of keeping them fresh: events, refs, leases, plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aura_core.errors import SyncInProgress


class RepositoryKind(StrEnum):
    """Where a repository is read: a checkout in place, a plain folder, or our mirror of a URL."""

    LOCAL = "local"
    FOLDER = "folder"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Repository:
    """One registered repository. ``origin`` is the normalised path or URL that the id was made from; ``ref`` the
    tracked branch ("" = HEAD).

    ``added_by`` is ``cli`` or ``api``: a local path that the CLI added may be read over HTTP too.
    """

    id: str
    name: str
    kind: RepositoryKind
    origin: str
    ref: str = ""
    added_by: str = "cli"
    created_at: float = 0.0


class EventKind(StrEnum):
    """A ref event is a hint to look at the head; a sha event asks for one exact commit."""

    REF = "ref"
    SHA = "sha"


class EventState(StrEnum):
    """Life of an event: due → claimed → done, or back to due, or dead after five attempts."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Event:
    """One wish to index. ``delivery`` is unique (a redelivery is the same event); ``target`` a ref name or a sha.
    Times are UTC seconds.
    """

    id: int
    repo: str
    delivery: str
    kind: EventKind
    target: str
    source: str
    state: EventState
    attempts: int
    created_at: float
    due_at: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to move a repository's refs until ``expires_at``; ``fence`` grows with every holder."""

    repo: str
    holder: str
    fence: int
    acquired_at: float
    expires_at: float


def sync_in_progress(lease: Lease) -> SyncInProgress:
    """The error for whoever asks for a lease that another holds."""
    remedy = "Wait until it ends; a holder that died is replaced when its lease runs out."
    message = f"{lease.repo} is being synced by {lease.holder}."
    return SyncInProgress(
        message,
        remedy=remedy,
        repo=lease.repo,
        holder=lease.holder,
        since=lease.acquired_at,
        expires_at=lease.expires_at,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does: the events that it claimed and the (ref, sha) pairs that it will publish. Later steps read
    only this.
    """

    run: str
    repo: str
    fence: int
    events: tuple[int, ...]
    targets: tuple[tuple[str, str], ...]
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ref:
    """A published ref: readers of ``name`` get snapshot ``sha``. ``published_at`` is UTC seconds."""

    repo: str
    name: str
    sha: str
    digest: str
    published_at: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How the last sync of a repository went, for ``status``."""

    run: str
    repo: str
    state: str
    started_at: float
    finished_at: float = 0.0
    message: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
