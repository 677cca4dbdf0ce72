"""A question for context and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MIN_TOKENS = 64
MAX_TOKENS = 200_000
MAX_TASK_CHARS = 100_000
MAX_ENTRY_POINTS = 64

ENTRY_NOT_FOUND = "entry_point_not_found"
"""Reason of an ``Omitted`` that stands for an entry point which names nothing in the snapshot."""


class Format(StrEnum):
    """Shape of ``text``: Markdown for agents, plain for pipes, XML tags, or JSON."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    XML = "xml"
    JSON = "json"


class Level(StrEnum):
    """How much of a symbol is shown."""

    FULL = "full"
    SIGNATURE = "signature"
    STUB = "stub"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A task in words and a budget. ``entry_points`` are uids, qualified names or paths that the caller already knows
    matter.
    """

    task: str
    max_tokens: int = 8_000
    entry_points: tuple[str, ...] = ()
    format: Format = Format.MARKDOWN
    encoding: str = "cl100k_base"


@dataclass(frozen=True, slots=True)
class ContextItem:
    """One span in the answer: where it is, at which level, what it costs, why it was chosen and with which score parts
    (0..1).
    """

    uid: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    level: Level
    tokens: int
    blob: str
    why: tuple[str, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Omitted:
    """A ranked symbol that is not in ``text``, or only in part, and the reason; ``tokens`` is about what it would have
    cost in full.
    """

    uid: str
    symbol: str
    tokens: int
    reason: str


@dataclass(frozen=True, slots=True)
class ContextPack:
    """The answer. ``tokens`` counts ``text`` in ``encoding`` and never exceeds ``max_tokens``; ``lag`` stands outside
    the replayed part.
    """

    repo: str
    sha: str
    digest: str
    encoding: str
    tokens: int
    max_tokens: int
    text: str
    items: tuple[ContextItem, ...]
    omitted: tuple[Omitted, ...]
    nodes_truncated: int
    replay_id: str
    engine: str
    lag: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One ranked symbol with a snippet of its first lines."""

    uid: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    score: float
    snippet: str
