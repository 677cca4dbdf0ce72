"""Gives sizes, blobs and texts of the files of a scan. A file that has changed since it was hashed is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aura_core.errors import SourceGone
from aura_core.sources.rules import file_kinds
from aura_core.sources.rules.selection import Entry
from aura_core.sources.worktree.files import blob_id, read_file
from aura_core.sources.worktree.scan import Scan

MAX_TEXT_BYTES = 64_000_000
"""This much text of changed files is held in memory from the moment it was hashed. Other files are read again, and
checked.
"""


@dataclass(slots=True)
class WorktreeTexts:
    """The texts of files that git does not have, by blob: from memory, or from the file while it has the same hash."""

    root: Path
    max_file_bytes: int
    paths: dict[str, str] = field(default_factory=dict, init=False)
    _texts: dict[str, bytes] = field(default_factory=dict, init=False)
    _free_bytes: int = field(default_factory=lambda: MAX_TEXT_BYTES, init=False)

    def add(self, blob: str, path: str, data: bytes) -> None:
        """Remember the path of a text, and the text itself while there is room."""
        self.paths[blob] = path
        if blob not in self._texts and len(data) <= self._free_bytes:
            self._texts[blob] = data
            self._free_bytes -= len(data)

    def adopt(self, other: WorktreeTexts, paths: Mapping[str, str]) -> None:
        """Take over what an earlier scan read of the blobs that are still at ``paths`` (blob -> path)."""
        for blob in other.paths.keys() & paths.keys():
            text = other.in_memory(blob)
            if text is not None:
                self.add(blob, paths[blob], text)
            else:
                self.paths[blob] = paths[blob]

    def in_memory(self, blob: str) -> bytes | None:
        """Return a text that is in memory, None when it is not."""
        return self._texts.get(blob)

    def get(self, blob: str) -> bytes | None:
        """Return a text, None for an unknown blob. Raises ``SourceGone`` when the file has changed since."""
        text = self.in_memory(blob)
        if text is not None or blob not in self.paths:
            return text
        try:
            data = read_file(self.root, self.paths[blob], self.max_file_bytes)
        except OSError as error:
            raise self._changed_error(blob) from error
        if blob_id(data) != blob:
            raise self._changed_error(blob)
        return data

    def _changed_error(self, blob: str) -> SourceGone:
        return SourceGone(f"{self.paths[blob]} has changed since it was looked at.", remedy="Sync again.", blob=blob)


class DiskContents:
    """Sizes and blobs of the files of a scan. See ``rules.selection.Contents``."""

    def __init__(self, scan: Scan, texts: WorktreeTexts) -> None:
        self._scan = scan
        self._texts = texts

    def size(self, entry: Entry) -> int:
        """Return the size at the time of the scan."""
        return self._scan.stats[entry.path].st_size

    def clean_blob(self, path: str, status: os.stat_result) -> str | None:
        """Return the blob of a file that is known without hashing it, None when there is none."""
        return None

    def blob(self, entry: Entry) -> str:
        """Return the clean blob, or the hash of what the file holds now."""
        clean_blob = self.clean_blob(entry.path, self._scan.stats[entry.path])
        if clean_blob is not None:
            return clean_blob  # reading files is nearly all of a scan's cost
        data = read_file(self._texts.root, entry.path, self._texts.max_file_bytes)
        blob = blob_id(data)
        self._texts.add(blob, entry.path, data)
        return blob

    def head_bytes(self, entry: Entry) -> bytes:
        """Return the file's first bytes."""
        return read_file(self._texts.root, entry.path, file_kinds.SNIFF_BYTES, whole=False)
