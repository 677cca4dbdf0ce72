"""Groups of symbols that belong together."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from aura_api.deps import PREFIX, AuraDep, LimitDep, RepoId, Revision, problems
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.base import build
from aura_api.schemas.context import ClustersOut

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/clusters", tags=["clusters"])


@router.get(
    "",
    summary="Groups of symbols that belong together",
    response_model=ClustersOut,
    responses=problems(404, 409, 410, 422),
)
async def clusters(
    repo: RepoId,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    members: Annotated[
        int,
        Query(
            ge=0,
            le=100_000,
            description="At most this many members of each, the nearest to its middle first.",
            examples=[20],
        ),
    ] = 20,
) -> Any:
    """Groups by what their code speaks of, the largest first, each with a label. Of exactly the commit that is asked
    about, made at the first question; else those that a sync made last, `made_of` a commit from which less than a
    twentieth of the symbols has changed since.
    """

    def answer() -> bytes:
        snapshot = aura.at(repo, revision)
        value = snapshot.clusters(latest=not revision)
        groups = [{**group, "members": group["members"][:members]} for group in value["clusters"]]
        rest = {name: value[name] for name in ("symbols", "silhouette", "embedder")}
        return encode(build(ClustersOut, snapshot, made_of=value["sha"], clusters=groups, **rest))

    return JsonAnswer(await limiter.run(answer))
