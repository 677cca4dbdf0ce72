"""From a view and what changed since to the next view: a small segment over what is there already, now and then folded
into a larger one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.embedding import shared_lexicon
from aura_core.views.build import segment_arrays
from aura_core.views.merge import merged
from aura_core.views.segments.file import Arrays
from aura_core.views.segments.reader import Part, Parts
from aura_core.views.segments.stack import Layer, write_layers
from aura_core.views.segments.symbol_columns import ViewFile
from aura_core.views.view import View

MOST_SMALL = 32
"""Files of a segment that the next advance still makes anew; a larger one is left as it is and gets a small one above
it.
"""

MOST_LAYERS = 3
"""Segments of a view: base, middle, small."""

COMPACTED_SHARE, COMPACTED_LEAST = 0.1, 1_000
"""Share of the base's documents, and their number, that may be dead or live elsewhere before everything becomes one
segment again.
"""


def advance_view(
    file: Path, near: View, changed: Iterable[ViewFile], gone: Collection[str], meta: Mapping[str, Any]
) -> None:
    """Write the view of a snapshot that differs from a near one's by the files in ``changed`` (added or edited, by
    path) and those ``gone``.

    ``file`` is in the near view's folder, whose files stay as they are and are named in the new one.
    """
    fresh = segment_arrays(changed, shared_lexicon())
    below = _without(near.layers, {*_paths(fresh), *gone})
    below, arrays = _folded(below, fresh)
    write_layers(file, below, arrays, meta)


def _paths(arrays: Arrays) -> list[str]:
    return list(Part(0, arrays, _NOTHING, 0, 0, 0).paths())


_NOTHING = np.zeros(0, np.int64)


def _without(layers: Sequence[Layer], paths: set[str]) -> list[Layer]:
    """The layers with some more files dead."""
    made = []
    for layer in layers:
        dead = set(layer.dead.tolist())
        arrays = layer.segment.arrays
        dead.update(_files_at(Part(0, arrays, layer.dead, 0, 0, 0), paths))
        made.append(Layer(layer.name, layer.segment, np.array(sorted(dead), np.int64)))
    return made


def _files_at(part: Part, paths: set[str]) -> list[int]:
    """The numbers of a segment's files at some paths."""
    if not part.files:
        return []
    held = {path: number for number, path in enumerate(part.paths())} if len(paths) > part.files // 16 else None
    if held is not None:
        return [held[path] for path in paths if path in held]
    return [number for path in paths if (number := _place(part, path)) is not None]


def _place(part: Part, path: str) -> int | None:
    paths = part.paths()
    place = bisect_left(paths, path)
    return place if place < len(paths) and paths[place] == path else None


def _folded(below: list[Layer], fresh: Arrays) -> tuple[list[Layer], Arrays]:
    """The layers that stay, and the segment above them."""
    if _is_worn([*(layer.segment.arrays for layer in below), fresh], below):
        return [], _merge(below, fresh)
    top, rest = below[-1], below[:-1]
    if not rest or (_files(top) > MOST_SMALL and len(below) < MOST_LAYERS):
        return below, fresh
    small = _merge([top], fresh)
    if len(rest) + 1 < MOST_LAYERS or len(small["file_prior"]) <= MOST_SMALL:
        return rest, small
    return rest[:1], _merge([rest[-1], top], fresh)


def _merge(layers: Sequence[Layer], fresh: Arrays) -> dict[str, Any]:
    return merged(Parts([*((layer.segment.arrays, layer.dead) for layer in layers), (fresh, _NOTHING)]))


def _files(layer: Layer) -> int:
    return len(layer.segment.arrays["file_prior"])


def _is_worn(segments: Sequence[Arrays], below: Sequence[Layer]) -> bool:
    """Whether so much is dead in the base, or lives above it, that one segment is better."""
    base = segments[0]
    dead = int(np.isin(base["document_file"], below[0].dead).sum())
    above = sum(len(arrays["document_symbol"]) for arrays in segments[1:])
    return max(dead, above) > max(COMPACTED_LEAST, COMPACTED_SHARE * len(base["document_symbol"]))
