"""Packs fragments into bytes, and computes the digest of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgpack

from aura_core.model.graph import Edge, EdgeKind, Fragment, Resolution, Unresolved

_KINDS = tuple(EdgeKind)
_RESOLUTIONS = tuple(Resolution)
_KIND_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_RESOLUTION_NUMBER = {resolution: number for number, resolution in enumerate(_RESOLUTIONS)}

_EdgeRow = tuple[str, int, str, int, tuple[int, ...]]


class Row(NamedTuple):
    """A content-addressed row: the 16-byte hash of ``packed``, and the bytes."""

    key: bytes
    packed: bytes


def row_of(packed: bytes) -> Row:
    """Return the row that holds these bytes."""
    return Row(blake2b(packed, digest_size=16).digest(), packed)


def pack_fragment(fragment: Fragment) -> bytes:
    """Pack a fragment as msgpack; equal fragments give equal bytes."""
    edges = [(e.src, _KIND_NUMBER[e.kind], e.dst, _RESOLUTION_NUMBER[e.resolution], e.lines) for e in fragment.edges]
    # surrogatepass, because paths and names may hold lone surrogates
    packed: bytes = msgpack.packb(
        (fragment.facts, fragment.module, edges, fragment.unresolved), unicode_errors="surrogatepass"
    )
    return packed


def unpack_fragment(packed: bytes) -> Fragment:
    """Return the fragment that ``pack_fragment`` packed."""
    facts, module, edges, sites = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
    return Fragment(facts, module, tuple(_edges(edges)), tuple(map(Unresolved._make, sites)))


def _edges(rows: Sequence[_EdgeRow]) -> Iterator[Edge]:
    # Column by column, because views unpack millions of edges.
    src, kind, dst, resolution, lines = zip(*rows, strict=True) if rows else ((),) * 5
    kinds, resolutions = map(_KINDS.__getitem__, kind), map(_RESOLUTIONS.__getitem__, resolution)
    return map(Edge._make, zip(src, kinds, dst, resolutions, lines, strict=True))


def snapshot_digest(entries: Mapping[str, bytes], versions: str) -> str:
    """Return the digest of a snapshot in 32 hex digits: a hash of the versions and the sorted (path, fragment key)
    pairs. Two indexes are equal when their digests are equal.
    """
    digest = blake2b(versions.encode() + b"\0", digest_size=16)
    for path in sorted(entries):
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + entries[path])
    return digest.hexdigest()
