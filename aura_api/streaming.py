"""Long answers: which shape and coding the caller takes, whether it has them already, and their bytes piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Final

from starlette.responses import Response, StreamingResponse
from zstandard import ZstdCompressor

from aura_api.concurrency import Gate

JSON: Final = "application/json"
JSON_LINES: Final = "application/x-ndjson"
_LINES: Final = frozenset({JSON_LINES, "application/ndjson", "application/jsonl"})
_CODINGS: Final = ("zstd", "gzip", "identity")
"""What there is, the best first."""

PIECE_BYTES: Final = 1 << 16
ZSTD_LEVEL: Final = 3
GZIP_LEVEL: Final = 5
_GZIP_WINDOW: Final = 31


def shape_of(accept: str) -> str:
    """The media type that an Accept header asks for: JSON lines when it likes them better than JSON, else one JSON
    document.
    """
    wishes = _wishes(accept)
    lines = max((q for name, q in wishes.items() if name in _LINES), default=0.0)
    whole = max((wishes[name] for name in (JSON, "application/*", "*/*") if name in wishes), default=0.0)
    return JSON_LINES if lines > whole or (lines == whole and lines > 0 and JSON not in wishes) else JSON


def coding_of(accept_encoding: str) -> str:
    """The content coding that an Accept-Encoding header allows and likes best; ours breaks ties."""
    wishes = _wishes(accept_encoding)
    others = wishes.get("*", 0.0)
    weights = {coding: wishes.get(coding, others) for coding in _CODINGS}
    if "identity" not in wishes and "*" not in wishes:
        weights["identity"] = 1e-9  # always allowed, never preferred
    best = max(_CODINGS, key=lambda coding: (weights[coding], -_CODINGS.index(coding)))
    return best if weights[best] > 0 else "identity"


def tag_of(digest: str, *parts: str) -> str:
    """A strong entity tag of what is made from a digest and from what was asked for."""
    rest = blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f'"{digest}-{rest}"'


def has_it(if_none_match: str, tag: str) -> bool:
    """Whether the caller names this tag as one that it has; weak ones count, as RFC 9110 wants here."""
    named = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return tag in named or "*" in named


def not_modified(headers: Mapping[str, str]) -> Response:
    """What the caller has is what there is."""
    return Response(None, 304, dict(headers))


async def stream(
    texts: Iterable[str], coding: str, gate: Gate, media_type: str, headers: Mapping[str, str]
) -> Response:
    """An answer of many pieces, each made when there is room for it. What goes wrong before the first one is raised."""
    pieces = coded(texts, coding)
    first = await gate.run(lambda: next(pieces, b""))

    async def body() -> AsyncIterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = await gate.run(lambda: next(pieces, b""))

    named = {} if coding == "identity" else {"Content-Encoding": coding}
    return StreamingResponse(body(), 200, {**headers, **named}, media_type)


def coded(texts: Iterable[str], coding: str) -> Iterator[bytes]:
    """The bytes of ASCII texts in a coding, in pieces of some 64 KiB; the same texts give the same bytes."""
    pieces = _pieces(texts)
    if coding == "identity":
        yield from pieces
        return
    packer = (
        ZstdCompressor(level=ZSTD_LEVEL).compressobj()
        if coding == "zstd"
        else zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_WINDOW)
    )
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    held, size = [], 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= PIECE_BYTES:
            yield "".join(held).encode("ascii")
            held, size = [], 0
    if held:
        yield "".join(held).encode("ascii")


def _wishes(header: str) -> dict[str, float]:
    """Names and their weights, lower case; a weight that is none counts as 1."""
    found = {}
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.lower().split(";"))
        if name:
            found[name] = _weight(parameters)
    return found


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 1.0
    return 1.0
