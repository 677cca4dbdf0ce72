"""Indexed commits and working trees, and requests for more."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aura_api.schemas.base import DIGEST, REPO, SHA, TIME, In, Out, Time
from aura_api.schemas.repositories import EventOut


class SnapshotOut(Out):
    """One indexed commit or working tree."""

    sha: str = Field(description="The full sha, or `WORKTREE-…`.", examples=[SHA])
    digest: str = Field(examples=[DIGEST])
    files: int = Field(examples=[120])
    created_at: Time = Field(description="When it was indexed.", examples=[TIME])
    stored_bytes: int = Field(
        description="Stored bytes of its manifest. One that is stored as a delta to another one is small.",
        examples=[13210],
    )
    refs: list[str] = Field(description="Published names under which readers get it.", examples=[["main"]])
    outdated: bool = Field(description="Made by another version of Aura; a sync makes it again.", examples=[False])


class SnapshotList(Out):
    """A page of snapshots, the one indexed last first."""

    repo: str = Field(examples=[REPO])
    snapshots: list[SnapshotOut]
    cursor: str = Field(
        description="Asks for the page after this one; empty at the end. New snapshots do not move it.",
        examples=["AGkkgAAAAAA"],
    )


class SnapshotAnswer(Out):
    """A snapshot that can be answered from."""

    repo: str = Field(examples=[REPO])
    state: Literal["ready"] = Field(examples=["ready"])
    snapshot: SnapshotOut
    base: str = Field(description="The commit below a working tree, else empty.", examples=[""])
    counts: dict[str, int] = Field(examples=[{"files": 120, "nodes": 1200, "edges": 5400, "unresolved": 310}])
    skipped: dict[str, int] = Field(description="Files that are not indexed, by reason.", examples=[{"binary": 4}])
    warnings: list[str] = Field(examples=[["shop/legacy.py: line 3: invalid syntax"]])


class SnapshotWish(In):
    """The commit to index."""

    sha: str = Field(
        min_length=1,
        max_length=1_024,
        description="A commit, also abbreviated, a branch (its head now) or a tag.",
        examples=["v1.2"],
    )


class SnapshotAsked(Out):
    """A snapshot that was requested and is not indexed yet."""

    repo: str = Field(examples=[REPO])
    state: Literal["queued", "running"] = Field(examples=["queued"])
    sha: str = Field(examples=[SHA])
    event: EventOut = Field(
        examples=[
            {
                **EventOut.example(),
                "kind": "sha",
                "state": "received",
                "run": None,
                "taken_at": None,
                "finished_at": None,
            }
        ]
    )
