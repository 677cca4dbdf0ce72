"""The graph of a snapshot, one question at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from aura_api.deps import PREFIX, AuraDep, LimitDep, MinConfidence, Most, RepoId, Revision, Symbol, problems
from aura_api.paging import PagingDep
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.base import FromSnapshot, build
from aura_api.schemas.graph import CalleesOut, CallersOut, DigestOut, NodeAnswer, UnresolvedOut
from aura_core.model.graph import EdgeKind, Node
from aura_core.ports.graph import split_callers, split_confident
from aura_core.service import Aura, Snapshot
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
    paging: PagingDep,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """Resolved callers, each with how it was resolved; apart from these, who hands the symbol to other code, which may
    call it; and the unresolved calls of the same name: they could still be calls of this symbol. Callers of a class are
    those of its constructors too.
    """

    def question(snapshot: Snapshot, node: Node) -> Members:
        digest = snapshot.digest
        result, below = split_callers(snapshot.graph().callers(node.uid), min_confidence)
        longest = max(map(len, (result.neighbours, result.references, result.could_be)))
        could_be = paging.page(digest, result.could_be, limit)
        return {
            "callers_total": len(result.neighbours),
            "callers": paging.page(digest, result.neighbours, limit),
            "constructors": result.constructors,
            "references_total": len(result.references),
            "references": paging.page(digest, result.references, limit),
            "below_minimum": below,
            "could_be_total": len(result.could_be),
            "could_be": [UnresolvedOut.of(uid, site) for uid, site in could_be],
            "cursor": paging.cursor_after(digest, longest, limit),
        }

    return JsonAnswer(await limiter.run(lambda: ask_about(CallersOut, aura, repo, revision, symbol, question)))


@router.get("/callees", summary="What a symbol calls", response_model=CalleesOut, responses=PROBLEMS)
async def callees(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    paging: PagingDep,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """What a symbol calls, inside the repository and outside (`external:…`), each with how it was resolved."""

    def question(snapshot: Snapshot, node: Node) -> Members:
        calls = snapshot.graph().neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
        callees, below = split_confident(calls, min_confidence)
        return {
            "callees_total": len(callees),
            "callees": paging.page(snapshot.digest, callees, limit),
            "below_minimum": below,
            "cursor": paging.cursor_after(snapshot.digest, len(callees), limit),
        }

    return JsonAnswer(await limiter.run(lambda: ask_about(CalleesOut, aura, repo, revision, symbol, question)))


@router.get("/digest", summary="What a snapshot is", response_model=DigestOut, responses=PROBLEMS)
async def digest(repo: RepoId, aura: AuraDep, limiter: LimitDep, revision: Revision) -> Any:
    """The digest of a snapshot and how many nodes and edges it has by kind. Two indexes are equal when their digests
    are.
    """
    return JsonAnswer(
        await limiter.run(
            lambda: ask(DigestOut, aura, repo, revision, lambda snapshot: {"counts": snapshot.graph().counts()})
        )
    )


def ask(
    shape: type[FromSnapshot], aura: Aura, repo: str, revision: str, question: Callable[[Snapshot], Members]
) -> bytes:
    """Locate a snapshot, ask it, and return the encoded answer of this shape."""
    snapshot = aura.at(repo, revision)
    return encode(build(shape, snapshot, **question(snapshot)))


def ask_about(
    shape: type[FromSnapshot],
    aura: Aura,
    repo: str,
    revision: str,
    symbol: str,
    question: Callable[[Snapshot, Node], Members],
) -> bytes:
    """Ask as ``ask`` about one symbol, which the answer shows as ``node``, with ``others`` that its name could mean."""

    def about_symbol(snapshot: Snapshot) -> Members:
        node, others = choose_symbol(snapshot.graph(), symbol)
        return {"node": node, "others": others, **question(snapshot, node)}

    return ask(shape, aura, repo, revision, about_symbol)


def contents_of(snapshot: Snapshot, node: Node) -> Members:
    """Return the uids of what is defined directly inside a symbol, as ``contains``."""
    contents = snapshot.graph().neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)
    return {"contains": [inner.uid for inner in contents]}
