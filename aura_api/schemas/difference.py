"""What differs between the graphs of two snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from pydantic import Field

from aura_api.schemas.base import DIGEST, OLD_DIGEST, OLD_SHA, OTHER_UID, REPO, SHA, UID, Out, build
from aura_api.schemas.graph import Confidence, EdgeKindName, Lines, NodeOut, ResolutionName, UnresolvedOut
from aura_core.model.difference import Differences, FileEdge, GraphDiff
from aura_core.model.graph import uid_of
from aura_core.service import Snapshot
from aura_core.service.diff_text import difference_totals

T = TypeVar("T")


class EdgeOut(Out):
    """An edge by the uids of its ends."""

    kind: EdgeKindName
    source: str = Field(examples=[UID])
    target: str = Field(examples=[OTHER_UID])
    how: ResolutionName
    confidence: Confidence
    lines: Lines

    @classmethod
    def of(cls, item: FileEdge) -> Self:
        """Return an edge of a difference."""
        return build(
            cls,
            item.edge,
            item.edge.resolution,
            source=uid_of(item.path, item.edge.src),
            target=item.edge.dst,
            how=item.edge.resolution,
        )


class WhichOut(Out):
    """A snapshot by its names."""

    sha: str = Field(examples=[SHA])
    digest: str = Field(examples=[DIGEST])


class RenameOut(Out):
    """A file under another path."""

    old: str = Field(examples=["shop/basket.py"])
    new: str = Field(examples=["shop/cart.py"])
    same: bool = Field(description="Its bytes did not change.", examples=[False])


class FilesDiffOut(Out):
    """Files by path. A changed one was edited, or something that it uses was."""

    added: list[str] = Field(examples=[[]])
    removed: list[str] = Field(examples=[[]])
    changed: list[str] = Field(examples=[["shop/cart.py"]])
    renamed: list[RenameOut] = Field(examples=[[]])


class NodePair(Out):
    """A node then and now."""

    old: NodeOut = Field(examples=[{**NodeOut.example(), "end_line": 20, "signature": "def checkout(self)"}])
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

    added: list[NodeOut] = Field(examples=[[]])
    removed: list[NodeOut] = Field(examples=[[]])
    changed: list[NodePair]
    moved: list[NodePair] = Field(examples=[[]])


class EdgesDiffOut(Out):
    """Edges. A changed one is resolved otherwise; a moved one has other lines, or an end that moved."""

    added: list[EdgeOut]
    removed: list[EdgeOut] = Field(examples=[[]])
    changed: list[EdgePair] = Field(examples=[[]])
    moved: list[EdgePair] = Field(examples=[[]])


class SitesDiffOut(Out):
    """Unresolved calls."""

    added: list[UnresolvedOut] = Field(examples=[[]])
    removed: list[UnresolvedOut] = Field(examples=[[]])
    changed: list[SitePair] = Field(examples=[[]])
    moved: list[SitePair] = Field(examples=[[]])


class TotalsOut(Out):
    """How many of each there are, whatever `limit` shows."""

    files: dict[str, int] = Field(examples=[{"added": 0, "removed": 0, "changed": 1, "renamed": 0}])
    nodes: dict[str, int] = Field(examples=[{"added": 0, "removed": 0, "changed": 1, "moved": 0}])
    edges: dict[str, int] = Field(examples=[{"added": 1, "removed": 0, "changed": 0, "moved": 0}])
    unresolved: dict[str, int] = Field(examples=[{"added": 0, "removed": 0, "changed": 0, "moved": 0}])


class DiffOut(Out):
    """From the graph of an old snapshot to that of a new one. Whatever differs is in exactly one list."""

    repo: str = Field(examples=[REPO])
    old: WhichOut = Field(examples=[{"sha": OLD_SHA, "digest": OLD_DIGEST}])
    new: WhichOut
    comparable: bool = Field(
        description="Both were made by the same version of Aura; else some differences are its own.", examples=[True]
    )
    totals: TotalsOut
    files: FilesDiffOut
    nodes: NodesDiffOut
    edges: EdgesDiffOut
    unresolved: SitesDiffOut

    @classmethod
    def of(cls, old: Snapshot, new: Snapshot, difference: GraphDiff, limit: int) -> Self:
        """Return a difference with at most ``limit`` entries of each list."""
        files = difference.files
        return build(
            cls,
            difference,
            repo=new.repo,
            old=old,
            new=new,
            totals=difference_totals(difference),
            files={name: getattr(files, name)[:limit] for name in FilesDiffOut.model_fields},
            nodes=_first(difference.nodes, limit, lambda node: node),
            edges=_first(difference.edges, limit, EdgeOut.of),
            unresolved=_first(
                difference.unresolved,
                limit,
                lambda item: UnresolvedOut.of(uid_of(item.path, item.site.src), item.site),
            ),
        )


def _first(sides: Differences[T], limit: int, shape: Callable[[T], Any]) -> dict[str, Any]:
    single = {name: [shape(item) for item in getattr(sides, name)[:limit]] for name in ("added", "removed")}
    pairs = {
        name: [{"old": shape(old), "new": shape(new)} for old, new in getattr(sides, name)[:limit]]
        for name in ("changed", "moved")
    }
    return {**single, **pairs}
