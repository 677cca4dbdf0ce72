"""Vectors by (embedder, text key): shared by branches, commits and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]


class VectorReader(Protocol):
    """Stored vectors."""

    def known(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored."""
        ...

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Int8 rows (len(keys), dimensions) in the order of ``keys``. Raises ``StoreCorrupt`` naming how many are missing."""
        ...

    def count(self, embedder: str) -> int:
        """How many vectors of this embedder are stored."""
        ...


class VectorWriter(Protocol):
    """Adds vectors; a key that is there already is left alone."""

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append rows, durable on return; how many were new."""
        ...


class VectorStore(VectorReader, VectorWriter, Protocol):
    """Reader and writer."""

    def close(self) -> None:
        """Unmap files."""
        ...
