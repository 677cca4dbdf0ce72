"""Groups of symbols that belong together."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from aura_api import schemas, shapes
from aura_api.deps import PREFIX, AuraDep, GateDep, RepoId, Revision, problems

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/clusters", tags=["clusters"])


@router.get(
    "",
    summary="Groups of symbols that belong together",
    response_model=schemas.ClustersOut,
    responses=problems(404, 409, 410, 422),
)
async def clusters(
    repo: RepoId,
    aura: AuraDep,
    gate: GateDep,
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
        return shapes.encode(shapes.clusters(snapshot, snapshot.clusters(latest=not revision), members))

    return shapes.JsonAnswer(await gate.run(answer))
