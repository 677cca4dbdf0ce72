"""Keeps stdout for the protocol from before the first heavy import. Standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from aura_mcp.wire import checked_wire


class StdoutGuard:
    """Keeps the real stdout for the protocol: what else writes to descriptor 1, here or in a child, lands on stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stdout = os.dup(1)
        os.dup2(2, 1)
        if isinstance(sys.stdout, TextIOWrapper):
            # Nothing may wait in a buffer until the descriptor is the real stdout again.
            sys.stdout.reconfigure(write_through=True)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Make descriptor 1 lead to the real stdout inside, for a transport that claims it at once, and to stderr again
        after. What is no message on stdin is answered there.
        """
        sys.stdout.flush()
        try:
            with checked_wire(self._stdout):
                yield
        finally:
            sys.stdout.flush()
            os.dup2(2, 1)
