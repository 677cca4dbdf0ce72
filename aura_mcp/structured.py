"""The structured data beside the text of each tool. Whatever does not fit into the budget is left out, so every member
may be missing; totals say how many entries a list has in full.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from aura_core.model.graph import Node, Unresolved
from aura_core.ports.graph import Neighbour


class Data(BaseModel):
    """Which snapshot answered."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    repo: str | None = Field(default=None, description="Id of the repository.")
    sha: str | None = Field(default=None, description="The commit, or `WORKTREE-…`, that was answered from.")
    origin: str | None = Field(default=None, alias="from", description="Says so when it is the working tree.")


class Span(BaseModel):
    """A symbol and its lines, which are 1-based and inclusive."""

    model_config = ConfigDict(extra="forbid")

    uid: str
    path: str
    start_line: int
    end_line: int
    kind: str


class Item(Span):
    """A symbol in a context, and how much of it is shown."""

    level: str


class Hit(Span):
    """A symbol that fits a query, and how well."""

    score: float


class EdgeEnd(BaseModel):
    """The other end of an edge. ``lines`` are those of the sites, in the file of the edge's source."""

    model_config = ConfigDict(extra="forbid")

    uid: str
    path: str | None = Field(description="None for what is outside of the repository.")
    lines: list[int]
    kind: str
    how: str
    confidence: float
    direction: str | None = None


class Site(BaseModel):
    """A call that is not resolved and has the name of the symbol."""

    model_config = ConfigDict(extra="forbid")

    source: str
    text: str
    line: int
    reason: str


class ContextData(Data):
    """A context in figures, and its symbols."""

    tokens: int | None = None
    items_total: int | None = None
    omitted_total: int | None = None
    nodes_truncated: int | None = None
    lag: dict[str, Any] | None = None
    items: list[Item] | None = None
    replay_id: str | None = None
    digest: str | None = None
    encoding: str | None = None


class SearchData(Data):
    """Ranked symbols."""

    hits_total: int | None = None
    hits: list[Hit] | None = None


class SymbolData(Data):
    """A symbol, what it contains and what it calls."""

    symbol: Span | None = None
    others: list[str] | None = Field(default=None, description="Uids of other symbols that the name could mean.")
    contains: list[str] | None = None
    calls: list[str] | None = None


class CallersData(Data):
    """Who calls a symbol, who hands it on, and which unresolved calls could be calls of it."""

    symbol: Span | None = None
    others: list[str] | None = None
    callers_total: int | None = None
    references_total: int | None = None
    could_be_total: int | None = None
    below_minimum: int | None = None
    callers: list[EdgeEnd] | None = None
    references: list[EdgeEnd] | None = None
    could_be: list[Site] | None = None
    constructors: list[str] | None = None


class CalleesData(Data):
    """What a symbol calls."""

    symbol: Span | None = None
    others: list[str] | None = None
    callees_total: int | None = None
    below_minimum: int | None = None
    callees: list[EdgeEnd] | None = None


class NeighboursData(Data):
    """What is one edge away."""

    uid: str | None = None
    neighbours_total: int | None = None
    below_minimum: int | None = None
    neighbours: list[EdgeEnd] | None = None


class Reached(Span):
    """A symbol that was reached, and the weight of the way to it."""

    weight: float


class ExpandData(Data):
    """What lies around a symbol."""

    symbol: Span | None = None
    others: list[str] | None = None
    reached_total: int | None = None
    cut_off: str | None = None
    reached: list[Reached] | None = None


class PathData(Data):
    """The shortest way, step by step."""

    outcome: str | None = None
    looked_at: int | None = None
    steps_total: int | None = None
    steps: list[EdgeEnd] | None = None


class NodesData(Data):
    """Symbols in order."""

    nodes_total: int | None = None
    more: bool | None = Field(default=None, description="There are more than `limit`.")
    nodes: list[Span] | None = None


class DiffData(Data):
    """Two commits and how much differs."""

    old: str | None = None
    comparable: bool | None = None
    differences_total: int | None = None


class IndexedCommit(BaseModel):
    """A commit or working tree that is indexed."""

    model_config = ConfigDict(extra="forbid")

    sha: str
    files: int
    created_at: str
    refs: list[str]


class SnapshotsData(Data):
    """The commits that are indexed."""

    snapshots_total: int | None = Field(default=None, description="In this list; `more` says that there are others.")
    more: bool | None = None
    snapshots: list[IndexedCommit] | None = None


def span_of(node: Node) -> dict[str, Any]:
    """Return a symbol and its lines, as a ``Span``."""
    return {
        "uid": node.uid,
        "path": node.path,
        "start_line": node.start_line,
        "end_line": node.end_line,
        "kind": node.kind.value,
    }


def end_of(neighbour: Neighbour) -> dict[str, Any]:
    """Return the other end of an edge, as an ``EdgeEnd``."""
    return {
        "uid": neighbour.uid,
        "path": neighbour.node.path if neighbour.node is not None else None,
        "lines": list(neighbour.lines),
        "kind": neighbour.kind.value,
        "how": neighbour.resolution.value,
        "confidence": neighbour.confidence,
    }


def site_of(source: str, site: Unresolved) -> dict[str, Any]:
    """Return an unresolved call, as a ``Site``."""
    return {"source": source, "text": site.text, "line": site.line, "reason": site.reason}
