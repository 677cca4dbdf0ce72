"""The file format of a segment: a magic word, a JSON header, then aligned arrays that are read by memory map."""

from __future__ import annotations

import json
import math
import mmap
import os
import zlib
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt
from aura_core.files import write_atomically

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

MAGIC = b"AURAVIEW"
ALIGNMENT = 64
"""Bytes. A line of a processor's cache, and a multiple of every item size, as a mapped array needs it."""
_START = len(MAGIC) + 8  # eight bytes say how long the header is

MAX_VERIFIED_BYTES = 64 << 20
"""Of files up to this size every byte is compared with the checksum when a process first opens them; of larger ones
only the header is. The comparison takes some 50 ms for a file of this size.
"""


class FileIdentity(NamedTuple):
    """The number of a file on disk and the checksum of its arrays. A file is never written again in place."""

    device: int
    inode: int
    checksum: int


class SegmentFile(NamedTuple):
    """A file's arrays over a read-only map, the values stored with them, and the checksum of its exact content."""

    arrays: Arrays
    meta: Mapping[str, Any]
    checksum: str


def write_segment(file: Path, arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write arrays and JSON values to a file, durably: a reader sees all of it or nothing. Equal input gives equal
    bytes.
    """
    header = _header(arrays, meta)
    start = MAGIC + len(header).to_bytes(8, "little") + header
    write_atomically(file, chain([start], _body(arrays)), durable=True)


def read_segment(file: Path, verified: set[FileIdentity] | None = None) -> SegmentFile:
    """Map a file and return its arrays. Raises ``FileNotFoundError``, and ``StoreCorrupt`` when it is not the whole
    file that was written.

    ``verified`` are files whose bytes were compared with their checksums already; this one is added.
    """
    with file.open("rb") as handle:
        status = os.fstat(handle.fileno())
        header, start = _read_header(file, handle)
        # Compared before the file is mapped: reading a map behind the end of its file would end the process.
        if header.get("bytes") != status.st_size - start:
            raise _corrupt(file)
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        arrays = {name: _map_array(data, start, *place) for name, place in header["arrays"].items()}
        head, body = int(header["head"]), int(header["body"])
    except (ValueError, KeyError, TypeError) as error:
        raise _corrupt(file) from error
    # The header's checksum is compared always; that of the arrays once for each file, because it reads all of them.
    identity = FileIdentity(status.st_dev, status.st_ino, body)
    if verified is None or identity not in verified:
        bytes_of_arrays = memoryview(data)[start:]
        if len(bytes_of_arrays) <= MAX_VERIFIED_BYTES and zlib.crc32(bytes_of_arrays) != body:
            raise _corrupt(file)
        if verified is not None:
            verified.add(identity)
    return SegmentFile(arrays, header["meta"], f"{head:08x}{body:08x}")


def read_meta(file: Path) -> Mapping[str, Any]:
    """Return the values that were stored with a file's arrays, without mapping these. Raises as ``read_segment`` does
    when the header is damaged.
    """
    with file.open("rb") as handle:
        header, _ = _read_header(file, handle)
    meta: Mapping[str, Any] = header["meta"]
    return meta


def _read_header(file: Path, handle: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Return the header, and the offset of the arrays."""
    start = handle.read(_START)
    # A length beyond the file would make a damaged file read without end.
    length = int.from_bytes(start[len(MAGIC) :], "little")
    if start[: len(MAGIC)] != MAGIC or length > os.fstat(handle.fileno()).st_size:
        raise _corrupt(file)
    try:
        header: dict[str, Any] = json.loads(handle.read(length))
        if _header_checksum(header["arrays"], header["meta"]) != header["head"]:
            raise ValueError("the header differs from its checksum")
    except (ValueError, KeyError, TypeError) as error:
        raise _corrupt(file) from error
    return header, _START + length


def _header(arrays: Arrays, meta: Mapping[str, Any]) -> bytes:
    """Return the header, padded with spaces so that the arrays start at a multiple of the alignment."""
    places: dict[str, Any] = {}
    size = 0
    for name, array in arrays.items():
        places[name] = [array.dtype.str, list(array.shape), size]
        size += array.nbytes + -array.nbytes % ALIGNMENT
    meta, body = dict(meta), 0
    for block in _body(arrays):
        body = zlib.crc32(block, body)
    head = _header_checksum(places, meta)
    header = json.dumps({"head": head, "body": body, "bytes": size, "arrays": places, "meta": meta}).encode()
    return header + b" " * (-(_START + len(header)) % ALIGNMENT)


def _header_checksum(places: Mapping[str, Any], meta: Mapping[str, Any]) -> int:
    return zlib.crc32(f"{json.dumps(places)}{json.dumps(meta)}".encode())


def _body(arrays: Arrays) -> Iterable[memoryview | bytes]:
    for array in arrays.values():
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        yield b"\0" * (-array.nbytes % ALIGNMENT)


def _map_array(data: mmap.mmap, base: int, dtype: str, shape: list[int], offset: int) -> Array:
    return np.frombuffer(data, np.dtype(dtype), math.prod(shape), base + offset).reshape(shape)


def _corrupt(file: Path) -> StoreCorrupt:
    return StoreCorrupt(
        f"The view {file.name} is damaged or incomplete.",
        remedy=f"Delete {file}; it is built again when needed.",
        file=str(file),
    )
