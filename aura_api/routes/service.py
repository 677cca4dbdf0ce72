"""The service itself: alive, ready, counted."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from aura_api.deps import AuraDep, MetricsDep, problems
from aura_api.schemas.service import HealthOut, ReadyOut
from aura_core.service.status import INDEXER_SILENT_SECONDS

router = APIRouter(tags=["service"])

NO_INDEXER = "no indexer is running: start `aura dev`"

_EXAMPLE = (
    "# TYPE aura_http_requests_total counter\n"
    'aura_http_requests_total{method="POST",route="/api/v1/context",status="200"} 12.0\n'
)


def indexer_state(age: float | None) -> str:
    """Return ``running``, or what to do about it."""
    return "running" if age is not None and age <= INDEXER_SILENT_SECONDS else NO_INDEXER


@router.get("/health", summary="Is the process alive", response_model=HealthOut, responses=problems())
async def health() -> Any:
    """Answers at once and touches no store."""
    return {"status": "ok", "version": version("aura")}


@router.get("/ready", summary="Can questions be answered", response_model=ReadyOut, responses=problems())
def ready(aura: AuraDep) -> Any:
    """The stores can be reached. Says also whether an indexer runs: without one, answers stay as they are and get
    older.
    """
    health = aura.health()
    age = health["indexer_age_seconds"]
    return {
        "status": "ready",
        "stores": str(health["stores"]),
        "indexer": indexer_state(age),
        "indexer_age_seconds": age,
    }


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": _EXAMPLE}}, "description": "Prometheus text format."},
        **problems(),
    },
)
def metrics(counters: MetricsDep) -> Response:
    """Requests, latency, context tokens, truncated symbols, index lag by repository."""
    return Response(counters.page(), media_type=CONTENT_TYPE_LATEST)
