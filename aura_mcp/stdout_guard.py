"""Keeps stdout for the protocol from before the first heavy import. Standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper


class Wire:
    """The process's real stdout, put aside: whatever else writes to descriptor 1, here or in a child, lands on stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._real = os.dup(1)
        os.dup2(2, 1)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(
                write_through=True
            )  # nothing may wait in a buffer until the descriptor is the wire again

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Descriptor 1 is the wire inside, for a transport that claims it at once; stderr again after."""
        sys.stdout.flush()
        os.dup2(self._real, 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(2, 1)
