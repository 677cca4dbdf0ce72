"""The packed form of a manifest row: the complete content of a snapshot, or what changed since another snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import msgpack
from zstandard import ZstdError

from aura_core.adapters.snapshots.compression import compress, decompress
from aura_core.errors import StoreCorrupt
from aura_core.model.snapshot import Manifest, ManifestEntry

MAX_WARNINGS = 1_000

EntryRow = tuple[str, bytes, bytes, bytes, bytes]
"""Path, blob id, and the keys of facts, fragment and reads."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The part of a manifest that is stored as a delta. Callers share it, so it is never changed."""

    entries: Mapping[str, ManifestEntry]
    skipped: Mapping[str, int]
    warnings: tuple[str, ...]


def contents_of(manifest: Manifest) -> Contents:
    """Return the content of a manifest, with its first ``MAX_WARNINGS`` warnings."""
    skipped = {str(reason): count for reason, count in manifest.skipped.items()}
    return Contents(dict(sorted(manifest.entries.items())), skipped, manifest.warnings[:MAX_WARNINGS])


def pack_whole(contents: Contents) -> bytes:
    """Return all entries of a snapshot, packed: [entry rows, skipped, warnings]."""
    rows = [_row(path, entry) for path, entry in contents.entries.items()]
    return pack([rows, dict(contents.skipped), contents.warnings])


def unpack_whole(packed: bytes) -> Contents:
    """Return what ``pack_whole`` packed. Raises ``StoreCorrupt``."""
    rows, skipped, warnings = unpack(packed)
    return Contents(dict(_entry(row) for row in rows), skipped, tuple(warnings))


def pack_change(old: Contents, new: Contents, changes: Mapping[str, ManifestEntry] | None = None) -> bytes:
    """Return what turns ``old`` into ``new``, packed: [rows of changed entries, removed paths, skipped counts (None if
    equal), length of the warnings' common head and of their common tail, the warnings between].

    ``changes``: ``changed_entries(old, new)``, when the caller has it already.
    """
    rows = [_row(path, entry) for path, entry in (changed_entries(old, new) if changes is None else changes).items()]
    removed_paths = [path for path in old.entries if path not in new.entries]
    skipped = None if old.skipped == new.skipped else dict(new.skipped)
    head = _common(old.warnings, new.warnings)
    # Behind the common head only: a warning must not be counted in both.
    tail = _common(old.warnings[head:][::-1], new.warnings[head:][::-1])
    return pack([rows, removed_paths, skipped, head, tail, new.warnings[head : len(new.warnings) - tail]])


def apply_changes(old: Contents, changes: Iterable[bytes]) -> Contents:
    """Return the content after ``changes``, which ``pack_change`` packed, oldest first. Raises ``StoreCorrupt``."""
    entries, skipped, warnings = dict(old.entries), old.skipped, old.warnings
    for packed in changes:
        rows, removed_paths, new_skipped, head, tail, between = unpack(packed)
        for path in removed_paths:
            del entries[path]
        entries.update(_entry(row) for row in rows)
        skipped = skipped if new_skipped is None else new_skipped
        warnings = (*warnings[:head], *between, *warnings[len(warnings) - tail :])
    return Contents(dict(sorted(entries.items())), skipped, warnings)


def changed_entries(old: Contents, new: Contents) -> dict[str, ManifestEntry]:
    """Return the entries of ``new`` that ``old`` does not have, or has with other keys, by path."""
    get = old.entries.get
    return {path: entry for path, entry in new.entries.items() if get(path) != entry}


def entry_rows(packed: bytes) -> Sequence[EntryRow]:
    """Return the entry rows in a manifest row of either form. Raises ``StoreCorrupt``."""
    rows, *_ = unpack(packed)
    stored: Sequence[EntryRow] = rows
    return stored


def pack(value: Any) -> bytes:
    """Return a value of plain types, packed and compressed."""
    return compress(msgpack.packb(value, unicode_errors="surrogatepass"))


def unpack(packed: bytes) -> Any:
    """Return what ``pack`` packed. Raises ``StoreCorrupt``."""
    try:
        return msgpack.unpackb(decompress(packed), unicode_errors="surrogatepass", strict_map_key=False)
    except (ZstdError, msgpack.UnpackException, ValueError) as error:
        raise StoreCorrupt(
            f"A stored row does not decode: {error}.",
            remedy="Restore the store from a copy, or move it away and index again.",
        ) from error


def _row(path: str, entry: ManifestEntry) -> EntryRow:
    return path, bytes.fromhex(entry.blob), entry.facts, entry.fragment, entry.reads


def _entry(row: EntryRow) -> tuple[str, ManifestEntry]:
    path, blob, facts, fragment, reads = row
    return path, ManifestEntry(blob.hex(), facts, fragment, reads)


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """Return with how many equal items both begin."""
    return sum(1 for _ in takewhile(bool, (a == b for a, b in zip(one, other, strict=False))))
