"""Core values as JSON values, by hand: a context of 8,000 tokens is shaped in well under a millisecond."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from starlette.responses import Response

from aura_core.model.context import ContextItem, ContextPack, Omitted, SearchHit
from aura_core.model.difference import Differences, FileEdge, GraphDiff
from aura_core.model.graph import Node, Unresolved, uid_of
from aura_core.model.repository import Event, EventState, Repository
from aura_core.model.walks import ReachedNode, Route, Step
from aura_core.ports.graph import Neighbour
from aura_core.service import Listed, Snapshot, SnapshotDetail, Status

Json = dict[str, Any]
T = TypeVar("T")


class JsonAnswer(Response):
    """JSON that was encoded in the thread that made it; its shape is checked by tests instead of at every request."""

    media_type = "application/json"


def encode(value: Json) -> bytes:
    """ASCII JSON, so that no text can break the encoding."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _plain(value: Any, names: Iterable[str]) -> Json:
    return {name: getattr(value, name) for name in names}


_REPOSITORY = tuple(f.name for f in fields(Repository))
_EVENT = tuple(f.name for f in fields(Event))
_ITEM = tuple(f.name for f in fields(ContextItem))
_OMITTED = tuple(f.name for f in fields(Omitted))
_HIT = tuple(f.name for f in fields(SearchHit))
_PACK = tuple(f.name for f in fields(ContextPack) if f.name not in {"items", "omitted", "lag"})
_NODE = ("uid", "path", "qualname", "kind", "start_line", "end_line", "module", "signature", "doc")


def repository(value: Repository) -> Json:
    """A ``RepositoryOut``."""
    return _plain(value, _REPOSITORY)


def event(value: Event) -> Json:
    """An ``EventOut``."""
    return _plain(value, _EVENT)


def snapshot(value: Listed) -> Json:
    """A ``SnapshotOut``."""
    plain = _plain(value.info, ("sha", "digest", "files", "created_at", "stored_bytes"))
    return {**plain, "refs": list(value.refs), "outdated": value.outdated}


def snapshot_answer(repo: str, value: SnapshotDetail) -> Json:
    """A ``SnapshotAnswer``."""
    maps = {"counts": dict(value.counts), "skipped": dict(value.skipped), "warnings": list(value.warnings)}
    return {"repo": repo, "state": "ready", "snapshot": snapshot(value.listed), "base": value.base, **maps}


def snapshot_asked(repo: str, wish: Event) -> Json:
    """A ``SnapshotAsked``."""
    return {
        "repo": repo,
        "state": "running" if wish.state is EventState.CLAIMED else "queued",
        "sha": wish.target,
        "event": event(wish),
    }


def context(pack: ContextPack, *, detail: bool) -> Json:
    """A ``ContextOut``; without ``items`` unless ``detail``."""
    shaped = _plain(pack, _PACK)
    if detail:
        shaped["items"] = [{**_plain(item, _ITEM), "scores": dict(item.scores)} for item in pack.items]
    shaped["omitted"] = [_plain(omitted, _OMITTED) for omitted in pack.omitted]
    shaped["lag"] = dict(pack.lag)
    return shaped


def hit(value: SearchHit) -> Json:
    """A ``HitOut``."""
    return _plain(value, _HIT)


def node(value: Node) -> Json:
    """A ``NodeOut``."""
    return _plain(value, _NODE)


def neighbour(value: Neighbour) -> Json:
    """A ``NeighbourOut``."""
    inner = node(value.node) if value.node is not None else None
    how = {"how": value.resolution, "confidence": value.confidence}
    return {"uid": value.uid, "kind": value.kind, **how, "lines": list(value.lines), "node": inner}


def unresolved(source: str, site: Unresolved) -> Json:
    """An ``UnresolvedOut``."""
    return {"source": source, "text": site.text, "reason": site.reason, "line": site.line}


def edge(value: FileEdge) -> Json:
    """An ``EdgeOut``."""
    one = value.edge
    ends = {"kind": one.kind, "source": uid_of(value.path, one.src), "target": one.dst}
    return {**ends, "how": one.resolution, "confidence": one.resolution.confidence, "lines": list(one.lines)}


def diff(old: Snapshot, new: Snapshot, value: GraphDiff, limit: int) -> Json:
    """A ``DiffOut``; at most ``limit`` of each list."""
    files = {name: list(getattr(value.files, name)[:limit]) for name in ("added", "removed", "changed")}
    renamed = [{"old": r.old, "new": r.new, "same": r.same} for r in value.files.renamed[:limit]]
    parts = {name: getattr(value, name) for name in ("files", "nodes", "edges", "unresolved")}
    return {
        "repo": new.repository.id,
        "old": {"sha": old.sha, "digest": old.digest},
        "new": {"sha": new.sha, "digest": new.digest},
        "comparable": value.comparable,
        "totals": {name: part.totals() for name, part in parts.items()},
        "files": {**files, "renamed": renamed},
        "nodes": _sides(value.nodes, node, limit),
        "edges": _sides(value.edges, edge, limit),
        "unresolved": _sides(value.unresolved, lambda at: unresolved(uid_of(at.path, at.site.src), at.site), limit),
    }


def _sides(sides: Differences[T], shape: Callable[[T], Json], limit: int) -> Json:
    alone = {name: [shape(item) for item in getattr(sides, name)[:limit]] for name in ("added", "removed")}
    both = {
        name: [{"old": shape(a), "new": shape(b)} for a, b in getattr(sides, name)[:limit]]
        for name in ("changed", "moved")
    }
    return {**alone, **both}


def step(value: Step) -> Json:
    """A ``StepOut``."""
    how = {"how": value.resolution, "confidence": value.resolution.confidence, "lines": list(value.lines)}
    return {"uid": value.uid, "kind": value.kind, "direction": value.direction, **how}


def reached(value: ReachedNode) -> Json:
    """A ``ReachedOut``."""
    return {"node": node(value.node), "weight": value.weight, "path": [step(s) for s in value.path]}


def route(value: Route) -> Json:
    """The end of a ``RouteOut``."""
    ended = {"outcome": value.outcome, "words": value.words, "max_steps": value.max_steps, "looked_at": value.looked_at}
    return {**ended, "steps": [step(s) for s in value.steps]}


def clusters(snapshot: Snapshot, value: Mapping[str, Any], members: int) -> Json:
    """A ``ClustersOut``; at most ``members`` of each cluster."""
    groups = [
        {"label": group["label"], "size": group["size"], "members": group["members"][:members]}
        for group in value["clusters"]
    ]
    made = {
        "made_of": value["sha"],
        "symbols": value["symbols"],
        "silhouette": value["silhouette"],
        "embedder": value["embedder"],
    }
    return {**snapshot.names, **made, "clusters": groups}


def status(value: Status, indexer: str) -> Json:
    """A ``StatusOut``."""
    run = value.last_run
    ran = (
        {**_plain(run, ("run", "state", "started_at", "finished_at", "message")), "counts": dict(run.counts)}
        if run is not None
        else None
    )
    plain = _plain(value, ("ref", "wanted", "indexed", "digest", "current", "indexer_age_seconds", "problem"))
    maps: Mapping[str, Mapping[str, Any]] = {
        "lag": value.lag,
        "events": value.events,
        "counts": value.counts,
        "skipped": value.skipped,
    }
    maps = {**maps, "sync": value.sync, "stored": value.stored, "disk": value.disk, "snapshots": value.snapshots}
    return {
        **plain,
        **{k: dict(v) for k, v in maps.items()},
        "repo": value.repo.id,
        "last_run": ran,
        "warnings": list(value.warnings),
        "indexer": indexer,
    }
