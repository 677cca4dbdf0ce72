"""The main question, and search."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from aura_api.deps import PREFIX, AuraDep, LimitDep, MetricsDep, RepoId, Revision, one_revision, problems
from aura_api.limits.edits import after_edits
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.base import NOT_BLANK, build
from aura_api.schemas.context import ContextIn, ContextOut, SearchOut
from aura_core.errors import InputTooLarge, InvalidRequest
from aura_core.model.context import MAX_TASK_CHARS, ContextRequest
from aura_core.service import Aura

router = APIRouter(prefix=PREFIX, tags=["context"])


@router.post(
    "/context",
    summary="The best context for a task",
    response_model=ContextOut,
    responses=problems(404, 409, 410, 413, 415, 422),
)
async def context(body: ContextIn, aura: AuraDep, limiter: LimitDep, metrics: MetricsDep) -> Any:
    """The symbols that matter most for a task, as one text within a budget of tokens, from any indexed commit.

    `text` never exceeds `max_tokens` in `encoding`. `items` says where each part comes from and why it was chosen,
    `omitted` what did not fit.
    """
    request, revision = to_request(body), revision_of(body)

    def answer(aura: Aura = aura) -> bytes:
        # Without `worktree` the server's own way counts, which is the published head.
        pack = aura.at(body.repo, revision, local=body.worktree or None).context(request)
        metrics.count_context(pack)
        return encode(build(ContextOut, pack), exclude=() if body.detail else ("items",))

    return JsonAnswer(await (after_edits(limiter, aura, body.repo, answer) if body.worktree else limiter.run(answer)))


@router.get(
    "/repos/{repo}/search",
    summary="Search symbols",
    response_model=SearchOut,
    responses=problems(404, 409, 410, 422),
)
async def search(
    repo: RepoId,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=3_000,
            pattern=NOT_BLANK,
            description="Words, a name, a path or a part of code.",
            examples=["voucher rounding"],
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=200, description="At most this many hits.", examples=[20])] = 20,
) -> Any:
    """Ranked symbols with their first lines."""

    def answer() -> bytes:
        snapshot = aura.at(repo, revision)
        return encode(build(SearchOut, snapshot, query=q, hits=snapshot.search(q, limit=limit)))

    return JsonAnswer(await limiter.run(answer))


def revision_of(body: ContextIn) -> str:
    """Return the commit or ref to answer from, "" for the default. Raises ``InvalidRequest`` when the body names more
    than one place.
    """
    revision = one_revision(body.sha, body.ref)
    if revision and body.worktree:
        raise InvalidRequest(
            "worktree cannot be used with a commit or a ref.", remedy="Give one of them.", field="worktree"
        )
    return revision


def to_request(body: ContextIn) -> ContextRequest:
    """Return the typed request. Raises ``InputTooLarge`` for a task that is too long."""
    if len(body.task) > MAX_TASK_CHARS:
        raise InputTooLarge(
            f"The task is over {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task", limit=MAX_TASK_CHARS
        )
    return ContextRequest(body.task, body.max_tokens, tuple(body.entry_points), body.format, body.encoding)
