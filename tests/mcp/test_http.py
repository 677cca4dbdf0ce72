"""The agents' door over streamable HTTP, behind the API's doors, with the official client."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import anyio
import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from aura_api.app import create_app
from aura_api.server import bind, url_of
from aura_api.token import token_file
from aura_core.settings import Settings
from tests.api.fake import SHOP, FakeAura
from tests.mcp.conftest import TOOL_NAMES
from tests.support import PATIENCE_SECONDS


def _serving(settings: Settings, aura: FakeAura) -> Iterator[str]:
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, cast(Any, aura)), log_level="error", ws="none", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield url_of(listening, "127.0.0.1")
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)
    listening.close()
    assert not thread.is_alive()


@pytest.fixture
def address(settings: Settings, aura: FakeAura) -> Iterator[str]:
    yield from _serving(settings, aura)


@pytest.fixture
def guarded(settings: Settings, aura: FakeAura) -> Iterator[str]:
    yield from _serving(replace(settings, host="0.0.0.0"), aura)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_lists_and_calls_the_tools(address: str, aura: FakeAura, mode: str) -> None:
    async def run() -> None:
        async with Client(f"{address}/mcp", mode=mode) as client:
            assert [t.name for t in (await client.list_tools()).tools] == TOOL_NAMES
            answer = await client.call_tool("context", {"task": "Fix the cart", "repo": "shop"})
            assert isinstance(answer.content[0], TextContent)
            assert answer.content[0].text == "def checkout…"
            assert answer.structured_content is not None
            assert answer.structured_content["repo"] == SHOP.id

    anyio.run(run)
    assert aura.names() == ["repository", "at", "context"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("token", [True, False])
def test_the_token_is_asked_for_here_too(guarded: str, settings: Settings, mode: str, token: bool) -> None:
    async def run() -> list[str]:
        head = {"Authorization": f"Bearer {token_file(settings.home).read_text().strip()}"} if token else {}
        http = httpx2.AsyncClient(headers=head)
        async with http, Client(streamable_http_client(f"{guarded}/mcp", http_client=http), mode=mode) as client:
            return [t.name for t in (await client.list_tools()).tools]

    if token:
        assert anyio.run(run) == TOOL_NAMES
    else:
        with pytest.raises(BaseException):  # noqa: B017, PT011 - the client wraps the refusal in groups of its own
            anyio.run(run)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_web_pages_stay_outside(address: str, headers: dict[str, str]) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = httpx2.post(
        f"{address}/mcp", json=body, headers={"Accept": "application/json, text/event-stream", **headers}
    )
    assert answer.status_code == 403
