"""The file format of a segment: a magic word, a JSON header, then aligned arrays that are read by memory map."""

from __future__ import annotations

import json
import math
import mmap
import os
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

MAGIC = b"AURAVIEW"
ALIGNMENT = 64
_START = len(MAGIC) + 8

CHECKED_WHOLE = 64 << 20
"""Bytes up to which every byte of a file is compared with its checksum when a process first opens it; of larger ones
only the header is.
"""


class Segment(NamedTuple):
    """A file's arrays over a read-only map, what was kept with them, and a mark of its exact content."""

    arrays: Arrays
    meta: Mapping[str, Any]
    mark: str


def write_segment(file: Path, arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write aside, make durable, rename: a reader sees the whole file or none. Equal input gives equal bytes."""
    header = _header(arrays, meta)
    aside = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with aside.open("wb") as out:
            out.write(MAGIC + len(header).to_bytes(8, "little") + header)
            for block in _body(arrays):
                out.write(block)
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


def read_segment(file: Path) -> Segment:
    """Map a file. Raises ``FileNotFoundError``, and ``StoreCorrupt`` when it is not the whole file that was written."""
    with file.open("rb") as handle:
        status = os.fstat(handle.fileno())
        header, start = _read_header(file, handle)
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        if start + header["bytes"] != status.st_size:
            raise ValueError("the file has another length")
        arrays = {name: _array(data, start, *place) for name, place in header["arrays"].items()}
        head, body = int(header["head"]), int(header["body"])
    except (ValueError, KeyError, TypeError) as error:
        raise _corrupt(file) from error
    _check_body(file, memoryview(data)[start:], body, (status.st_dev, status.st_ino, body))
    return Segment(arrays, header["meta"], f"{head:08x}{body:08x}")


def read_meta(file: Path) -> Mapping[str, Any]:
    """What was kept with a file's arrays, without them. Raises as ``read_segment`` does when the header is not whole."""
    with file.open("rb") as handle:
        header, _ = _read_header(file, handle)
    meta: Mapping[str, Any] = header["meta"]
    return meta


def _read_header(file: Path, handle: IO[bytes]) -> tuple[dict[str, Any], int]:
    """(the header, where the arrays begin)."""
    begin = handle.read(_START)
    length = int.from_bytes(begin[len(MAGIC) :], "little")
    if begin[: len(MAGIC)] != MAGIC or length > os.fstat(handle.fileno()).st_size:
        raise _corrupt(file)
    try:
        header: dict[str, Any] = json.loads(handle.read(length))
        if zlib.crc32(_described(json.dumps(header["arrays"]), header["meta"])) != header["head"]:
            raise ValueError("the header differs from its checksum")
    except (ValueError, KeyError, TypeError) as error:
        raise _corrupt(file) from error
    return header, _START + length


def _header(arrays: Arrays, meta: Mapping[str, Any]) -> bytes:
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, list(array.shape), at]
        at += array.nbytes + -array.nbytes % ALIGNMENT
    head, body = zlib.crc32(_described(json.dumps(places), dict(meta))), 0
    for block in _body(arrays):
        body = zlib.crc32(block, body)
    header = json.dumps({"head": head, "body": body, "bytes": at, "arrays": places, "meta": dict(meta)}).encode()
    return header + b" " * (-(_START + len(header)) % ALIGNMENT)


def _described(places: str, meta: Mapping[str, Any]) -> bytes:
    return f"{places}{json.dumps(meta)}".encode()


def _body(arrays: Arrays) -> Iterable[memoryview | bytes]:
    for array in arrays.values():
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        yield b"\0" * (-array.nbytes % ALIGNMENT)


def _array(data: mmap.mmap, base: int, kind: str, shape: list[int], at: int) -> Array:
    return np.frombuffer(data, np.dtype(kind), math.prod(shape), base + at).reshape(shape)


_checked: set[tuple[int, int, int]] = set()
"""Files whose bodies this process has compared with their checksums; a file is never written again in place."""


def _check_body(file: Path, body: memoryview, wanted: int, name: tuple[int, int, int]) -> None:
    if name in _checked or len(body) > CHECKED_WHOLE:
        return
    if zlib.crc32(body) != wanted:
        raise _corrupt(file)
    _checked.add(name)


def _corrupt(file: Path) -> StoreCorrupt:
    return StoreCorrupt(
        f"The view {file.name} is not whole.", remedy=f"Delete {file}; it is built again when needed.", file=str(file)
    )
