"""The graph of a snapshot, one question at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from aura_api import graph_schemas, shapes
from aura_api.deps import PREFIX, AuraDep, GateDep, MinConfidence, Most, RepoId, Revision, Symbol, problems
from aura_core.model.graph import EdgeKind, Node
from aura_core.ports.graph import GraphReader, split_confident
from aura_core.service import Aura
from aura_core.service.symbols import find_symbol

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/graph", tags=["graph"])
PROBLEMS = problems(404, 409, 422)


@router.get("/node", summary="Show a symbol", response_model=graph_schemas.NodeAnswer, responses=PROBLEMS)
async def node(repo: RepoId, symbol: Symbol, aura: AuraDep, gate: GateDep, revision: Revision) -> Any:
    """A symbol, file or section: where it is, its signature, and what is defined inside."""
    return shapes.JsonAnswer(await gate.run(lambda: ask_about(aura, repo, revision, symbol, inside_of)))


@router.get("/callers", summary="Who calls a symbol", response_model=graph_schemas.CallersOut, responses=PROBLEMS)
async def callers(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    gate: GateDep,
    revision: Revision,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """Resolved callers, each with how it was resolved, and the unresolved calls of the same name: they could still be
    calls of this symbol.
    """

    def calling(reader: GraphReader, found: Node) -> shapes.Json:
        answer = reader.callers(found.uid)
        kept, below = split_confident(answer.neighbours, min_confidence)
        return {
            "callers_total": len(kept),
            "callers": [shapes.neighbour(n) for n in kept[:limit]],
            "below_minimum": below,
            "could_be_total": len(answer.could_be),
            "could_be": [shapes.unresolved(uid, site) for uid, site in answer.could_be[:limit]],
        }

    return shapes.JsonAnswer(await gate.run(lambda: ask_about(aura, repo, revision, symbol, calling)))


@router.get("/callees", summary="What a symbol calls", response_model=graph_schemas.CalleesOut, responses=PROBLEMS)
async def callees(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    gate: GateDep,
    revision: Revision,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """What a symbol calls, inside the repository and outside (`external:…`), each with how it was resolved."""

    def called(reader: GraphReader, found: Node) -> shapes.Json:
        answer = reader.neighbours(found.uid, [EdgeKind.CALLS], incoming=False)
        kept, below = split_confident(answer, min_confidence)
        return {
            "callees_total": len(kept),
            "callees": [shapes.neighbour(n) for n in kept[:limit]],
            "below_minimum": below,
        }

    return shapes.JsonAnswer(await gate.run(lambda: ask_about(aura, repo, revision, symbol, called)))


@router.get(
    "/digest", summary="What a snapshot is", response_model=graph_schemas.DigestOut, responses=problems(404, 409, 422)
)
async def digest(repo: RepoId, aura: AuraDep, gate: GateDep, revision: Revision) -> Any:
    """The digest of a snapshot and how many nodes and edges it has by kind. Two indexes are equal when their digests
    are.
    """
    return shapes.JsonAnswer(
        await gate.run(lambda: ask(aura, repo, revision, lambda reader: {"counts": reader.counts()}))
    )


def ask(aura: Aura, repo: str, revision: str, question: Callable[[GraphReader], shapes.Json]) -> bytes:
    """Find the snapshot, ask, and say what was asked."""
    snapshot = aura.at(repo, revision)
    return shapes.encode({**snapshot.names, **question(snapshot.graph())})


def ask_about(
    aura: Aura, repo: str, revision: str, symbol: str, question: Callable[[GraphReader, Node], shapes.Json]
) -> bytes:
    """Ask about one symbol."""

    def about(reader: GraphReader) -> shapes.Json:
        found = find_symbol(reader, symbol)
        return {"node": shapes.node(found), **question(reader, found)}

    return ask(aura, repo, revision, about)


def inside_of(reader: GraphReader, found: Node) -> shapes.Json:
    """What is defined directly inside a symbol."""
    return {"contains": [n.uid for n in reader.neighbours(found.uid, [EdgeKind.CONTAINS], incoming=False)]}
