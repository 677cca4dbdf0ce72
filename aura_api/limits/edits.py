"""Waits a moment for edits that are being indexed, instead of refusing the question."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

import anyio

from aura_api.limits.concurrency import PatientLimit
from aura_core.errors import SnapshotNotReady
from aura_core.service import Aura

T = TypeVar("T")

EDIT_SECONDS: Final = 10.0
"""How long a question waits for the edits of its working tree, unless its caller waits less."""

PAUSE_SECONDS: Final = 0.2
"""Pause between two looks. No core is held meanwhile."""


async def after_edits(limiter: PatientLimit, aura: Aura, repo: str, answer: Callable[[Aura], T]) -> T:
    """Return an answer from a working tree that is not older than the question. Raises ``SnapshotNotReady`` when nobody
    indexes it, or when that takes too long.
    """
    facade = await limiter.run(lambda: aura.asked_now(repo))
    end = time.monotonic() + min(EDIT_SECONDS, limiter.patience)
    while True:
        try:
            return await limiter.run(lambda: answer(facade))
        except SnapshotNotReady:
            if time.monotonic() > end or not await limiter.run(lambda: aura.may_become_ready(repo)):
                raise
        await anyio.sleep(PAUSE_SECONDS)
