"""What one stdio server holds: the stores once they are needed, the indexing that it began, and how both end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Self, TypeVar

import anyio.to_thread

from aura_core.service import Aura, CheckoutFollower
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from aura_mcp.indexer import LocalIndexer
from aura_mcp.server import build_server
from aura_mcp.tool_context import ToolContext

T = TypeVar("T")


class Session:
    """A server for this user in one folder; a context manager that stops indexing and closes stores."""

    def __init__(self, settings: Settings | None, folder: Path) -> None:
        self._settings = settings
        self._aura: Aura | None = None
        self._lock = threading.Lock()
        self.indexer = LocalIndexer()
        self.server = build_server(ToolContext(self.aura, in_thread, self.indexer, folder, from_cli=True))

    def aura(self) -> Aura:
        """Return the facade, which the first question opens."""
        with self._lock:
            if self._aura is None:
                aura = self._aura = Aura(open_stores(self._settings or Settings()), local=True)
                if aura.stores.settings.watch:
                    aura.follower = CheckoutFollower(aura.stores, partial(self.indexer.index_now, aura))
            return self._aura

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_now)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching and indexing, give the lease back, close the stores."""
        self._stop()
        if self._aura is not None:
            self._aura.stores.close()

    def _stop(self) -> None:
        self.indexer.stop()
        if self._aura is not None and self._aura.follower is not None:
            self._aura.follower.stop()

    def _end_now(self, number: int, _frame: FrameType | None) -> None:
        """Stop the work and end the process at once, because a thread that waits for stdin cannot be woken."""
        self._stop()
        os._exit(128 + number)  # as a shell reports a process that a signal ended


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work beside the event loop."""
    return await anyio.to_thread.run_sync(work)
