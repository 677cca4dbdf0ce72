"""Repositories and the state of keeping them fresh: events, refs, leases, plans. Times are UTC seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aura_core.errors import SyncInProgress
from aura_core.model.times import iso_time


class RepositoryKind(StrEnum):
    """The place where a repository is read: a checkout on this machine, a plain folder, or our mirror of a URL."""

    LOCAL = "local"
    FOLDER = "folder"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Repository:
    """One registered repository.

    ``origin``: the normalised path or URL that the id is made of. ``ref``: the tracked branch, "" for HEAD.
    ``added_by``: ``cli`` or ``api``; a local path that the CLI added may be read over HTTP too.
    """

    id: str
    name: str
    kind: RepositoryKind
    origin: str
    ref: str = ""
    added_by: str = "cli"
    created_at: float = 0.0


class EventKind(StrEnum):
    """The kind of an event: ``REF`` is a hint to look at the head, ``SHA`` asks for one exact commit."""

    REF = "ref"
    SHA = "sha"


class EventStage(StrEnum):
    """How far an event is, as readers are told: received → taken → done, or failed and taken again later, or dead after
    five attempts.
    """

    RECEIVED = "received"
    IN_RUN = "taken"
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"


class EventState(StrEnum):
    """The life of an event: due → claimed → done, or back to due, or dead after five attempts."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Event:
    """One request to index.

    ``delivery``: unique in its repository, so a redelivery is the same event. ``target``: a ref's name or a sha.
    ``source``: who asked. ``attempts``: how many runs failed. ``due_at``: no run takes the event before. ``error``: of
    the last run that failed.
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

    @property
    def stage(self) -> EventStage:
        """How far it is: an event that is due again after a run failed is ``failed``."""
        if self.state is EventState.DUE:
            return EventStage.FAILED if self.attempts else EventStage.RECEIVED
        return _STAGES[self.state]


_STAGES = {EventState.CLAIMED: EventStage.IN_RUN, EventState.DONE: EventStage.DONE, EventState.DEAD: EventStage.DEAD}


@dataclass(frozen=True, slots=True)
class EventReport:
    """An event and the ``run`` that took it last: None while none did, or when that run is no longer recorded.

    ``taken_at``: when that run took it.
    """

    event: Event
    run: RunRecord | None = None
    taken_at: float | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far an answer, or an index, is behind the tracked head.

    ``wanted``: the head as it is now, None when it cannot be read (then ``problem`` says why). ``indexed``: what was
    answered from, None when nothing is. ``current``: whether they are equal, None when that is not known. ``commits``
    and ``seconds`` (since the wanted commit was made): 0 when current, None when they cannot be known.
    """

    wanted: str | None = None
    indexed: str | None = None
    current: bool | None = None
    commits: int | None = None
    seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to move a repository's refs until ``expires_at``. ``fence`` grows with every new holder. ``process``
    identifies the process that works under it: its machine, its id and its start, "" when that is not known.
    """

    repo: str
    holder: str
    fence: int
    acquired_at: float
    expires_at: float
    process: str = ""

    @property
    def worker(self) -> str:
        """The process that works under the lease, in words."""
        return f"process {self.process.split(' ')[1]}" if self.process else "another process"


def sync_in_progress(lease: Lease) -> SyncInProgress:
    """Return the error for whoever asks for a lease that another holds."""
    return SyncInProgress(
        f"{lease.repo} is being synced by {lease.worker} (run {lease.holder}).",
        remedy="Wait until it ends. A holder that died on this machine is replaced at once, another when its lease "
        "runs out.",
        repo=lease.repo,
        holder=lease.holder,
        worker=lease.worker,
        since=iso_time(lease.acquired_at),
        expires_at=iso_time(lease.expires_at),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of one run, which later steps read again.

    ``fence``: of the lease that it runs under. ``events``: ids of the events that it claimed. ``targets``: the pairs
    (ref, sha) that it will publish.
    """

    run: str
    repo: str
    fence: int
    events: tuple[int, ...]
    targets: tuple[tuple[str, str], ...]
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ref:
    """A published ref: readers of ``name`` get the snapshot ``sha``, whose manifest has this ``digest``. ``fence``: of
    the lease under which it was published.
    """

    repo: str
    name: str
    sha: str
    digest: str
    published_at: float
    fence: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The result of a sync, for ``status``. ``finished_at``: 0 while it runs. ``counts``: its figures by name."""

    run: str
    repo: str
    state: str
    started_at: float
    finished_at: float = 0.0
    message: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
