"""A question for context, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aura_core.model.graph import Node
from aura_core.model.repository import Lag

MIN_TOKENS = 64
MAX_TOKENS = 200_000
MAX_TASK_CHARS = 100_000
MAX_ENTRY_POINTS = 64

ENTRY_NOT_FOUND = "entry_point_not_found"
"""The reason of an ``Omitted`` for an entry point that names nothing in the snapshot."""


class Format(StrEnum):
    """The form of ``text``: Markdown for agents, plain for pipes, XML tags, or JSON."""

    MARKDOWN = "markdown"
    PLAIN = "plain"
    XML = "xml"
    JSON = "json"


class Level(StrEnum):
    """How much of a symbol the answer shows, from all of its lines to its name and place. ``WINDOW`` is its head and
    the lines that fit the task best.
    """

    FULL = "full"
    WINDOW = "window"
    SIGNATURE = "signature"
    STUB = "stub"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A task in words and a budget.

    ``max_tokens``: counted in ``encoding``. ``entry_points``: uids, qualified names or paths that the caller already
    knows to matter. ``format``: of the answer's text.
    """

    task: str
    max_tokens: int = 8_000
    entry_points: tuple[str, ...] = ()
    format: Format = Format.MARKDOWN
    encoding: str = "cl100k_base"


@dataclass(frozen=True, slots=True)
class ContextItem:
    """One span of the answer.

    ``start_line``, ``end_line``: 1-based and inclusive. ``symbol``: the qualified name. ``tokens``: its costs.
    ``blob``: hex id of the file's content. ``why``: the reasons why it was chosen. ``scores``: parts of its score by
    name, each at least 0. ``spans``: the first and last line of each run of lines that the text shows as they are.
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
    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, node: Node, *, level: Level = Level.REFERENCE, tokens: int = 0, **facts: Any) -> Self:
        """Return the item of a node, with the lines of its whole body; ``facts`` are the fields that no node has."""
        return cls(
            uid=node.uid,
            path=node.path,
            start_line=node.start_line,
            end_line=node.end_line,
            symbol=node.qualname,
            kind=node.kind.value,
            level=level,
            tokens=tokens,
            **facts,
        )


@dataclass(frozen=True, slots=True)
class Omitted:
    """A ranked symbol that is not in ``text``, or only in part, and the reason. ``tokens``: about what it would cost in
    full.
    """

    uid: str
    symbol: str
    tokens: int
    reason: str


@dataclass(frozen=True, slots=True)
class ContextPack:
    """The answer to a ``ContextRequest``.

    ``sha``, ``digest``: of the snapshot. ``tokens``: of ``text`` in ``encoding``, never more than ``max_tokens``.
    ``nodes_truncated``: how many items are shown at a lower level than full. ``replay_id``: identifies the question on
    this snapshot; answers with the same id differ in ``lag`` only. ``engine``: the version of the code that answered.
    ``lag``: how far the snapshot is behind the head.
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
    lag: Lag = field(default_factory=Lag)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One symbol that a search found. ``score`` ranks it, higher is better; ``snippet`` is its first lines."""

    uid: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    score: float
    snippet: str

    @classmethod
    def of(cls, node: Node, score: float, snippet: str) -> Self:
        """Return the hit of a node. A module is shown by its path."""
        return cls(
            uid=node.uid,
            path=node.path,
            start_line=node.start_line,
            end_line=node.end_line,
            symbol=node.qualname or node.path,
            kind=node.kind.value,
            score=score,
            snippet=snippet,
        )
