"""The static model's weights, read from the package's data."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
import numpy.typing as npt

from aura_core.fingerprint import Artifact, version_of

MODEL = "static-256"
DIMENSIONS = 256

_BUCKETS = 8_192
"""Rows of the model for sub-tokens outside its vocabulary, which share them by hash."""
_GRAM = 4
_MAX_GRAMS = 6
"""Letters of a piece of an unknown sub-token, and how many pieces count. The model was trained with these numbers."""


@dataclass(frozen=True, slots=True)
class StaticWeights:
    """The weights of a model.

    ``vectors``: (rows, dimensions) int8, a row for each sub-token of the vocabulary, then the buckets for others.
    ``in_document`` and ``in_query``: what a row weighs, times its scale. ``parts``: what a document's header and its
    rest weigh.
    """

    vectors: npt.NDArray[np.int8]
    in_document: npt.NDArray[np.float64]
    in_query: npt.NDArray[np.float64]
    parts: npt.NDArray[np.float64]
    vocabulary: dict[str, int]

    def rows_of(self, token: str) -> tuple[int, ...]:
        """Return the rows that stand for a lower-case sub-token: its own, else the buckets of at most six 4-grams of
        ``<token>``.
        """
        row = self.vocabulary.get(token)
        if row is not None:
            return (row,)
        framed_token = f"<{token}>"
        starts = range(max(1, len(framed_token) - _GRAM + 1))[:_MAX_GRAMS]
        hashes = (zlib.crc32(framed_token[start : start + _GRAM].encode()) for start in starts)
        return tuple(len(self.vocabulary) + value % _BUCKETS for value in hashes)


def load_weights() -> StaticWeights:
    """Read the model. It takes about 20 ms, because the archive is not compressed: see ADR 9."""
    with _data().open("rb") as data, np.load(data, allow_pickle=False) as arrays:
        scale = arrays["sc"].astype(np.float64)[:, 0]
        tokens = str(arrays["toks"]).split("\n")
        return StaticWeights(
            vectors=arrays["W"],
            in_document=arrays["sd"].astype(np.float64) * scale,
            in_query=arrays["sq"].astype(np.float64) * scale,
            parts=arrays["f"].astype(np.float64),
            vocabulary={token: row for row, token in enumerate(tokens)},
        )


def embedder_id() -> str:
    """Return ``static-256-<hash>`` over the weights' checksums and the code that uses them, without reading the weights
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
