"""What a manifest row holds: the whole content of a snapshot, or what changed since another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import msgpack
from zstandard import ZstdError

from aura_core.adapters.snapshots.packing import compress, decompress
from aura_core.errors import StoreCorrupt
from aura_core.model.snapshot import Manifest, ManifestEntry

MAX_WARNINGS = 1_000

_Row = tuple[str, bytes, bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """The part of a manifest that is stored as a delta. Shared between callers: never changed."""

    entries: Mapping[str, ManifestEntry]
    skipped: Mapping[str, int]
    warnings: tuple[str, ...]


def contents_of(manifest: Manifest) -> Contents:
    """The content of a manifest, its warnings cut at ``MAX_WARNINGS``."""
    skipped = {str(reason): count for reason, count in manifest.skipped.items()}
    return Contents(dict(sorted(manifest.entries.items())), skipped, manifest.warnings[:MAX_WARNINGS])


def pack_whole(contents: Contents) -> bytes:
    """All entries of a snapshot, compressed."""
    return pack(
        [[_row(path, entry) for path, entry in contents.entries.items()], dict(contents.skipped), contents.warnings]
    )


def unpack_whole(packed: bytes) -> Contents:
    """The inverse of ``pack_whole``. Raises ``StoreCorrupt``."""
    rows, skipped, warnings = unpack(packed)
    return Contents(dict(_entry(row) for row in rows), skipped, tuple(warnings))


def pack_change(old: Contents, new: Contents, differing: Mapping[str, ManifestEntry] | None = None) -> bytes:
    """What turns ``old`` into ``new``: entries put and dropped, skipped counts if others, and the warnings between a
    common head and tail.

    ``differing``: what ``changed`` says of the two, when the caller has asked already.
    """
    put = [_row(path, entry) for path, entry in (changed(old, new) if differing is None else differing).items()]
    dropped = [path for path in old.entries if path not in new.entries]
    skipped = None if old.skipped == new.skipped else dict(new.skipped)
    head = _common(old.warnings, new.warnings)
    tail = _common(old.warnings[head:][::-1], new.warnings[head:][::-1])
    return pack([put, dropped, skipped, head, tail, new.warnings[head : len(new.warnings) - tail]])


def apply_changes(old: Contents, changes: Iterable[bytes]) -> Contents:
    """The content that the last of ``changes`` (as ``pack_change`` made them, oldest first) was given as new. Raises
    ``StoreCorrupt``.
    """
    entries, skipped, warnings = dict(old.entries), old.skipped, old.warnings
    for packed in changes:
        put, dropped, now_skipped, head, tail, between = unpack(packed)
        for path in dropped:
            del entries[path]
        entries.update(_entry(row) for row in put)
        skipped = skipped if now_skipped is None else now_skipped
        warnings = (*warnings[:head], *between, *warnings[len(warnings) - tail :])
    return Contents(dict(sorted(entries.items())), skipped, warnings)


def changed(old: Contents, new: Contents) -> dict[str, ManifestEntry]:
    """The entries of ``new`` that ``old`` has not, or has otherwise."""
    before = old.entries.get
    return {path: entry for path, entry in new.entries.items() if before(path) != entry}


def pack(value: Any) -> bytes:
    """Any value of plain types, compressed."""
    return compress(msgpack.packb(value, unicode_errors="surrogatepass"))


def unpack(packed: bytes) -> Any:
    """The inverse of ``pack``. Raises ``StoreCorrupt``."""
    try:
        return msgpack.unpackb(decompress(packed), unicode_errors="surrogatepass", strict_map_key=False)
    except (ZstdError, msgpack.UnpackException, ValueError) as error:
        raise StoreCorrupt(
            f"A stored row does not decode: {error}.",
            remedy="Restore the store from a copy, or move it away and index again.",
        ) from error


def _row(path: str, entry: ManifestEntry) -> _Row:
    return path, bytes.fromhex(entry.blob), entry.facts, entry.fragment, entry.reads


def _entry(row: _Row) -> tuple[str, ManifestEntry]:
    path, blob, facts, fragment, reads = row
    return path, ManifestEntry(blob.hex(), facts, fragment, reads)


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
