"""Limits of connections: how many there may be, how large the head of a request is, and how long a client may take to
send it or to read its answer.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

MAX_CONNECTIONS: Final = 512
"""Connections of one process. With more, every request is answered 503 until some are closed."""

MAX_HEAD_BYTES: Final = 32 << 10
"""Size of the request line and the headers together."""

KEEP_ALIVE_SECONDS: Final = 5
"""How long a connection stays open without a request after an answer."""

HEAD_SECONDS: Final = 20.0
"""How long the head of a request may take, from the connection or the last answer on."""

READ_SECONDS: Final = 60.0
"""How long a client may read nothing of its answer."""

_KEY: Final = "aura_connection"


class Connection:
    """One connection, which is closed when the head of a request does not arrive in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_lost = False

    def open(self, transport: asyncio.Transport) -> None:
        """Begin with a new transport, whose first head is expected from now on."""
        self._transport = transport
        self.expect_head()

    def expect_head(self) -> None:
        """Give the client the time for a head from now on, or for reading the rest of its last answer."""
        self.stop_timer()
        self._start_timer(self._unread())

    def _start_timer(self, unread: int) -> None:
        if not self._is_lost:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._check, unread)

    def _check(self, unread_before: int) -> None:
        """Close the connection, unless its client has read a part of its answer since the timer was started."""
        unread = self._unread()
        if 0 < unread < unread_before:
            self._start_timer(unread)
        else:
            self.close()

    def _unread(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def lose(self) -> None:
        """End with the transport, which is closed."""
        self._is_lost = True
        self.stop_timer()

    def stop_timer(self) -> None:
        """Expect no head: one has arrived."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Drop the connection at once, with what the client has not read."""
        self.stop_timer()
        if self._transport is not None:
            self._transport.abort()


class TimedProtocol(H11Protocol):
    """HTTP/1.1 by h11, which bounds the size of a head, with a time limit for it. Each request finds its connection in
    the state of its scope.
    """

    head_seconds = HEAD_SECONDS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.timed_connection = Connection(self.head_seconds)
        super().__init__(config, server_state, {**app_state, _KEY: self.timed_connection}, _loop)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time of the first head."""
        super().connection_made(transport)
        self.timed_connection.open(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self.timed_connection.lose()
        super().connection_lost(exc)


class PatientClients:
    """Tells the connection when a head has arrived and when its answer is sent, and drops a client that does not read
    its answer for ``seconds``.
    """

    def __init__(self, app: ASGIApp, seconds: float = READ_SECONDS) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, within the limits of its connection if there is one."""
        connection = scope.get("state", {}).get(_KEY) if scope["type"] == "http" else None
        if not isinstance(connection, Connection):
            await self.app(scope, receive, send)
            return

        async def send_in_time(message: Message) -> None:
            with anyio.move_on_after(self.seconds) as limit:
                await send(message)
            if limit.cancelled_caught:
                connection.close()

        connection.stop_timer()
        try:
            await self.app(scope, receive, send_in_time)
        finally:
            connection.expect_head()
