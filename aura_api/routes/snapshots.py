"""Listing snapshots, showing one, and requesting one that is not indexed yet."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from aura_api.deps import PREFIX, AtRevision, AuraDep, RepoId, problems
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.base import build
from aura_api.schemas.repositories import EventOut
from aura_api.schemas.snapshots import SnapshotAnswer, SnapshotAsked, SnapshotList, SnapshotWish
from aura_core.model.repository import Event, EventReport, EventState
from aura_core.service import SnapshotDetail

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/snapshots", tags=["snapshots"])

CURSOR_PATTERN = r"^([A-Za-z0-9_-]{11})?$"
POLL_SECONDS = 2  # what ``Retry-After`` says
_LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": SnapshotAsked,
        "description": "It was requested and is not indexed yet: look at `Location` again after `Retry-After` seconds.",
    }
}

Ref = Annotated[
    str,
    Query(
        max_length=1_024,
        description="Only what is in the history of this branch, tag or commit.",
        examples=["main", "WORKTREE"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="At most this many.", examples=[100])]
Cursor = Annotated[
    str, Query(pattern=CURSOR_PATTERN, description="`cursor` of the page before.", examples=["AGkkgAAAAAA"])
]


@router.get("", summary="List snapshots", response_model=SnapshotList, responses=problems(404, 409, 410, 422))
def listing(repo: RepoId, aura: AuraDep, ref: Ref = "", limit: Limit = 100, cursor: Cursor = "") -> Any:
    """The indexed commits and working trees of a repository, the one indexed last first. Snapshots that arrive while
    pages are read change neither the pages that are left nor what is on them.
    """
    repository = aura.repository(repo)
    page = aura.snapshots(repository.id, ref=ref, limit=limit, cursor=cursor)
    return build(SnapshotList, page, repo=repository.id)


@router.get(
    "/{sha}",
    summary="Show a snapshot",
    response_model=SnapshotAnswer,
    responses={**_LATER, **problems(404, 409, 410, 422)},
)
def show(repo: RepoId, sha: AtRevision, aura: AuraDep) -> Any:
    """One snapshot: digest, counts, what was skipped and why. 202 while one that was asked for is waited for."""
    repository = aura.repository(repo)
    return _answer(repository.id, aura.snapshot_detail(repository.id, sha))


@router.post(
    "",
    summary="Ask for a snapshot",
    response_model=SnapshotAnswer,
    responses={**_LATER, **problems(404, 409, 410, 413, 415, 422)},
)
def ask(repo: RepoId, body: SnapshotWish, aura: AuraDep, response: Response) -> Any:
    """Ask for a commit to be indexed, whatever branch it is on. 200 when it is there already; asking again changes
    nothing.
    """
    repository = aura.repository(repo)
    sha, request = aura.request_snapshot(repository.id, body.sha, source="api")
    if request is not None:
        return _accepted(request)
    response.headers["Location"] = _address(repository.id, sha)
    return _answer(repository.id, aura.snapshot_detail(repository.id, sha))


def _answer(repo: str, snapshot: SnapshotDetail | Event) -> Any:
    if isinstance(snapshot, Event):
        return _accepted(snapshot)
    return build(SnapshotAnswer, snapshot, repo=repo, state="ready")


def _accepted(request: Event) -> Response:
    headers = {"Location": _address(request.repo, request.target), "Retry-After": str(POLL_SECONDS)}
    state = "running" if request.state is EventState.CLAIMED else "queued"
    answer = build(
        SnapshotAsked, repo=request.repo, state=state, sha=request.target, event=EventOut.of(EventReport(request))
    )
    return JsonAnswer(encode(answer), 202, headers)


def _address(repo: str, sha: str) -> str:
    return f"{PREFIX}/repos/{repo}/snapshots/{quote(sha, safe='')}"
