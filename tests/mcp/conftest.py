"""Tools over a fake facade, and the official client."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from mcp.types import CallToolResult

from aura_mcp.indexer import Progress
from aura_mcp.server import TOOLS
from aura_mcp.session import in_thread
from aura_mcp.tool_context import ToolContext
from tests.api.fake import FakeAura
from tests.support import PATIENCE_SECONDS

TOOL_NAMES = [tool.__name__ for tool in TOOLS]
"""What the server offers, in its order."""


async def patiently(ask: Callable[[], Awaitable[CallToolResult]]) -> CallToolResult:
    """The answer to a question, asked again while a busy machine is still indexing."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (answer := await ask()).is_error and "is being indexed" in str(answer.content) and time.monotonic() < end:
        continue
    return answer


class FakeIndexer:
    """Is ready after ``polls`` polls; then ``done`` is called."""

    def __init__(self) -> None:
        self.polls = 0
        self.done: Callable[[], None] = lambda: None

    def poll(self, aura: Any, repo: str, revision: str) -> Progress:
        if self.polls == 0:
            self.done()
            return Progress(5, 5, "indexed", over=True)
        self.polls -= 1
        return Progress(1, 5, "parse 10 of 20")

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
def tool_context(aura: FakeAura, indexer: FakeIndexer) -> ToolContext:
    return ToolContext(lambda: cast(Any, aura), in_thread, indexer)
