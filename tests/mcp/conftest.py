"""A desk over a fake facade, and the official client."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from mcp.types import CallToolResult

from aura_mcp.indexer import Far
from aura_mcp.server import Desk
from aura_mcp.session import in_thread
from tests.api.fake import FakeAura
from tests.support import PATIENCE_SECONDS

TOOLS = ["context", "search", "symbol", "callers", "neighbours", "expand", "path", "find", "file", "diff", "snapshots"]
"""What the agents' door offers, in its order."""


async def patiently(ask: Callable[[], Awaitable[CallToolResult]]) -> CallToolResult:
    """The answer to a question, asked again while a busy machine is still indexing."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (answer := await ask()).is_error and "is being indexed" in str(answer.content) and time.monotonic() < end:
        continue
    return answer


class FakeIndexer:
    """Is ready after ``looks`` looks; then ``done`` is called."""

    def __init__(self) -> None:
        self.looks = 0
        self.done: Callable[[], None] = lambda: None

    def look(self, aura: Any, repo: str, revision: str) -> Far:
        if self.looks == 0:
            self.done()
            return Far(5, 5, "indexed", over=True)
        self.looks -= 1
        return Far(1, 5, "parse 10 of 20")

    def stop(self) -> None:
        pass


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def aura() -> FakeAura:
    return FakeAura()


@pytest.fixture
def indexer() -> FakeIndexer:
    return FakeIndexer()


@pytest.fixture
def desk(aura: FakeAura, indexer: FakeIndexer) -> Desk:
    return Desk(lambda: cast(Any, aura), in_thread, indexer)
