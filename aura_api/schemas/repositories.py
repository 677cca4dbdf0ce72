"""Repositories, events in the queue, and how fresh an index is."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field

from aura_api.schemas.base import DIGEST, LATER, REPO, SHA, TIME, In, Out, Time, TimeOrNone, build
from aura_core.model.repository import EventReport

SOURCE_PATTERN = r"^(/[^\x00]*|([Hh][Tt][Tt][Pp][Ss]|[Ss][Ss][Hh])://\S+|([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9\[][^/:\s]*:[^:\s]\S*)$"
"""An absolute path, an https or ssh address, or ``user@host:path``."""


class NewRepository(In):
    """A repository to register."""

    source: str = Field(
        min_length=1,
        max_length=4_096,
        json_schema_extra={"pattern": SOURCE_PATTERN},  # refused by its own rules, which say what is wrong
        description="URL (https or ssh), or a local path below one of AURA_REPO_ROOTS.",
        examples=["https://example.com/team/shop.git"],
    )
    ref: str = Field(
        default="",
        max_length=1_024,
        description="Branch to track; the default branch when empty.",
        examples=["main"],
    )
    sync: bool = Field(default=True, strict=True, description="Request that its head is indexed at once.")


class RepositoryOut(Out):
    """One registered repository."""

    id: str = Field(description="Its id in addresses, metrics and commands.", examples=[REPO])
    name: str = Field(examples=["shop"])
    kind: Literal["local", "folder", "mirror"] = Field(
        description="A checkout read in place, a plain folder, or a mirror of a URL.", examples=["mirror"]
    )
    origin: str = Field(description="The normalised path or URL.", examples=["https://example.com/team/shop"])
    ref: str = Field(description="The tracked branch; the default branch when empty.", examples=["main"])
    added_by: str = Field(description="`cli` or `api`.", examples=["api"])
    created_at: Time = Field(description="When it was registered.", examples=[TIME])


class RepositoryList(Out):
    """All registered repositories, by id."""

    repos: list[RepositoryOut]


class SyncWish(In):
    """What to index: the head of the tracked branch, or one exact commit."""

    sha: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_024,
        description="A commit, also abbreviated; the tracked head when left out.",
        examples=[SHA],
    )
    delivery: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Unique id of the request: sending it again changes nothing.",
    )
    if_idle: bool = Field(
        default=False,
        strict=True,
        description="Refuse (409 `sync_in_progress`, with the holder and since when) while a sync works.",
    )


class EventOut(Out):
    """A request in the queue."""

    id: int = Field(examples=[7])
    repo: str = Field(examples=[REPO])
    delivery: str = Field(description="Unique id of the request.", examples=["api-5f0c"])
    kind: Literal["ref", "sha"] = Field(
        description="`ref`: look at the head; `sha`: index exactly this commit.", examples=["sha"]
    )
    target: str = Field(description="The ref or the commit.", examples=[SHA])
    source: str = Field(description="Who asked.", examples=["api"])
    state: Literal["received", "taken", "done", "failed", "dead"] = Field(
        description="`taken`: a run works on it; `failed`: the next run tries it again; `dead`: given up after five "
        "attempts.",
        examples=["done"],
    )
    attempts: int = Field(description="How many runs failed.", examples=[0])
    reason: str = Field(description="Why the last attempt failed, else empty.", examples=[""])
    run: str | None = Field(description="The run that took it last.", examples=["5f0c2a7e"])
    created_at: Time = Field(description="When it was received.", examples=[TIME])
    due_at: Time = Field(description="Before this no run takes it.", examples=[TIME])
    taken_at: TimeOrNone = Field(description="When that run took it.", examples=[TIME])
    finished_at: TimeOrNone = Field(description="When that run ended, whatever came of it.", examples=[LATER])

    @classmethod
    def of(cls, report: EventReport) -> Self:
        """Return an event with the run that took it."""
        event, run = report.event, report.run
        return build(
            cls,
            event,
            state=event.stage,
            reason=event.error,
            run=run.run if run is not None else None,
            taken_at=report.taken_at,
            finished_at=run.finished_at if run is not None else None,
        )


class LagOut(Out):
    """How far the answer is behind the tracked head. It is no part of what a replay compares."""

    wanted: str | None = Field(
        description="The tracked head as it is now; null when it cannot be read.", examples=[SHA]
    )
    indexed: str | None = Field(description="What was answered from; null when nothing is indexed.", examples=[SHA])
    current: bool | None = Field(description="Whether they are equal; null when it cannot be known.", examples=[True])
    commits: int | None = Field(description="Commits behind; null when it cannot be known.", examples=[0])
    seconds: float | None = Field(
        description="Seconds since the wanted commit was made; 0 when current, null when it cannot be known.",
        examples=[0.0],
    )
    problem: str = Field(description="Why the head cannot be read, else empty.", examples=[""])


class RunOut(Out):
    """The sync that started last."""

    run: str = Field(examples=["r1"])
    state: str = Field(examples=["done"])
    started_at: Time = Field(examples=[TIME])
    finished_at: TimeOrNone = Field(description="Null while it runs.", examples=[LATER])
    message: str = Field(examples=[""])
    counts: dict[str, Any] = Field(examples=[{"files": 120}])


class SyncOut(Out):
    """A sync that works now."""

    holder: str = Field(description="The run that works.", examples=["5f0c2a7e"])
    since: Time = Field(examples=[TIME])
    expires_at: Time = Field(description="Until when, unless it renews.", examples=[LATER])


class StatusOut(Out):
    """What is wanted, what is indexed, and why they differ."""

    repo: str = Field(examples=[REPO])
    ref: str | None = Field(examples=["refs/heads/main"])
    wanted: str | None = Field(examples=[SHA])
    indexed: str | None = Field(examples=[SHA])
    digest: str | None = Field(examples=[DIGEST])
    current: bool = Field(description="Whether the wanted commit is indexed.", examples=[True])
    lag: LagOut
    last_run: RunOut | None
    events: dict[str, int] = Field(description="The last 1,000 requests, by state.", examples=[{"done": 3}])
    counts: dict[str, int] = Field(
        description="Nodes and edges by kind, unresolved calls.", examples=[{"function": 340, "CALLS": 912}]
    )
    skipped: dict[str, int] = Field(description="Files that are not indexed, by reason.", examples=[{"binary": 4}])
    warnings: list[str] = Field(examples=[["shop/legacy.py: line 3: invalid syntax"]])
    indexer: str = Field(description="`running`, or what to do when no indexer runs.", examples=["running"])
    indexer_age_seconds: float | None = Field(examples=[1.5])
    problem: str = Field(description="Why the head cannot be read, if so.", examples=[""])
    sync: SyncOut | None = Field(description="The sync that works now; null when none does.", examples=[None])
    stored: dict[str, int] = Field(
        description="Bytes of content by table, of all repositories together, without indexes and free pages.",
        examples=[{"facts": 812345, "fragments": 93210, "reads": 71034, "manifests": 20480}],
    )
    disk: dict[str, int] = Field(
        description="Bytes of files by what they hold: `store`, `catalog`, `vectors`, `views`, `mirrors`.",
        examples=[{"store": 1232896, "catalog": 90112, "vectors": 655360, "views": 2703360}],
    )
    snapshots: dict[str, int] = Field(
        description="How many there are of this repository, the bytes of their manifests, and of one at the median.",
        examples=[{"count": 41, "bytes": 18220, "median": 212}],
    )
