"""What a route may ask for."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator

from aura_api import examples
from aura_api.concurrency import Gate
from aura_api.metrics import Metrics
from aura_api.path_segments import segment
from aura_api.problems import MEDIA_TYPE
from aura_core.errors import InvalidRequest
from aura_core.service import Aura


def _aura(request: Request) -> Aura:
    return cast(Aura, request.app.state.aura)


def _gate(request: Request) -> Gate:
    return cast(Gate, request.app.state.gate)


def _metrics(request: Request) -> Metrics:
    return cast(Metrics, request.app.state.metrics)


def one_revision(sha: str, ref: str) -> str:
    """The commit or the ref that was asked for, "" for the published head. Raises ``InvalidRequest`` for both at once."""
    if sha and ref:
        raise InvalidRequest("sha and ref are both given.", remedy="Give one of them.", field="ref")
    return sha or ref


def _revision(
    sha: Annotated[
        str, Query(max_length=1_024, description="Commit to answer from, also abbreviated.", examples=[examples.SHA])
    ] = "",
    ref: Annotated[
        str, Query(max_length=1_024, description="Branch or tag to answer from, instead of `sha`.", examples=["main"])
    ] = "",
) -> str:
    return one_revision(sha, ref)


AuraDep = Annotated[Aura, Depends(_aura)]
GateDep = Annotated[Gate, Depends(_gate)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
Revision = Annotated[str, Depends(_revision)]
RepoId = Annotated[str, Path(max_length=200, description="Id of a registered repository.", examples=[examples.REPO])]
AtRevision = Annotated[
    str,
    AfterValidator(segment),
    Path(
        min_length=1,
        max_length=1_024,
        description="Commit, also abbreviated, branch or tag. A slash in a name is written `%2F`.",
        examples=[examples.SHA, "v1.2", "feature%2Fvouchers"],
    ),
]
Symbol = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2_000,
        description="Uid, `path:line`, dotted name, qualified name or its last part.",
        examples=[examples.UID, "shop.cart.Cart.checkout"],
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
    403: "The door is shut to this host, origin or path.",
    404: "No such repository, commit, ref or symbol.",
    408: "The body did not arrive in time.",
    409: "Not indexed yet, or the name is ambiguous. Carries `wanted` and `indexed`, or `candidates`.",
    410: "A blob that the index names is no longer in the repository.",
    413: "The body or the task is too large.",
    415: "The body is not JSON.",
    422: "A field is not valid; `field` names it.",
    503: "A store cannot be reached.",
}
PREFIX = "/api/v1"
_ALWAYS = (401, 403, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of the problem documents that an operation may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _MEANING[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*statuses, *_ALWAYS})
    }
