"""JSON shapes that come in and go out. Out shapes describe the answers (and are tested against them); they do not
check each one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aura_api import examples
from aura_core.model.context import MAX_ENTRY_POINTS, MAX_TOKENS, MIN_TOKENS, Format


def shown(example: dict[str, Any]) -> ConfigDict:
    """Closed to unknown members, with an example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class In(BaseModel):
    """A body: unknown fields are errors, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What went wrong (RFC 9457), with a stable code and what to do about it. Some kinds carry more members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Where the kind is described.")
    title: str = Field(description="What the kind means.")
    status: int = Field(description="HTTP status.")
    code: str = Field(description="Stable name of the kind, for programs.")
    detail: str = Field(description="What happened this time.")
    remedy: str = Field(description="What to do about it.")


class NewRepository(In):
    """A repository to register."""

    model_config = shown(examples.NEW_REPOSITORY)

    source: str = Field(
        min_length=1, max_length=4_096, description="URL (https or ssh), or a local path below one of AURA_REPO_ROOTS."
    )
    ref: str = Field(default="", max_length=1_024, description="Branch to track; the default branch when empty.")
    sync: bool = Field(default=True, description="Ask for its head to be indexed at once.")


class RepositoryOut(Out):
    """One registered repository."""

    model_config = shown(examples.REPOSITORY)

    id: str = Field(description="Its id in addresses, metrics and commands.")
    name: str
    kind: Literal["local", "folder", "mirror"] = Field(
        description="A checkout read in place, a plain folder, or a mirror of a URL."
    )
    origin: str = Field(description="The normalised path or URL.")
    ref: str = Field(description="The tracked branch; the default branch when empty.")
    added_by: str = Field(description="`cli` or `api`.")
    created_at: float = Field(description="UTC seconds since the epoch.")


class RepositoryList(Out):
    """All registered repositories, by id."""

    model_config = shown(examples.REPOSITORIES)

    repos: list[RepositoryOut]


class SyncWish(In):
    """What to index: the head of the tracked branch, or one exact commit."""

    model_config = shown(examples.SYNC)

    sha: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_024,
        description="A commit, also abbreviated; the tracked head when left out.",
    )
    delivery: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Unique id of the wish: sending it again changes nothing.",
    )
    if_idle: bool = Field(
        default=False, description="Refuse (409 `sync_in_progress`, with the holder and since when) while a sync works."
    )


class EventOut(Out):
    """A wish in the queue."""

    model_config = shown(examples.EVENT)

    id: int
    repo: str
    delivery: str
    kind: Literal["ref", "sha"] = Field(description="`ref`: look at the head; `sha`: index exactly this commit.")
    target: str
    source: str = Field(description="Who asked.")
    state: Literal["due", "claimed", "done", "dead"]
    attempts: int
    created_at: float
    due_at: float
    error: str = Field(description="Why the last attempt failed.")


class LagOut(Out):
    """How far the answer is behind the tracked head. Outside of what is replayed."""

    model_config = ConfigDict(extra="allow")

    wanted: str | None = Field(default=None, description="The head as it is in the repository now.")
    indexed: str | None = Field(default=None, description="What was answered from.")
    current: bool | None = None
    commits: int | None = Field(default=None, description="Commits behind; null when it cannot be known.")
    seconds: float | None = Field(default=None, description="Seconds since the wanted commit was made; 0 when current.")


class RunOut(Out):
    """The sync that started last."""

    run: str
    state: str
    started_at: float
    finished_at: float
    message: str
    counts: dict[str, Any]


class StatusOut(Out):
    """What is wanted, what is indexed, and why they differ."""

    model_config = shown(examples.STATUS)

    repo: str
    ref: str | None
    wanted: str | None
    indexed: str | None
    digest: str | None
    current: bool
    lag: LagOut
    last_run: RunOut | None
    events: dict[str, int] = Field(description="Wishes by state.")
    counts: dict[str, int] = Field(description="Nodes and edges by kind, unresolved calls.")
    skipped: dict[str, int] = Field(description="Files that are not indexed, by reason.")
    warnings: list[str]
    indexer: str = Field(description="`running`, or that none is and what to do.")
    indexer_age_seconds: float | None
    problem: str = Field(description="Why the head cannot be read, if so.")
    sync: dict[str, str | float] = Field(
        description="The sync that works now, if any: its holder, since when, until when unless it renews."
    )
    stored: dict[str, int] = Field(
        description="Bytes of content by table, of all repositories together, without indexes and free pages."
    )
    disk: dict[str, int] = Field(
        description="Bytes of files by what they hold: `store`, `catalog`, `vectors`, `views`, `mirrors`."
    )
    snapshots: dict[str, int] = Field(
        description="How many there are of this repository, the bytes of their manifests, and of one at the median."
    )


TokenBudget = Annotated[
    int, Field(ge=MIN_TOKENS, le=MAX_TOKENS, strict=True, description="Budget of `text`, headers included.")
]


class ContextIn(In):
    """A task in words and a budget."""

    model_config = shown(examples.QUESTION)

    repo: str = Field(min_length=1, max_length=4_096, description="Id of a registered repository, or its path or URL.")
    task: str = Field(
        min_length=1, description="What is to be done: an issue, a traceback, a question. At most 100,000 characters."
    )
    max_tokens: TokenBudget = 8_000
    sha: str = Field(
        default="",
        max_length=1_024,
        description="Commit to answer from, also abbreviated; the published head when empty.",
    )
    ref: str = Field(default="", max_length=1_024, description="Branch or tag to answer from, instead of `sha`.")
    worktree: bool = Field(
        default=False,
        description="Answer from a local checkout as it stands, uncommitted edits included. Not with `sha` or `ref`.",
    )
    entry_points: list[Annotated[str, Field(min_length=1, max_length=2_000)]] = Field(
        default_factory=list,
        max_length=MAX_ENTRY_POINTS,
        description="Uids, dotted names or paths that matter for sure.",
    )
    format: Format = Field(default=Format.MARKDOWN, description="Shape of `text`.")
    encoding: str = Field(default="cl100k_base", max_length=64, description="Vocabulary that counts the tokens.")
    detail: bool = Field(default=True, description="False leaves `items` out.")


class ItemOut(Out):
    """One span of the text: where it is, at which level, why it was chosen and with which score parts."""

    uid: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    level: Literal["full", "signature", "stub", "reference"]
    tokens: int
    blob: str
    why: list[str]
    scores: dict[str, float]


class OmittedOut(Out):
    """What was ranked and is not in the text, or only in part, and why."""

    uid: str
    symbol: str
    tokens: int
    reason: str


class ContextOut(Out):
    """The best context for the task. The same request on the same snapshot gives the same `text`, `items` and
    `replay_id`.
    """

    model_config = shown(examples.CONTEXT)

    repo: str
    sha: str
    digest: str
    encoding: str
    tokens: int
    max_tokens: int
    text: str
    items: list[ItemOut] | None = Field(default=None, description="Left out when `detail` is false.")
    omitted: list[OmittedOut]
    nodes_truncated: int
    replay_id: str
    engine: str
    lag: LagOut


class HitOut(Out):
    """One symbol found, with its first lines."""

    uid: str
    path: str
    start_line: int
    end_line: int
    symbol: str
    kind: str
    score: float
    snippet: str


class SearchOut(Out):
    """Ranked symbols of one snapshot."""

    model_config = shown(examples.SEARCH)

    repo: str
    sha: str
    digest: str
    query: str
    hits: list[HitOut]


class ClusterOut(Out):
    """Symbols that speak of the same thing."""

    label: str = Field(description="Words that its members have and others have less.")
    size: int = Field(description="How many members it has.")
    members: list[str] = Field(description="Uids, the nearest to its middle first; at most `members` of them.")


class ClustersOut(Out):
    """Groups of the symbols of a commit."""

    model_config = shown(examples.CLUSTERS)

    repo: str
    sha: str
    digest: str
    made_of: str = Field(
        description="The snapshot whose symbols were grouped: `sha` itself, or, where none was asked for, one a little older."
    )
    symbols: int = Field(description="Classes, functions and methods that were grouped.")
    silhouette: float = Field(description="How clearly the groups are apart: -1 to 1, 0 when there are fewer than two.")
    embedder: str = Field(description="The model whose vectors were grouped.")
    clusters: list[ClusterOut] = Field(description="The largest first; none where there are no symbols.")


class HealthOut(Out):
    """The process answers."""

    model_config = shown(examples.HEALTH)

    status: Literal["ok"]
    version: str


class ReadyOut(Out):
    """Questions can be answered."""

    model_config = shown(examples.READY)

    status: Literal["ready"]
    stores: str
    indexer: str = Field(description="`running`, or that none is and what to do.")
    indexer_age_seconds: float | None
