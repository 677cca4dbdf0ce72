"""A folder as it is now: what a walk found, judged by the same rules as a commit and hashed as raw bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aura_core.errors import SourceGone
from aura_core.settings import Settings
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.ignore_files import IgnoreLine
from aura_core.sources.rules.selection import ENTRIES_PER_FILE, Entry, too_many
from aura_core.sources.worktree.disk import Tracked, Walk, Walker, blob_id, read_file

KEPT_BYTES = 64_000_000
"""Text of changed files held in memory from the moment they were hashed; beyond this they are read again and checked.
"""


@dataclass(slots=True)
class Texts:
    """The text of files that git does not keep, by blob: from memory, or from the file as long as it still hashes to
    it.
    """

    root: Path
    limit: int
    places: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    room: int = field(default_factory=lambda: KEPT_BYTES)

    def put(self, blob: str, path: str, data: bytes) -> None:
        """Remember where a text stands, and the text itself while there is room."""
        self.places[blob] = path
        if blob not in self.kept and len(data) <= self.room:
            self.kept[blob] = data
            self.room -= len(data)

    def take_over(self, older: Texts, places: Mapping[str, str]) -> None:
        """Know what an earlier look read of the blobs that are still at ``places`` (blob → path)."""
        for blob in older.places.keys() & places.keys():
            if blob in older.kept:
                self.put(blob, places[blob], older.kept[blob])
            else:
                self.places[blob] = places[blob]

    def get(self, blob: str) -> bytes | None:
        """The text; None when it is not known here. Raises ``SourceGone`` when the file has changed since."""
        if blob in self.kept:
            return self.kept[blob]
        if blob not in self.places:
            return None
        try:
            data = read_file(self.root, self.places[blob], self.limit)
        except OSError as error:
            raise self._gone(blob) from error
        if blob_id(data) != blob:
            raise self._gone(blob)
        return data

    def _gone(self, blob: str) -> SourceGone:
        return SourceGone(f"{self.places[blob]} has changed since it was looked at.", remedy="Sync again.", blob=blob)


class DiskContents:
    """Sizes and blobs of files found by a walk."""

    def __init__(self, found: Walk, texts: Texts) -> None:
        self._found = found
        self._texts = texts

    def size(self, entry: Entry) -> int:
        """As the walk saw it."""
        return self._found.stats[entry.path].st_size

    def proven(self, path: str, status: os.stat_result) -> str | None:
        """The blob of a file that needs no hashing."""
        return None

    def blob(self, entry: Entry) -> str:
        """The proven blob, or the hash of what the file holds now."""
        known = self.proven(entry.path, self._found.stats[entry.path])
        if known is not None:
            return known
        data = read_file(self._texts.root, entry.path, self._texts.limit)
        blob = blob_id(data)
        self._texts.put(blob, entry.path, data)
        return blob

    def head_bytes(self, entry: Entry) -> bytes:
        """The file's first bytes."""
        return read_file(self._texts.root, entry.path, file_kinds.SNIFFED, whole=False)


def walk_folder(root: Path, settings: Settings, tracked: Tracked, outer: tuple[IgnoreLine, ...] = ()) -> Walk:
    """Walk a folder; Aura's own folders inside it are not entered. Raises ``InputTooLarge``."""
    own = [Path(os.path.realpath(p)) for p in (settings.home, settings.cache_folder)]

    def bound(entries: int) -> None:
        if entries > settings.max_files * ENTRIES_PER_FILE:
            raise too_many(settings.max_files)

    return Walker(root, tracked, outer, own, bound).run()
