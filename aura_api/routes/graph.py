"""The graph of a snapshot, one question at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from aura_api.deps import PREFIX, AuraDep, LimitDep, MinConfidence, Most, RepoId, Revision, Symbol, problems
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.base import FromSnapshot, build
from aura_api.schemas.graph import CalleesOut, CallersOut, DigestOut, NodeAnswer, UnresolvedOut
from aura_core.model.graph import EdgeKind, Node
from aura_core.ports.graph import GraphReader, split_callers, split_confident
from aura_core.service import Aura
from aura_core.service.symbols import choose_symbol

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/graph", tags=["graph"])
PROBLEMS = problems(404, 409, 422)

Members = dict[str, Any]
"""The members of an answer, as values of the core, without those that name the snapshot."""


@router.get("/node", summary="Show a symbol", response_model=NodeAnswer, responses=PROBLEMS)
async def node(repo: RepoId, symbol: Symbol, aura: AuraDep, limiter: LimitDep, revision: Revision) -> Any:
    """A symbol, file or section: where it is, its signature, and what is defined inside."""
    return JsonAnswer(await limiter.run(lambda: ask_about(NodeAnswer, aura, repo, revision, symbol, contents_of)))


@router.get("/callers", summary="Who calls a symbol", response_model=CallersOut, responses=PROBLEMS)
async def callers(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """Resolved callers, each with how it was resolved; apart from these, who hands the symbol to other code, which may
    call it; and the unresolved calls of the same name: they could still be calls of this symbol. Callers of a class are
    those of its constructors too.
    """

    def question(reader: GraphReader, node: Node) -> Members:
        result, below = split_callers(reader.callers(node.uid), min_confidence)
        return {
            "callers_total": len(result.neighbours),
            "callers": result.neighbours[:limit],
            "constructors": result.constructors,
            "references_total": len(result.references),
            "references": result.references[:limit],
            "below_minimum": below,
            "could_be_total": len(result.could_be),
            "could_be": [UnresolvedOut.of(uid, site) for uid, site in result.could_be[:limit]],
        }

    return JsonAnswer(await limiter.run(lambda: ask_about(CallersOut, aura, repo, revision, symbol, question)))


@router.get("/callees", summary="What a symbol calls", response_model=CalleesOut, responses=PROBLEMS)
async def callees(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """What a symbol calls, inside the repository and outside (`external:…`), each with how it was resolved."""

    def question(reader: GraphReader, node: Node) -> Members:
        callees, below = split_confident(reader.neighbours(node.uid, [EdgeKind.CALLS], incoming=False), min_confidence)
        return {"callees_total": len(callees), "callees": callees[:limit], "below_minimum": below}

    return JsonAnswer(await limiter.run(lambda: ask_about(CalleesOut, aura, repo, revision, symbol, question)))


@router.get("/digest", summary="What a snapshot is", response_model=DigestOut, responses=PROBLEMS)
async def digest(repo: RepoId, aura: AuraDep, limiter: LimitDep, revision: Revision) -> Any:
    """The digest of a snapshot and how many nodes and edges it has by kind. Two indexes are equal when their digests
    are.
    """
    return JsonAnswer(
        await limiter.run(lambda: ask(DigestOut, aura, repo, revision, lambda reader: {"counts": reader.counts()}))
    )


def ask(
    shape: type[FromSnapshot], aura: Aura, repo: str, revision: str, question: Callable[[GraphReader], Members]
) -> bytes:
    """Locate a snapshot, ask its graph, and return the encoded answer of this shape."""
    snapshot = aura.at(repo, revision)
    return encode(build(shape, snapshot, **question(snapshot.graph())))


def ask_about(
    shape: type[FromSnapshot],
    aura: Aura,
    repo: str,
    revision: str,
    symbol: str,
    question: Callable[[GraphReader, Node], Members],
) -> bytes:
    """Ask as ``ask`` about one symbol, which the answer shows as ``node``, with ``others`` that its name could mean."""

    def about_symbol(reader: GraphReader) -> Members:
        node, others = choose_symbol(reader, symbol)
        return {"node": node, "others": others, **question(reader, node)}

    return ask(shape, aura, repo, revision, about_symbol)


def contents_of(reader: GraphReader, node: Node) -> Members:
    """Return the uids of what is defined directly inside a symbol, as ``contains``."""
    return {"contains": [inner.uid for inner in reader.neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)]}
