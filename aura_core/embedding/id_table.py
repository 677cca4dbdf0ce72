"""A table that numbers values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import count, islice
from typing import Generic, TypeVar

import numpy as np

from aura_core.embedding.ragged_array import Ints

Value = TypeVar("Value", bound=Hashable)


class IdTable(Generic[Value]):
    """Distinct values, numbered from 0 in order of first use; ``values`` are the values by number."""

    def __init__(self) -> None:
        self._ids: defaultdict[Value, int] = defaultdict(count().__next__)
        self.values: list[Value] = []

    def ids(self, values: Sequence[Value]) -> Ints:
        """Return the id of each value; a new value gets the next one."""
        ids = np.fromiter(map(self._ids.__getitem__, values), np.int64, len(values))
        # A defaultdict keeps the order of insertion: the new values are its last ones.
        new_count = len(self._ids) - len(self.values)
        self.values += list(islice(reversed(self._ids), new_count))[::-1]
        return ids
