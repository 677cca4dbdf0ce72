"""Vectors by (embedder, text key), shared by branches, commits and repositories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aura_core.model.snapshot import SweepResult

Codes = npt.NDArray[np.int8]
"""Quantised vectors, one a row: shape (vectors, dimensions)."""


class VectorReader(Protocol):
    """Reads stored vectors."""

    def touch(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that are stored, and renew their last use: the caller is about to use them, so they
        are kept for the grace period from now on.
        """
        ...

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Return the codes (len(keys), dimensions) in the order of ``keys``. Raises ``StoreCorrupt`` with the number
        of keys that are not stored, or whose vectors are damaged; those are forgotten, and can be put again.
        """
        ...

    def count(self, embedder: str) -> int:
        """Return how many vectors of this embedder are stored."""
        ...


class VectorWriter(Protocol):
    """Adds vectors; a key that is stored already keeps its vector."""

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append the vectors of new keys, durable on return, and return how many were new.

        Raises ``ValueError`` unless the codes are int8 with one row a key and the embedder's dimensions.
        """
        ...


class VectorCollector(Protocol):
    """Deletes what nobody needs any more, in short transactions, while others read and write."""

    def embedders(self) -> Sequence[str]:
        """Return the ids of the embedders that have vectors here, sorted."""
        ...

    def sweep(
        self,
        embedder: str,
        live: Callable[[], Collection[bytes]],
        *,
        spare_since: float | None = None,
        dry_run: bool = False,
    ) -> SweepResult:
        """Delete an embedder's vectors whose keys are not among ``live()``, if they were not used for the grace period
        nor since this call began; returns the totals.

        ``live`` is called after the beginning has been noted. ``spare_since`` (UTC seconds since the epoch): vectors
        used since then stay as well. ``dry_run``: count only.
        """
        ...


class VectorStore(VectorReader, VectorWriter, VectorCollector, Protocol):
    """Reader, writer and collector over one home."""

    def sizes(self) -> Mapping[str, int]:
        """Return the stored bytes: ``vectors`` in files, ``vector_places`` in the database."""
        ...

    def close(self) -> None:
        """Close the files and the connections."""
        ...
