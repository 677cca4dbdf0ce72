"""Repositories: register, list, forget, bring up to date, say how fresh."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from aura_api.deps import PREFIX, AuraDep, RepoId, Revision, problems
from aura_api.routes.service import indexer_state
from aura_api.schemas.base import build
from aura_api.schemas.repositories import EventOut, NewRepository, RepositoryList, RepositoryOut, StatusOut, SyncWish
from aura_core.model.repository import EventReport

POLL_SECONDS: Final = 2
"""What ``Retry-After`` says about an event."""

MAX_EVENT: Final = 2**63 - 1
"""The largest number that a column for event numbers holds."""

_QUEUED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It is in the queue: look at `Location` again after `Retry-After` seconds.",
        "headers": {
            "Location": {"description": "Address of the event.", "schema": {"type": "string"}},
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
        },
    }
}

router = APIRouter(prefix=f"{PREFIX}/repos", tags=["repositories"])


@router.post(
    "",
    status_code=201,
    summary="Register a repository",
    response_model=RepositoryOut,
    responses=problems(413, 415, 422),
)
def add(body: NewRepository, aura: AuraDep, response: Response) -> Any:
    """Register a URL, or a local path below one of AURA_REPO_ROOTS, and ask for its head to be indexed. Registering
    again changes nothing.
    """
    repository = aura.add(body.source, from_cli=False, ref=body.ref)
    if body.sync:
        aura.sync(repository.id, source="api")
    response.headers["Location"] = f"{PREFIX}/repos/{repository.id}"
    return repository


@router.get("", summary="List repositories", response_model=RepositoryList, responses=problems())
def listing(aura: AuraDep) -> Any:
    """All registered repositories, by id."""
    return RepositoryList.model_validate({"repos": aura.repositories()})


@router.get("/{repo}", summary="Show a repository", response_model=RepositoryOut, responses=problems(404, 422))
def show(repo: RepoId, aura: AuraDep) -> Any:
    """One registered repository."""
    return aura.repository(repo)


@router.delete(
    "/{repo}", summary="Forget a repository", response_model=RepositoryOut, responses=problems(404, 409, 422)
)
def remove(repo: RepoId, aura: AuraDep) -> Any:
    """Forget a repository with its index and its mirror. A checkout or folder itself is never touched."""
    return aura.remove(repo)


@router.post(
    "/{repo}/sync",
    status_code=202,
    summary="Ask for a sync",
    response_model=EventOut,
    responses={**_QUEUED, **problems(404, 409, 413, 415, 422)},
)
def sync(repo: RepoId, aura: AuraDep, body: SyncWish, response: Response) -> Any:
    """Put a request into the queue and answer at once: the tracked head (`{}`), or one exact commit. The event at
    `Location` says what became of it.

    While a sync of the repository runs, the request waits in the queue; with `if_idle` it is refused, with the sync's
    holder and since when.
    """
    if body.if_idle:
        aura.require_idle(repo)
    event = aura.sync(repo, source="api", sha=body.sha, delivery=body.delivery)
    response.headers["Location"] = f"{PREFIX}/repos/{event.repo}/events/{event.id}"
    response.headers["Retry-After"] = str(POLL_SECONDS)
    return EventOut.of(EventReport(event))


@router.get(
    "/{repo}/events/{event}",
    summary="What became of a request",
    response_model=EventOut,
    responses=problems(404, 422),
)
def event(
    repo: RepoId,
    event: Annotated[int, Path(ge=1, le=MAX_EVENT, description="Number of the event.", examples=[7])],
    aura: AuraDep,
) -> Any:
    """A request in the queue: received, taken by a run, done; or failed, which the next run tries again, or dead after
    five attempts, with the reason.
    """
    return EventOut.of(aura.event(repo, event))


@router.get(
    "/{repo}/status",
    summary="How fresh a repository is",
    response_model=StatusOut,
    responses=problems(404, 409, 422),
)
def status(repo: RepoId, aura: AuraDep, revision: Revision) -> Any:
    """The wanted and the indexed commit, the lag, the last run, what was skipped and why: of the tracked head, or of
    the commit that is asked about. A commit that is not indexed is answered too: with `indexed` null.
    """
    status = aura.status(repo, revision=revision)
    indexer = indexer_state(status.indexer_age_seconds)
    return build(StatusOut, status, repo=status.repo.id, indexer=indexer, sync=status.sync or None)
