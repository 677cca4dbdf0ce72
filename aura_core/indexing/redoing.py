"""Doing a step again when rows that it was about to name were deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from aura_core.errors import RowsGone
from aura_core.indexing.steps.parse import parse
from aura_core.indexing.steps.report import Progress, StepReport
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores

Verb = Callable[[Stores, Plan, Progress | None], StepReport]

TIMES = 3


def redoing(verb: Verb) -> Verb:
    """``verb``, with the parse step and itself once more for every ``RowsGone``, at most ``TIMES``."""

    def again(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
        for _ in range(TIMES):
            try:
                return verb(stores, plan, progress)
            except RowsGone:
                parse(stores, plan, progress)
        return verb(stores, plan, progress)

    return again
