"""Vectors by (embedder, text key): shared by branches, commits and repositories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aura_core.model.snapshot import SweepResult

Codes = npt.NDArray[np.int8]


class VectorReader(Protocol):
    """Stored vectors."""

    def touch(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored. Whoever asks is about to use them: they are kept for the time of grace from
        now on.
        """
        ...

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Int8 rows (len(keys), dimensions) in the order of ``keys``. Raises ``StoreCorrupt`` naming how many are
        missing.
        """
        ...

    def count(self, embedder: str) -> int:
        """How many vectors of this embedder are stored."""
        ...


class VectorWriter(Protocol):
    """Adds vectors; a key that is there already is left alone."""

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append rows, durable on return; how many were new."""
        ...


class VectorCollector(Protocol):
    """Takes away what is not wanted any more, in short transactions, while others read and write."""

    def embedders(self) -> Sequence[str]:
        """Ids of the embedders that have vectors here, sorted."""
        ...

    def sweep(
        self,
        embedder: str,
        live: Callable[[], Collection[bytes]],
        *,
        spare_since: float | None = None,
        dry_run: bool = False,
    ) -> SweepResult:
        """Delete vectors of an embedder whose keys are not among ``live()`` when nobody has wanted them for the time
        of grace, nor since
        ``spare_since`` (UTC seconds since the epoch), nor since this began; ``live`` is called after that.
        """
        ...


class VectorStore(VectorReader, VectorWriter, VectorCollector, Protocol):
    """Reader, writer and collector."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes by what they are for."""
        ...

    def close(self) -> None:
        """Unmap files."""
        ...
