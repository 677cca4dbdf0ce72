"""Looking around in the graph of a snapshot: by glob, by file and line, by edges, by paths."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from aura_api.deps import PREFIX, AuraDep, LimitDep, MinConfidence, Most, RepoId, Revision, Symbol, problems
from aura_api.paging import PagingDep
from aura_api.responses import JsonAnswer, encode
from aura_api.routes.graph import Members, ask, ask_about, contents_of
from aura_api.schemas.base import UID, build
from aura_api.schemas.graph import ExpandOut, NeighboursOut, NodeAnswer, NodesOut, OneAwayOut, RouteOut
from aura_core.graphs import DEFAULT_KINDS, MAX_STEPS, expand, shortest_route, steps_around
from aura_core.model.graph import EdgeKind, Node
from aura_core.model.walks import CutOff, Direction
from aura_core.ports.graph import split_by_confidence
from aura_core.service import Snapshot
from aura_core.service.symbols import find_end, node_at, nodes_of

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/graph", tags=["graph"])
PROBLEMS = problems(404, 409, 422)

Kinds = Annotated[
    list[EdgeKind] | None,
    Query(
        alias="kind",
        max_length=8,
        description="Only edges of this kind; may be repeated.",
        examples=[["CALLS", "EXTENDS"]],
    ),
]
Way = Annotated[
    Direction,
    Query(description="`out`: what the symbol uses, `in`: what uses it, `both`.", examples=["in"]),
]
Steps = Annotated[int, Query(ge=1, le=MAX_STEPS, description="At most this many edges from the start.", examples=[8])]
FilePath = Annotated[
    str, Query(min_length=1, max_length=4_096, description="Path of a file in the tree.", examples=["shop/cart.py"])
]
Most1000 = Annotated[int, Query(ge=1, le=1_000, description="At most this many nodes.", examples=[100])]


@router.get("/find", summary="Find symbols by glob", response_model=NodesOut, responses=PROBLEMS)
async def find(
    repo: RepoId,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    paging: PagingDep,
    pattern: Annotated[
        str,
        Query(
            min_length=1,
            max_length=2_000,
            description="Name with `*` and `?`: a uid, dotted or qualified name.",
            examples=["*Cart.*"],
        ),
    ],
    limit: Most1000 = 100,
) -> Any:
    """Symbols whose uid, dotted name or qualified name fits a glob: exact matches first, then by uid."""

    def question(snapshot: Snapshot) -> Members:
        # One more than the page holds tells whether there is another page.
        nodes = snapshot.graph().find(pattern, paging.start(snapshot.digest) + limit + 1)
        cursor = paging.cursor_after(snapshot.digest, len(nodes), limit)
        return {"nodes": paging.page(snapshot.digest, nodes, limit), "more": cursor != "", "cursor": cursor}

    return JsonAnswer(await limiter.run(lambda: ask(NodesOut, aura, repo, revision, question)))


@router.get("/file", summary="What a file defines", response_model=NodesOut, responses=PROBLEMS)
async def file(repo: RepoId, path: FilePath, aura: AuraDep, limiter: LimitDep, revision: Revision) -> Any:
    """All symbols or sections of a file in order of position, the file itself first."""

    def question(snapshot: Snapshot) -> Members:
        return {"nodes": nodes_of(snapshot.graph(), path), "more": False, "cursor": ""}

    return JsonAnswer(await limiter.run(lambda: ask(NodesOut, aura, repo, revision, question)))


@router.get("/at", summary="The symbol at a line", response_model=NodeAnswer, responses=PROBLEMS)
async def at(
    repo: RepoId,
    path: FilePath,
    line: Annotated[int, Query(ge=1, le=10_000_000, description="Line, from 1.", examples=[20])],
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
) -> Any:
    """The innermost symbol whose lines hold this one, at any commit: from a traceback or a review comment to its place
    in the graph.
    """

    def question(snapshot: Snapshot) -> Members:
        node = node_at(snapshot.graph(), path, line)
        return {"node": node, "others": (), **contents_of(snapshot, node)}

    return JsonAnswer(await limiter.run(lambda: ask(NodeAnswer, aura, repo, revision, question)))


@router.get("/neighbours", summary="What is one edge away", response_model=NeighboursOut, responses=PROBLEMS)
async def neighbours(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    paging: PagingDep,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    min_confidence: MinConfidence = 0,
    limit: Most = 200,
) -> Any:
    """The other ends of a symbol's edges, by kind and direction. `external:…` names something outside of the
    repository.
    """

    def question(snapshot: Snapshot) -> Members:
        reader, digest = snapshot.graph(), snapshot.digest
        uid, node = find_end(reader, symbol)
        steps = steps_around(reader, kind or tuple(EdgeKind), direction)(uid)
        confident, below = split_by_confidence(steps, min_confidence, lambda pair: pair[1].confidence)
        return {
            "uid": uid,
            "node": node,
            "neighbours_total": len(confident),
            "neighbours": [OneAwayOut.of(step.direction, n) for step, n in paging.page(digest, confident, limit)],
            "below_minimum": below,
            "cursor": paging.cursor_after(digest, len(confident), limit),
        }

    return JsonAnswer(await limiter.run(lambda: ask(NeighboursOut, aura, repo, revision, question)))


@router.get("/expand", summary="What lies around a symbol", response_model=ExpandOut, responses=PROBLEMS)
async def expanded(
    repo: RepoId,
    symbol: Symbol,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    paging: PagingDep,
    kind: Kinds = None,
    direction: Way = Direction.BOTH,
    min_confidence: MinConfidence = 0,
    max_steps: Steps = 8,
    min_weight: Annotated[
        float, Query(ge=0.001, le=1, description="Stop below this product of weights.", examples=[0.1])
    ] = 0.1,
    limit: Most1000 = 100,
) -> Any:
    """Symbols around a symbol, the heaviest first. A way weighs the product of its edges: CALLS .9, IMPORTS .6,
    EXTENDS 1 (and CONTAINS .4 when asked for); it ends below `min_weight`. Each symbol comes with its best way.
    `cut_off` says when there are more than `limit`; then `cursor` leads on.
    """

    def question(snapshot: Snapshot, node: Node) -> Members:
        steps = steps_around(snapshot.graph(), kind or DEFAULT_KINDS, direction, min_confidence)
        end = paging.start(snapshot.digest) + limit
        expansion = expand(steps, node.uid, max_steps=max_steps, limit=end, min_weight=min_weight)
        total = end + (expansion.cut_off is CutOff.LIMIT)
        return {
            "reached": paging.page(snapshot.digest, expansion.reached, limit),
            "cut_off": expansion.cut_off,
            "cursor": paging.cursor_after(snapshot.digest, total, limit),
        }

    return JsonAnswer(await limiter.run(lambda: ask_about(ExpandOut, aura, repo, revision, symbol, question)))


@router.get("/path", summary="The shortest way between two symbols", response_model=RouteOut, responses=PROBLEMS)
async def path(
    repo: RepoId,
    aura: AuraDep,
    limiter: LimitDep,
    revision: Revision,
    start: Annotated[
        str,
        Query(
            alias="from", min_length=1, max_length=2_000, description="Symbol to start from.", examples=["shop.web.pay"]
        ),
    ],
    end: Annotated[
        str,
        Query(
            alias="to",
            min_length=1,
            max_length=2_000,
            description="Symbol to end at, or `external:…`.",
            examples=[UID],
        ),
    ],
    kind: Kinds = None,
    direction: Way = Direction.OUT,
    min_confidence: MinConfidence = 0,
    max_steps: Steps = 8,
) -> Any:
    """The way with the fewest edges from one symbol to another. `outcome` tells a proof that there is none within
    `max_steps` (`none`) from a search that was cut off before it was clear (`cut_off`).
    """

    def answer() -> bytes:
        snapshot = aura.at(repo, revision)
        reader = snapshot.graph()
        (first, _), (last, _) = find_end(reader, start), find_end(reader, end)
        steps = steps_around(reader, kind or DEFAULT_KINDS, direction, min_confidence)
        route = shortest_route(steps, first, last, max_steps=max_steps)
        return encode(build(RouteOut, snapshot, route, to=last, **{"from": first}))

    return JsonAnswer(await limiter.run(answer))
