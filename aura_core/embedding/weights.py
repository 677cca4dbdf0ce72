"""The static model's weights, read from the package's data."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aura_core.fingerprint import Artifact, version_of

MODEL = "static-256"
DIMENSIONS = 256

_VECTORS = "W.npy"
_MEMBER = struct.Struct("<26xHH")
"""A ZIP member's own header: the sizes of the name and of the extra field that follow it (APPNOTE 4.3.7)."""
_BUCKETS = 8_192
_GRAM = 4
_MAX_GRAMS = 6


@dataclass(frozen=True, slots=True)
class StaticWeights:
    """``vectors``: (rows, dimensions) int8, a row a known sub-token, then hash buckets for unknown ones.

    ``in_document`` and ``in_query``: what a row weighs, times its scale. ``parts``: what a document's header and its
    rest weigh.
    """

    vectors: npt.NDArray[np.int8]
    in_document: npt.NDArray[np.float64]
    in_query: npt.NDArray[np.float64]
    parts: npt.NDArray[np.float64]
    vocabulary: dict[str, int]

    def rows_of(self, token: str) -> tuple[int, ...]:
        """The rows that stand for a lower-case sub-token: its own, else the buckets of at most six 4-grams of
        ``<token>``.
        """
        row = self.vocabulary.get(token)
        if row is not None:
            return (row,)
        framed = f"<{token}>"
        starts = range(max(1, len(framed) - _GRAM + 1))[:_MAX_GRAMS]
        return tuple(len(self.vocabulary) + zlib.crc32(framed[at : at + _GRAM].encode()) % _BUCKETS for at in starts)


def load_weights() -> StaticWeights:
    """Read the model (about 10 ms); its vectors are mapped, so that every process of a machine shares them."""
    with as_file(_data()) as path, np.load(path, allow_pickle=False) as arrays:
        scale = arrays["sc"].astype(np.float64)[:, 0]
        tokens = str(arrays["toks"]).split("\n")
        return StaticWeights(
            vectors=_mapped(path),
            in_document=arrays["sd"].astype(np.float64) * scale,
            in_query=arrays["sq"].astype(np.float64) * scale,
            parts=arrays["f"].astype(np.float64),
            vocabulary={token: row for row, token in enumerate(tokens)},
        )


def _mapped(path: Path) -> npt.NDArray[np.int8]:
    """The vectors, which lie in the archive as they are: deflated they would be 6 % smaller, and 60 ms of every start."""
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo(_VECTORS)
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{_VECTORS} is compressed in {path}: it cannot be mapped")
    with path.open("rb") as data:
        data.seek(member.header_offset)
        name, extra = _MEMBER.unpack(data.read(_MEMBER.size))
        data.seek(name + extra, os.SEEK_CUR)
        np.lib.format.read_magic(data)
        shape, _, dtype = np.lib.format.read_array_header_1_0(data)
        return np.memmap(data, dtype, "r", data.tell(), shape).view(np.ndarray)


def embedder_id() -> str:
    """``static-256-<hash>`` over the weights' checksums and the code that uses them, without reading the weights
    themselves.
    """
    digest = blake2b(digest_size=6)
    with _data().open("rb") as data, zipfile.ZipFile(data) as archive:
        for member in archive.infolist():
            digest.update(f"{member.filename} {member.CRC} {member.file_size}\n".encode())
    digest.update(version_of(Artifact.VECTORS).encode())
    return f"{MODEL}-{digest.hexdigest()}"


def _data() -> Traversable:
    return files("aura_core").joinpath("data", f"{MODEL}.npz")
