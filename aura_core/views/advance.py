"""Advances a view to another snapshot: the changed files go into a small segment above those that exist, and segments
are merged now and then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.embedding import Lexicon
from aura_core.views.build import segment_arrays
from aura_core.views.merge import merge_segments
from aura_core.views.segments.file import Arrays
from aura_core.views.segments.reader import Segment, Segments
from aura_core.views.segments.stack import StackEntry, write_stack
from aura_core.views.segments.symbol_columns import ViewFile
from aura_core.views.view import View

MAX_SMALL_FILES = 32
"""A top segment of at most this many files is merged with the next change; above a larger one the change gets a segment
of its own.
"""

MAX_SEGMENTS = 3
"""Segments of a view: base, middle, small."""

COMPACTION_SHARE, COMPACTION_MIN_DOCUMENTS = 0.1, 1_000
"""All segments are merged into one when more documents than this share of the base's, and more than this number, are
deleted or live in later segments: below that, merging costs more time than it saves the questions.
"""

PATHS_PER_LOOKUP = 16
"""A search by bisection reads about this many paths, so a table of all paths is cheaper for more lookups than a 16th of
them.
"""


def advance_view(
    file: Path,
    base_view: View,
    changed_files: Iterable[ViewFile],
    removed_paths: Collection[str],
    meta: Mapping[str, Any],
    lexicon: Lexicon,
) -> None:
    """Write the view of a snapshot that differs from another view's by some files.

    ``changed_files`` were added or edited and come sorted by path. ``file`` is in the folder of ``base_view``, whose
    files stay as they are and are named in the new one.
    """
    fresh = segment_arrays(changed_files, lexicon)
    changed_paths = Segment(fresh, _NO_FILES).paths()
    # Files of earlier segments are never written again: a changed file is deleted there and comes back in the new one.
    lower = _delete(base_view.stack, {*changed_paths, *removed_paths})
    lower, top = _compact(lower, fresh)
    write_stack(file, lower, top, meta)


_NO_FILES = np.zeros(0, np.int64)


def _delete(stack: Sequence[StackEntry], paths: set[str]) -> list[StackEntry]:
    """Return the stack with the files at some paths deleted too."""
    entries = []
    for entry in stack:
        files = _files_at(Segment(entry.segment.arrays, entry.deleted), paths)
        deleted = sorted({*entry.deleted.tolist(), *files})
        entries.append(StackEntry(entry.name, entry.segment, np.array(deleted, np.int64)))
    return entries


def _files_at(segment: Segment, paths: set[str]) -> list[int]:
    """Return the numbers of a segment's files at some paths."""
    stored_paths = segment.paths()
    if len(paths) > segment.file_count // PATHS_PER_LOOKUP:
        numbers = {path: number for number, path in enumerate(stored_paths)}
        return [numbers[path] for path in paths if path in numbers]
    places = ((path, bisect_left(stored_paths, path)) for path in paths)
    return [place for path, place in places if place < len(stored_paths) and stored_paths[place] == path]


def _compact(lower: list[StackEntry], fresh: Arrays) -> tuple[list[StackEntry], Arrays]:
    """Return the entries that stay, and the arrays of the segment above them."""
    # The base is rewritten only when much of it is deleted or outgrown: it is most of a view's bytes.
    if _is_worn([*(entry.segment.arrays for entry in lower), fresh], lower):
        return [], _merge(lower, fresh)
    # Two or three segments are enough: a small one above the base takes further changes until it is large, then a
    # new small one is put above it, and when that is large too, both become the middle one.
    *rest, top = lower
    if not rest or (_file_count(top.segment.arrays) > MAX_SMALL_FILES and len(lower) < MAX_SEGMENTS):
        return lower, fresh
    small = _merge([top], fresh)
    if len(rest) + 1 < MAX_SEGMENTS or _file_count(small) <= MAX_SMALL_FILES:
        return rest, small
    base, middle = rest
    return [base], _merge([middle, top], fresh)


def _merge(entries: Sequence[StackEntry], fresh: Arrays) -> Arrays:
    contents = [(entry.segment.arrays, entry.deleted) for entry in entries]
    return merge_segments(Segments([*contents, (fresh, _NO_FILES)]))


def _file_count(arrays: Arrays) -> int:
    return len(arrays["file_prior"])


def _is_worn(segments: Sequence[Arrays], lower: Sequence[StackEntry]) -> bool:
    """Return whether so much is deleted in the base, or lives above it, that one segment is better."""
    base, *upper = segments
    deleted = int(np.isin(base["document_file"], lower[0].deleted).sum())
    above = sum(len(arrays["document_symbol"]) for arrays in upper)
    return max(deleted, above) > max(COMPACTION_MIN_DOCUMENTS, COMPACTION_SHARE * len(base["document_symbol"]))
