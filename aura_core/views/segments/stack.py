"""The files of one view: the file that carries its name, and files of earlier views below it, named in its header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.errors import StoreCorrupt
from aura_core.views.segments.file import Arrays, FileIdentity, SegmentFile, read_meta, read_segment, write_segment
from aura_core.views.segments.hashes import Ints


@dataclass(frozen=True, slots=True)
class StackEntry:
    """One segment of a view: the name of its file, what is in it, and the numbers of its deleted files."""

    name: str
    segment: SegmentFile
    deleted: Ints


def write_stack(file: Path, lower: Sequence[StackEntry], arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write the file that carries a view's name. ``lower`` are the files that it stands on, in the same folder.

    Their checksums are stored, so that a file that was written again with other rows is recognised.
    """
    below = [{"file": entry.name, "mark": entry.segment.checksum, "dead": entry.deleted.tolist()} for entry in lower]
    write_segment(file, arrays, {**meta, "below": below})


def read_stack(file: Path, verified: set[FileIdentity] | None = None) -> list[StackEntry]:
    """Read the segments of a view, oldest first. Raises ``FileNotFoundError`` when the file does not exist,
    ``StoreCorrupt`` when it or one that it names is not what was written. ``verified``: as in ``read_segment``.
    """
    top = read_segment(file, verified)
    lower = [_read_lower(file, row, verified) for row in top.meta.get("below", ())]
    return [*lower, StackEntry(file.name, top, np.zeros(0, np.int64))]


def files_below(file: Path) -> list[str]:
    """Return the names of the files that a view stands on; none when its file is missing or damaged."""
    try:
        return [str(row["file"]) for row in read_meta(file).get("below", ())]
    except (FileNotFoundError, StoreCorrupt):
        return []


def _read_lower(file: Path, row: Mapping[str, Any], verified: set[FileIdentity] | None) -> StackEntry:
    try:
        segment = read_segment(file.with_name(row["file"]), verified)
    except FileNotFoundError as error:
        raise _stale(file, f"{row['file']} is missing") from error
    if segment.checksum != row["mark"]:
        raise _stale(file, f"{row['file']} was written again")
    return StackEntry(row["file"], segment, np.array(row["dead"], np.int64))


def _stale(file: Path, reason: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"The view {file.name} cannot be read: {reason}.",
        remedy=f"Delete {file}; it is built again when needed.",
        file=str(file),
    )
