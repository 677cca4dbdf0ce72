"""Snapshots: which there are, what one is, asking for one that is not there."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from aura_api import examples, graph_schemas, shapes
from aura_api.deps import PREFIX, AtRevision, AuraDep, RepoId, problems
from aura_core.model.repository import Event
from aura_core.service import SnapshotDetail

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/snapshots", tags=["snapshots"])

POLL_SECONDS = 2
_LATER: dict[int | str, dict[str, Any]] = {
    202: {
        "model": graph_schemas.SnapshotAsked,
        "description": "It was asked for and is not there yet: look at `Location` again after `Retry-After` seconds.",
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
    str, Query(max_length=64, description="`cursor` of the page before.", examples=[examples.SNAPSHOTS["cursor"]])
]


@router.get(
    "", summary="List snapshots", response_model=graph_schemas.SnapshotList, responses=problems(404, 409, 410, 422)
)
def listing(repo: RepoId, aura: AuraDep, ref: Ref = "", limit: Limit = 100, cursor: Cursor = "") -> Any:
    """The indexed commits and working trees of a repository, the one indexed last first. Snapshots that arrive while
    pages are read change neither the pages that are left nor what is on them.
    """
    repository = aura.repository(repo)
    page = aura.snapshots(repository.id, ref=ref, limit=limit, cursor=cursor)
    return {"repo": repository.id, "snapshots": [shapes.snapshot(s) for s in page.snapshots], "cursor": page.cursor}


@router.get(
    "/{sha}",
    summary="Show a snapshot",
    response_model=graph_schemas.SnapshotAnswer,
    responses={**_LATER, **problems(404, 409, 410, 422)},
)
def show(repo: RepoId, sha: AtRevision, aura: AuraDep) -> Any:
    """One snapshot: digest, counts, what was skipped and why. 202 while one that was asked for is waited for."""
    repository = aura.repository(repo)
    found = aura.snapshot(repository.id, sha)
    return _answer(repository.id, found)


@router.post(
    "",
    summary="Ask for a snapshot",
    response_model=graph_schemas.SnapshotAnswer,
    responses={**_LATER, **problems(404, 409, 410, 413, 415, 422)},
)
def ask(repo: RepoId, body: graph_schemas.SnapshotWish, aura: AuraDep, response: Response) -> Any:
    """Ask for a commit to be indexed, whatever branch it is on. 200 when it is there already; asking again changes
    nothing.
    """
    repository = aura.repository(repo)
    sha, wish = aura.request_snapshot(repository.id, body.sha, source="api")
    if wish is not None:
        return _later(repository.id, wish)
    response.headers["Location"] = _address(repository.id, sha)
    return _answer(repository.id, aura.snapshot(repository.id, sha))


def _answer(repo: str, found: SnapshotDetail | Event) -> Any:
    return _later(repo, found) if isinstance(found, Event) else shapes.snapshot_answer(repo, found)


def _later(repo: str, wish: Event) -> Response:
    headers = {"Location": _address(repo, wish.target), "Retry-After": str(POLL_SECONDS)}
    return shapes.JsonAnswer(shapes.encode(shapes.snapshot_asked(repo, wish)), 202, headers)


def _address(repo: str, sha: str) -> str:
    return f"{PREFIX}/repos/{repo}/snapshots/{quote(sha, safe='')}"
