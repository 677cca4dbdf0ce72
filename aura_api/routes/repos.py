"""Repositories: register, list, forget, bring up to date, say how fresh."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from aura_api.deps import PREFIX, AuraDep, RepoId, Revision, problems
from aura_api.routes.service import indexer_state
from aura_api.schemas.base import build
from aura_api.schemas.repositories import EventOut, NewRepository, RepositoryList, RepositoryOut, StatusOut, SyncWish

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
    responses=problems(404, 409, 413, 415, 422),
)
def sync(repo: RepoId, aura: AuraDep, body: SyncWish | None = None) -> Any:
    """Put a request into the queue and answer at once: the tracked head, or one exact commit. `status` says when it is
    done.

    While a sync of the repository runs, the request waits in the queue; with `if_idle` it is refused, with the sync's
    holder and since when.
    """
    request = body or SyncWish()
    if request.if_idle:
        aura.require_idle(repo)
    return aura.sync(repo, source="api", sha=request.sha, delivery=request.delivery)


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
    return build(StatusOut, status, repo=status.repo.id, indexer=indexer_state(status.indexer_age_seconds))
