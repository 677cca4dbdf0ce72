"""Whole graphs of snapshots, and what differs between two. These routes come after the questions that have a name of
their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from aura_api.deps import PREFIX, AtRevision, AuraDep, LimitDep, RepoId, problems
from aura_api.responses import JsonAnswer, encode
from aura_api.schemas.difference import DiffOut
from aura_api.schemas.graph import EdgeRow, GraphOut, NodeRow
from aura_api.stream import JSON, JSON_LINES, coding_of, is_cached, not_modified, shape_of, stream, tag_of
from aura_core.model.graph import ROW_KINDS
from aura_core.service import Snapshot
from aura_core.service.export import Row, row_filter

router = APIRouter(prefix=f"{PREFIX}/repos/{{repo}}/graph", tags=["graph"])

SHAPES = {"json": JSON, "ndjson": JSON_LINES}
VERSION = "1"
"""Version of the form of the rows: it is part of every entity tag, so that a new form has new tags."""

_GRAPH: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The graph, in one document or a row a line; `ETag` names it, `Content-Location` says of which "
        "commit.",
        "content": {JSON_LINES: {"example": f"{json.dumps(NodeRow.example())}\n{json.dumps(EdgeRow.example())}\n"}},
    },
    304: {"description": "What `If-None-Match` names is what there is."},
}
_DIFF: dict[int | str, dict[str, Any]] = {304: _GRAPH[304]}

Kinds = Annotated[
    list[Annotated[str, Field(json_schema_extra={"enum": list(ROW_KINDS)})]] | None,
    Query(
        alias="kind",
        max_length=32,
        description=f"Only rows of this kind; may be repeated: {', '.join(ROW_KINDS)}.",
        examples=[["CALLS", "class"]],
    ),
]
PathGlob = Annotated[
    str,
    Query(
        max_length=4_096,
        description="Only rows in files that fit: `*` within a folder, `**` across; a name fits in any folder, a "
        "folder means all that is in it.",
        examples=["shop/**/*.py", "shop/"],
    ),
]
Shape = Annotated[
    Literal["json", "ndjson"] | None,
    Query(alias="format", description="Instead of `Accept`: one JSON document or JSON lines.", examples=["ndjson"]),
]
Other = Annotated[
    int,
    Query(
        ge=0,
        le=100_000,
        description="At most this many of each list; the totals say how many there are.",
        examples=[1000],
    ),
]


@router.get(
    "/{sha}",
    summary="The whole graph of a snapshot",
    response_model=GraphOut,
    responses={**_GRAPH, **problems(404, 409, 410, 422)},
)
async def whole(
    repo: RepoId,
    sha: AtRevision,
    aura: AuraDep,
    limiter: LimitDep,
    request: Request,
    kind: Kinds = None,
    path: PathGlob = "",
    shape: Shape = None,
) -> Response:
    """Nodes, edges (with the calls that are unresolved), sorted: the same bytes for the same digest. Streamed in
    bounded memory, as one JSON document or as JSON lines (`Accept: application/x-ndjson`), in gzip or zstd as
    `Accept-Encoding` says. `If-None-Match` with the `ETag` is answered 304 without anything being read.
    """
    media_type = SHAPES[shape] if shape else shape_of(request.headers.get("accept", ""))
    coding = coding_of(request.headers.get("accept-encoding", ""))
    rows = row_filter(kind or (), path)
    snapshot = await limiter.run(lambda: aura.at(repo, sha))
    # All that decides the bytes is in the tag: another filter, form or coding is another entity.
    tag = tag_of(snapshot.digest, VERSION, snapshot.repository.id, snapshot.sha, rows.spelling, media_type, coding)
    headers = _headers(snapshot, tag, f"graph/{snapshot.sha}")
    if is_cached(request.headers.get("if-none-match", ""), tag):
        return not_modified(headers)
    exported = await limiter.run(lambda: snapshot.export(rows))
    texts = lines_of(exported) if media_type == JSON_LINES else _document(snapshot, exported)
    return await stream(texts, coding, limiter, media_type, headers)


@router.get(
    "/{sha}/diff/{sha2}",
    summary="What differs between two graphs",
    response_model=DiffOut,
    responses={**_DIFF, **problems(404, 409, 410, 422)},
)
async def difference(
    repo: RepoId,
    sha: AtRevision,
    sha2: AtRevision,
    aura: AuraDep,
    limiter: LimitDep,
    request: Request,
    limit: Other = 1_000,
) -> Response:
    """From the graph of one commit to that of another: files, nodes, edges and unresolved calls that were added,
    removed, changed or moved. A renamed file is recognised by its bytes or by what it defines, and a definition that
    went to another file by its text.
    """
    old, new = await limiter.run(lambda: (aura.at(repo, sha), aura.at(repo, sha2)))
    tag = tag_of(new.digest, VERSION, old.repository.id, old.digest, old.sha, new.sha, str(limit))
    headers = _headers(new, tag, f"graph/{old.sha}/diff/{new.sha}")
    if is_cached(request.headers.get("if-none-match", ""), tag):
        return not_modified(headers)
    body = await limiter.run(lambda: encode(DiffOut.of(old, new, new.difference_from(old), limit)))
    return JsonAnswer(body, headers=headers)


def _headers(snapshot: Snapshot, tag: str, rest: str) -> dict[str, str]:
    place = f"{PREFIX}/repos/{snapshot.repository.id}/{rest}"
    return {"ETag": tag, "Vary": "Accept, Accept-Encoding", "Cache-Control": "no-cache", "Content-Location": place}


def lines_of(rows: Iterable[Row]) -> Iterator[str]:
    """Return rows as JSON lines."""
    return (_compact(row) + "\n" for row in rows)


def _document(snapshot: Snapshot, rows: Iterable[Row]) -> Iterator[str]:
    """Yield one JSON document, in pieces. Rows come by type, so each list is whole before the next begins."""
    yield _compact(snapshot.names)[:-1]  # without the closing brace: the lists follow
    lists, open_list = iter(("nodes", "edges", "unresolved")), ""
    for row in rows:
        name = {"node": "nodes", "edge": "edges"}.get(str(row["type"]), "unresolved")
        # Lists that have no rows are written on the way, empty.
        while open_list != name:
            yield f'{"]" if open_list else ""},"{(open_list := next(lists))}":['
            first = True
        yield ("" if first else ",") + _compact(row)
        first = False
    for rest in lists:
        yield f'{"]" if open_list else ""},"{rest}":['
        open_list = rest
    yield "]}"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
