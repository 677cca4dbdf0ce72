"""JSON shapes of snapshots and their graphs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aura_api import examples
from aura_api.schemas import EventOut, In, Out, shown


class SnapshotOut(Out):
    """One indexed commit or working tree."""

    model_config = shown(examples.SNAPSHOT)

    sha: str = Field(description="The full sha, or `WORKTREE-…`.")
    digest: str
    files: int
    created_at: float = Field(description="When it was indexed: UTC seconds since the epoch.")
    stored_bytes: int = Field(description="What its manifest takes; a delta to another one is small.")
    refs: list[str] = Field(description="Published names that it is read under.")
    outdated: bool = Field(description="Made by another version of Aura; a sync makes it again.")


class SnapshotList(Out):
    """A page of snapshots, the one indexed last first."""

    model_config = shown(examples.SNAPSHOTS)

    repo: str
    snapshots: list[SnapshotOut]
    cursor: str = Field(description="Goes on after this page; empty at the end. New snapshots do not move it.")


class SnapshotAnswer(Out):
    """A snapshot that can be answered from."""

    model_config = shown(examples.SNAPSHOT_ANSWER)

    repo: str
    state: Literal["ready"]
    snapshot: SnapshotOut
    base: str = Field(description="The commit below a working tree, else empty.")
    counts: dict[str, int]
    skipped: dict[str, int] = Field(description="Files that are not indexed, by reason.")
    warnings: list[str]


class SnapshotWish(In):
    """The commit to index."""

    model_config = shown(examples.SNAPSHOT_WISH)

    sha: str = Field(
        min_length=1, max_length=1_024, description="A commit, also abbreviated, a branch (its head now) or a tag."
    )


class SnapshotAsked(Out):
    """A snapshot that was asked for and is not there yet."""

    model_config = shown(examples.SNAPSHOT_ASKED)

    repo: str
    state: Literal["queued", "running"]
    sha: str
    event: EventOut


class NodeOut(Out):
    """One symbol, file or section. Lines are 1-based and inclusive."""

    uid: str
    path: str
    qualname: str
    kind: str
    start_line: int
    end_line: int
    module: str
    signature: str
    doc: str


class NodeAnswer(Out):
    """A symbol with what it contains."""

    model_config = shown(examples.NODE_ANSWER)

    repo: str
    sha: str
    digest: str
    node: NodeOut
    contains: list[str] = Field(description="Uids of what is defined directly inside.")


class NeighbourOut(Out):
    """The other end of an edge. `node` is null for what lies outside the repository (`external:…`)."""

    uid: str
    kind: str
    how: str = Field(description="How the edge was resolved.")
    confidence: float = Field(description="The measured share of edges resolved like this that are right.")
    lines: list[int] = Field(description="Lines of the sites, in the file of the calling side.")
    node: NodeOut | None


class UnresolvedOut(Out):
    """A call site whose target is not known."""

    source: str
    text: str
    reason: str
    line: int


class CallersOut(Out):
    """Who calls a symbol, and the unresolved calls of the same name, which could still be calls of it."""

    model_config = shown(examples.CALLERS)

    repo: str
    sha: str
    digest: str
    node: NodeOut
    callers_total: int
    callers: list[NeighbourOut] = Field(description="At most `limit`.")
    below_minimum: int = Field(description="Callers left out because they are less sure than `min_confidence`.")
    could_be_total: int
    could_be: list[UnresolvedOut] = Field(
        description="Calls of this name that are not resolved: no caller found does not mean that there is none."
    )


class CalleesOut(Out):
    """What a symbol calls."""

    model_config = shown(examples.CALLEES)

    repo: str
    sha: str
    digest: str
    node: NodeOut
    callees_total: int
    callees: list[NeighbourOut] = Field(description="At most `limit`.")
    below_minimum: int = Field(description="Callees left out because they are less sure than `min_confidence`.")


class NodesOut(Out):
    """Symbols of one snapshot."""

    model_config = shown(examples.NODES)

    repo: str
    sha: str
    digest: str
    nodes: list[NodeOut]
    more: bool = Field(description="There are more than `limit`.")


class OneAwayOut(NeighbourOut):
    """A neighbour, and on which side it is."""

    direction: Literal["out", "in"] = Field(description="`out`: the symbol uses it, `in`: it uses the symbol.")


class NeighboursOut(Out):
    """What is one edge away from a symbol. `node` is null for what lies outside the repository."""

    model_config = shown(examples.NEIGHBOURS)

    repo: str
    sha: str
    digest: str
    uid: str
    node: NodeOut | None
    neighbours_total: int
    neighbours: list[OneAwayOut] = Field(description="At most `limit`, by uid.")
    below_minimum: int = Field(description="Neighbours left out because they are less sure than `min_confidence`.")


class StepOut(Out):
    """One edge walked to `uid`, along it (`out`) or against it (`in`)."""

    uid: str
    kind: str
    direction: Literal["out", "in"]
    how: str
    confidence: float
    lines: list[int] = Field(description="Lines of the sites, in the file of the edge's source.")


class ReachedOut(Out):
    """A symbol reached, the product of the weights on the best way to it, and that way."""

    node: NodeOut
    weight: float
    path: list[StepOut]


class ExpandOut(Out):
    """What lies around a symbol, the heaviest first, then the nearer, then by uid."""

    model_config = shown(examples.EXPANDED)

    repo: str
    sha: str
    digest: str
    node: NodeOut
    reached: list[ReachedOut]
    cut_off: Literal["", "limit", "edges"] = Field(
        description="Why there could be more: `limit` were found, or too many edges were looked at."
    )


class RouteOut(Out):
    """The shortest way between two symbols, or that there is none."""

    model_config = shown(examples.ROUTE)

    repo: str
    sha: str
    digest: str
    start: str = Field(alias="from", description="Uid of the start.")
    to: str
    outcome: Literal["found", "none", "cut_off"] = Field(
        description="`none` is proven within `max_steps`; `cut_off`: the search ended before it was clear."
    )
    words: str = Field(description="The outcome in a sentence.")
    max_steps: int
    looked_at: int = Field(description="Nodes that were visited.")
    steps: list[StepOut]


class NodeRow(Out):
    """A node of an exported graph."""

    type: Literal["node"]
    uid: str
    kind: str
    name: str
    path: str
    start: int
    end: int


class EdgeRow(Out):
    """An edge of an exported graph, with all its sites. An external target is a dotted import path without a uid."""

    type: Literal["edge"]
    kind: str
    source: str
    target: str
    source_uid: str
    target_uid: str | None
    how: str
    line: int | None
    lines: list[int]
    external: bool


class SiteRow(Out):
    """A call of an exported graph whose target is not known."""

    type: Literal["unresolved"]
    source: str
    source_uid: str
    text: str
    line: int
    reason: str


class GraphOut(Out):
    """The graph of one snapshot, sorted."""

    model_config = shown(examples.GRAPH)

    repo: str
    sha: str
    digest: str
    nodes: list[NodeRow]
    edges: list[EdgeRow]
    unresolved: list[SiteRow]


class EdgeOut(Out):
    """An edge by the uids of its ends."""

    kind: str
    source: str
    target: str
    how: str
    confidence: float
    lines: list[int]


class WhichOut(Out):
    """A snapshot by its names."""

    sha: str
    digest: str


class RenameOut(Out):
    """A file under another path."""

    old: str
    new: str
    same: bool = Field(description="Its bytes did not change.")


class FilesDiffOut(Out):
    """Files by path. A changed one was edited, or something that it uses was."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    renamed: list[RenameOut]


