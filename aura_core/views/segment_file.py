"""The file format of a segment: a magic word, a JSON header, then aligned arrays that are read by memory map."""

from __future__ import annotations

import json
import math
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt

Array = npt.NDArray[Any]

MAGIC = b"AURAVIEW"
ALIGNMENT = 64
_START = len(MAGIC) + 8


def write_segment(file: Path, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
    """Write aside, make durable, rename: a reader sees the whole file or none. Equal input gives equal bytes."""
    header = _header(arrays, meta)
    aside = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        with aside.open("wb") as out:
            out.write(MAGIC + len(header).to_bytes(8, "little") + header)
            for array in arrays.values():
                out.write(np.ascontiguousarray(array).data)
                out.write(b"\0" * (-array.nbytes % ALIGNMENT))
            out.flush()
            os.fsync(out.fileno())
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_segment(file: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """(arrays over a read-only map, meta). Raises ``FileNotFoundError``, and ``StoreCorrupt`` when it is not a whole segment."""
    with file.open("rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    length = int.from_bytes(data[len(MAGIC) : _START], "little")
    if data[: len(MAGIC)] != MAGIC or _START + length > size:
        raise _corrupt(file)
    try:
        header = json.loads(data[_START : _START + length])
        arrays = {name: _array(data, _START + length, *place) for name, place in header["arrays"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise _corrupt(file) from error
    return arrays, header["meta"]


def _header(arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> bytes:
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, list(array.shape), at]
        at += array.nbytes + -array.nbytes % ALIGNMENT
    header = json.dumps({"arrays": places, "meta": dict(meta)}).encode()
    return header + b" " * (-(_START + len(header)) % ALIGNMENT)


def _array(data: mmap.mmap | bytes, base: int, kind: str, shape: list[int], at: int) -> Array:
    return np.frombuffer(data, np.dtype(kind), math.prod(shape), base + at).reshape(shape)


def _corrupt(file: Path) -> StoreCorrupt:
    return StoreCorrupt(f"The view {file.name} is not whole.", remedy=f"Delete {file}; it is built again when needed.", file=str(file))
