"""What routes ask for: parameters that several share, parts of the application, and how problems are documented."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator

from aura_api.limits.concurrency import PatientLimit, patience_of
from aura_api.metrics import Metrics
from aura_api.path_segments import segment
from aura_api.problems import MEDIA_TYPE
from aura_api.schemas.base import NOT_BLANK, REPO, SHA, UID
from aura_core.service import Aura


def _aura(request: Request) -> Aura:
    return cast(Aura, request.app.state.aura)


def _limiter(request: Request) -> PatientLimit:
    state = request.app.state
    settings = state.settings
    patience = patience_of(request.headers.getlist("prefer"), settings.queue_seconds)
    return PatientLimit(state.limiter, patience, settings.request_seconds)


def _metrics(request: Request) -> Metrics:
    return cast(Metrics, request.app.state.metrics)


def one_revision(sha: str, ref: str) -> str:
    """Return the commit that was named, else the ref, "" for the published head. A commit says more exactly what is
    meant: it wins over a ref beside it.
    """
    return sha or ref


def _revision(
    sha: Annotated[
        str,
        Query(
            max_length=1_024, description="Commit to answer from, also abbreviated. It wins over `ref`.", examples=[SHA]
        ),
    ] = "",
    ref: Annotated[
        str,
        Query(
            max_length=1_024, description="Branch or tag to answer from, where there is no `sha`.", examples=["main"]
        ),
    ] = "",
) -> str:
    return one_revision(sha, ref)


AuraDep = Annotated[Aura, Depends(_aura)]
LimitDep = Annotated[PatientLimit, Depends(_limiter)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
Revision = Annotated[str, Depends(_revision)]
RepoId = Annotated[str, Path(max_length=200, description="Id of a registered repository.", examples=[REPO])]
AtRevision = Annotated[
    str,
    AfterValidator(segment),
    Path(
        min_length=1,
        max_length=1_024,
        description="Commit, also abbreviated, branch or tag. A slash in a name is written `%2F`.",
        examples=[SHA, "v1.2", "feature%2Fvouchers"],
    ),
]
Symbol = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2_000,
        pattern=NOT_BLANK,
        description="Uid, `path:line`, dotted name, qualified name or its last part.",
        examples=[UID, "shop.cart.Cart.checkout"],
    ),
]
Most = Annotated[
    int,
    Query(
        ge=1, le=2_000, description="At most this many of each kind; the totals say how many there are.", examples=[200]
    ),
]
MinConfidence = Annotated[
    float, Query(ge=0, le=1, description="Leave out, but count, edges less sure than this.", examples=[0.9])
]

_MEANING = {
    400: "The request cannot be read.",
    401: "A bearer token is needed, or it is wrong.",
    403: "This host, origin or path is not allowed.",
    404: "No such repository, commit, ref or symbol.",
    408: "The body did not arrive in time.",
    409: "Not indexed yet, or the name is ambiguous. Carries `wanted` and `indexed`, or `candidates`.",
    410: "A blob that the index names is no longer in the repository.",
    413: "The body or the task is too large.",
    415: "The body is not JSON.",
    422: "A field or parameter is not valid or not known; `field` names it, and `known` lists those that are.",
    429: "Too many questions wait, or the wait would be longer than the caller's. Carries `retry_after`.",
    503: "A store cannot be reached, or the answer takes longer than a question may.",
}
PREFIX = "/api/v1"
_ALWAYS = (401, 403, 422, 429, 503)  # any operation may answer these


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of the problems that an operation may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _MEANING[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*statuses, *_ALWAYS})
    }