class NodePair(Out):
    """A node then and now."""

    old: NodeOut
    new: NodeOut


class EdgePair(Out):
    """An edge then and now."""

    old: EdgeOut
    new: EdgeOut


class SitePair(Out):
    """An unresolved call then and now."""

    old: UnresolvedOut
    new: UnresolvedOut


class NodesDiffOut(Out):
    """Nodes. A changed one has another kind, signature, docstring or text of its own; a moved one stands elsewhere."""

    added: list[NodeOut]
    removed: list[NodeOut]
    changed: list[NodePair]
    moved: list[NodePair]


class EdgesDiffOut(Out):
    """Edges. A changed one is resolved otherwise; a moved one has other lines, or an end that moved."""

    added: list[EdgeOut]
    removed: list[EdgeOut]
    changed: list[EdgePair]
    moved: list[EdgePair]


class SitesDiffOut(Out):
    """Unresolved calls."""

    added: list[UnresolvedOut]
    removed: list[UnresolvedOut]
    changed: list[SitePair]
    moved: list[SitePair]


class TotalsOut(Out):
    """How many of each there are, whatever `limit` shows."""

    files: dict[str, int]
    nodes: dict[str, int]
    edges: dict[str, int]
    unresolved: dict[str, int]


class DiffOut(Out):
    """From the graph of an old snapshot to that of a new one. Whatever differs is in exactly one list."""

    model_config = shown(examples.DIFF)

    repo: str
    old: WhichOut
    new: WhichOut
    comparable: bool = Field(
        description="Both were made by the same version of Aura; else some differences are its own."
    )
    totals: TotalsOut
    files: FilesDiffOut
    nodes: NodesDiffOut
    edges: EdgesDiffOut
    unresolved: SitesDiffOut


class DigestOut(Out):
    """What a snapshot is: two indexes are equal when their digests are."""

    model_config = shown(examples.DIGEST_ANSWER)

    repo: str
    sha: str
    digest: str
    counts: dict[str, int]
