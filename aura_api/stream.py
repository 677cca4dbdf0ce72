"""Long answers: which form and coding the caller takes, whether it has them already, and their bytes in pieces."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Final

from starlette.responses import Response, StreamingResponse
from zstandard import ZstdCompressor

from aura_api.limits.concurrency import PatientLimit

JSON: Final = "application/json"
JSON_LINES: Final = "application/x-ndjson"
_LINES: Final = frozenset({JSON_LINES, "application/ndjson", "application/jsonl"})
_CODINGS: Final = ("zstd", "gzip", "identity")
"""What can be sent, the best first."""

PIECE_BYTES: Final = 1 << 16
ZSTD_LEVEL: Final = 3
GZIP_LEVEL: Final = 5
_GZIP_WINDOW: Final = 31
"""zlib's largest window (15) and a gzip header (16)."""


def shape_of(accept: str) -> str:
    """Return the media type that an Accept header asks for: JSON lines when it prefers them to JSON, else one JSON
    document.
    """
    weights = _weights(accept)
    lines = max((weight for name, weight in weights.items() if name in _LINES), default=0.0)
    document = max((weights[name] for name in (JSON, "application/*", "*/*") if name in weights), default=0.0)
    # At equal weights JSON lines win only where JSON itself is not named.
    return JSON_LINES if lines > document or (lines == document and lines > 0 and JSON not in weights) else JSON


def coding_of(accept_encoding: str) -> str:
    """Return the content coding that an Accept-Encoding header allows and prefers; our own order breaks ties."""
    named_weights = _weights(accept_encoding)
    others = named_weights.get("*", 0.0)
    weights = {coding: named_weights.get(coding, others) for coding in _CODINGS}
    if "identity" not in named_weights and "*" not in named_weights:
        weights["identity"] = 1e-9  # always allowed, never preferred
    best = max(_CODINGS, key=lambda coding: (weights[coding], -_CODINGS.index(coding)))
    return best if weights[best] > 0 else "identity"


def tag_of(digest: str, *parts: str) -> str:
    """Return a strong entity tag of what follows from a digest and from ``parts``, the question."""
    rest = blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f'"{digest}-{rest}"'


def is_cached(if_none_match: str, tag: str) -> bool:
    """Return whether the caller has what this tag names; weak tags count, as RFC 9110 asks here."""
    tags = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return tag in tags or "*" in tags


def not_modified(headers: Mapping[str, str]) -> Response:
    """Return the answer that what the caller has is current."""
    return Response(None, 304, dict(headers))


async def stream(
    texts: Iterable[str], coding: str, limiter: PatientLimit, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Return an answer of many pieces, each made when the caller can take it. Raises what the first piece raises."""
    pieces = coded(texts, coding)
    # A 404 can be answered only before the status line is sent.
    first = await limiter.run(lambda: next(pieces, b""))

    async def body() -> AsyncIterator[bytes]:
        piece = first
        while piece:
            yield piece
            piece = await limiter.go_on(lambda: next(pieces, b""))

    coding_header = {} if coding == "identity" else {"Content-Encoding": coding}
    return StreamingResponse(body(), 200, {**headers, **coding_header}, media_type)


def coded(texts: Iterable[str], coding: str) -> Iterator[bytes]:
    """Yield the bytes of ASCII texts in a coding, in pieces of some 64 KiB; the same texts give the same bytes."""
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
    piece, size = [], 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= PIECE_BYTES:
            yield "".join(piece).encode("ascii")
            piece, size = [], 0
    if piece:
        yield "".join(piece).encode("ascii")


def _weights(header: str) -> dict[str, float]:
    """Return the weight of each name in a header, by the name in lower case; one that cannot be read counts as 1."""
    weights = {}
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.lower().split(";"))
        if name:
            weights[name] = _weight(parameters)
    return weights


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 1.0
    return 1.0
