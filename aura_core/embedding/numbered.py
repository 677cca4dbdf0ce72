"""Values that get numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import count, islice
from typing import Generic, TypeVar

import numpy as np

from aura_core.embedding.ragged import Ints

Name = TypeVar("Name", bound=Hashable)


class Numbered(Generic[Name]):
    """Distinct values, numbered from 0 in order of first use; ``names`` are the values by number."""

    def __init__(self) -> None:
        self._numbers: defaultdict[Name, int] = defaultdict(count().__next__)
        self.names: list[Name] = []

    def numbers(self, values: Sequence[Name]) -> Ints:
        """The number of each, new ones included."""
        found = np.fromiter(map(self._numbers.__getitem__, values), np.int64, len(values))
        new = len(self._numbers) - len(self.names)
        self.names += list(islice(reversed(self._numbers), new))[::-1]
        return found
