"""The files of one view: the file that carries its name, and those of earlier views that its header names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aura_core.errors import StoreCorrupt
from aura_core.views.segments.file import Arrays, Segment, read_meta, read_segment, write_segment
from aura_core.views.segments.hashing import Ints


@dataclass(frozen=True, slots=True)
class Layer:
    """A segment as a part of a view: the name of its file, what is in it, and which of its files are dead in this
    view.
    """

    name: str
    segment: Segment
    dead: Ints


def write_layers(file: Path, below: Sequence[Layer], arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write the file that carries a view's name. ``below`` are files of the same folder; their marks are kept, so that
    one that was made again with other rows is recognised.
    """
    named = [{"file": layer.name, "mark": layer.segment.mark, "dead": layer.dead.tolist()} for layer in below]
    write_segment(file, arrays, {**meta, "below": named})


def read_layers(file: Path) -> list[Layer]:
    """The layers of a view, oldest first. Raises ``FileNotFoundError`` when the file is not there, ``StoreCorrupt``
    when it or one that it names is not what was written.
    """
    top = read_segment(file)
    layers = [_below(file, named) for named in top.meta.get("below", ())]
    return [*layers, Layer(file.name, top, np.zeros(0, np.int64))]


def named_below(file: Path) -> list[str]:
    """The names of the files that a view stands on; none when it is gone or not whole."""
    try:
        return [str(named["file"]) for named in read_meta(file).get("below", ())]
    except (FileNotFoundError, StoreCorrupt):
        return []


def _below(file: Path, named: Mapping[str, Any]) -> Layer:
    try:
        segment = read_segment(file.with_name(named["file"]))
    except FileNotFoundError as error:
        raise _stale(file, f"{named['file']} is gone") from error
    if segment.mark != named["mark"]:
        raise _stale(file, f"{named['file']} was made again")
    return Layer(named["file"], segment, np.array(named["dead"], np.int64))


def _stale(file: Path, why: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"The view {file.name} cannot be read: {why}.",
        remedy=f"Delete {file}; it is built again when needed.",
        file=str(file),
    )
