"""The service itself: alive, ready."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aura_api.schemas.base import Out


class HealthOut(Out):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])
    version: str = Field(examples=["0.1.0"])


class ReadyOut(Out):
    """Questions can be answered."""

    status: Literal["ready"] = Field(examples=["ready"])
    stores: str = Field(examples=["ok"])
    indexer: str = Field(description="`running`, or what to do when no indexer runs.", examples=["running"])
    indexer_age_seconds: float | None = Field(examples=[1.5])
