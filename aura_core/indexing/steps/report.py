"""How a step of a sync reports its progress and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Progress = Callable[[str, int, int], None]
"""Called as (step, done, total) now and then while a step works."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check of the snapshot ``sha``."""

    name: str
    passed: bool
    message: str
    sha: str = ""


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step of one sync did.

    ``counts`` are numbers by name, ``findings`` those of the snapshot step's checks, ``seconds`` is wall time.
    """

    step: str
    repo: str
    sha: str
    counts: Mapping[str, int | float] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    nothing_to_do: bool = False
    findings: tuple[Finding, ...] = ()


def silent(step: str, done: int, total: int) -> None:
    """Ignore the progress of a step: for callers who do not watch."""
