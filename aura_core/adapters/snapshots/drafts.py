"""Manifest rows before they are written: whole, or as a change of another row."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.adapters.snapshots.contents import Contents, changed_entries, pack_change, pack_whole
from aura_core.model.snapshot import ManifestEntry


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest row to be written.

    ``base``: id of the row that it is a change of, None for a whole one. ``depth``: how many rows lie below it.
    ``data``: the packed content. ``new_entries``: those whose rows the base does not name, which must be checked.
    """

    base: int | None
    depth: int
    data: bytes
    new_entries: dict[str, ManifestEntry]


def draft_whole(contents: Contents) -> Draft:
    """Return a row that builds on no other."""
    return Draft(None, 0, pack_whole(contents), dict(contents.entries))


def draft_change(base: int, depth: int, old: Contents, new: Contents) -> Draft:
    """Return ``new`` as a change of the row ``base`` of content ``old``, or whole when most entries have changed.

    ``depth`` is the base's.
    """
    changes = changed_entries(old, new)
    if len(changes) > len(new.entries) // 2:
        return draft_whole(new)
    return Draft(base, depth + 1, pack_change(old, new, changes), changes)
