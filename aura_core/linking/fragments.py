"""Fragments as bytes, and the digest of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgpack

from aura_core.model.graph import Edge, EdgeKind, Fragment, Resolution, Unresolved

_KINDS = tuple(EdgeKind)
_HOW = tuple(Resolution)
_KIND_PLACE = {kind: place for place, kind in enumerate(_KINDS)}
_HOW_PLACE = {how: place for place, how in enumerate(_HOW)}


class Row(NamedTuple):
    """A content-addressed row: 16 bytes over ``packed``, and the bytes."""

    key: bytes
    packed: bytes


def row_of(packed: bytes) -> Row:
    """The row that holds these bytes."""
    return Row(blake2b(packed, digest_size=16).digest(), packed)


def pack_fragment(fragment: Fragment) -> bytes:
    """A fragment as msgpack; equal fragments give equal bytes."""
    edges = [(e.src, _KIND_PLACE[e.kind], e.dst, _HOW_PLACE[e.resolution], e.lines) for e in fragment.edges]
    packed: bytes = msgpack.packb(
        (fragment.facts, fragment.module, edges, fragment.unresolved), unicode_errors="surrogatepass"
    )
    return packed


def unpack_fragment(packed: bytes) -> Fragment:
    """The reverse of ``pack_fragment``."""
    facts, module, edges, sites = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
    return Fragment(facts, module, tuple(_edges(edges)), tuple(map(Unresolved._make, sites)))


def _edges(rows: Sequence[tuple[str, int, str, int, tuple[int, ...]]]) -> Iterator[Edge]:
    src, kind, dst, how, lines = zip(*rows, strict=True) if rows else ((),) * 5
    return map(Edge._make, zip(src, map(_KINDS.__getitem__, kind), dst, map(_HOW.__getitem__, how), lines, strict=True))


def snapshot_digest(entries: Mapping[str, bytes], versions: str) -> str:
    """32 hex digits over the versions and the sorted (path, fragment key) pairs: indexes are equal when their digests
    are.
    """
    digest = blake2b(versions.encode() + b"\0", digest_size=16)
    for path in sorted(entries):
        digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + entries[path])
    return digest.hexdigest()
