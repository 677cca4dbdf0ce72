"""MCP over streamable HTTP, as an ASGI application that a server mounts behind its own access control."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aura_core.service import Aura
from aura_mcp.indexer import QueueIndexer, Runner
from aura_mcp.server import build_server
from aura_mcp.tool_context import ToolContext

MAX_SESSIONS = 1_000


class Streamable:
    """Answers on one path while it is served. The application around it checks hosts, origins and tokens. Where it is
    ``stateless``, each request stands for itself, so that any process can answer it.
    """

    def __init__(self, *, stateless: bool = False) -> None:
        self._stateless = stateless
        self._manager: StreamableHTTPSessionManager | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its session."""
        if self._manager is None:
            await Response("not running", 503)(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)

    @asynccontextmanager
    async def serving(self, aura: Aura, run: Runner) -> AsyncIterator[None]:
        """Answer from ``aura`` inside this context; ``run`` does the blocking work."""
        server = build_server(ToolContext(lambda: aura, run, QueueIndexer()))
        server.streamable_http_app(
            stateless_http=self._stateless,
            max_sessions=None if self._stateless else MAX_SESSIONS,
            # The application around this checks hosts and origins already, by its own settings.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with server.session_manager.run():
            self._manager = server.session_manager
            try:
                yield
            finally:
                self._manager = None
