"""Slow, greedy and many clients, over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import uvicorn
from starlette.types import Receive, Scope, Send

from aura_api.limits.connections import MAX_HEAD_BYTES, PatientClients, TimedProtocol
from aura_api.server import bind
from tests.support import PATIENCE_SECONDS

BIG = 50_000_000


class Impatient(TimedProtocol):
    head_seconds = 0.4


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with as many bytes as the path says, after as many tenths of a second as the query says."""
    if scope["query_string"]:
        import anyio

        await anyio.sleep(int(scope["query_string"]) / 10)
    body = b"x" * int(scope["path"][1:])
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served(limit: int = 100) -> Iterator[tuple[str, int]]:
    config = uvicorn.Config(
        PatientClients(app, seconds=0.4),
        http=Impatient,
        limit_concurrency=limit,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        lifespan="off",
        log_level="critical",
    )
    server = uvicorn.Server(config)
    with closing(bind("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE_SECONDS)


def rest(client: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    data = b""
    try:
        while piece := client.recv(1 << 16):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_a_head_that_comes_drop_by_drop_is_cut_off() -> None:
    with served() as address, connect(address) as client:
        client.sendall(b"GET /5 HTTP/1.1\r\nHost: x\r\n")
        lines = 0
        with suppress(OSError):  # broken pipe or reset, as the kernel likes
            while lines < 200:
                client.sendall(b"A: b\r\n")
                lines += 1
                time.sleep(0.05)
        assert lines < 200


def test_a_connection_that_says_nothing_is_closed() -> None:
    with served() as address, connect(address) as client:
        assert rest(client) == b""


def test_a_second_head_on_one_connection_has_its_own_time() -> None:
    with served() as address, connect(address) as client:
        client.sendall(b"GET /5 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1 << 16).endswith(b"xxxxx")
        client.sendall(b"GET /5 HTTP/1.1\r\n")
        assert rest(client) == b""


def test_an_answer_may_take_longer_than_a_head() -> None:
    with served() as address, connect(address) as client:
        client.sendall(b"GET /5?9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(client).endswith(b"xxxxx")


def test_a_client_that_does_not_read_is_dropped() -> None:
    with served() as address, connect(address) as client:
        client.sendall(f"GET /{BIG} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        time.sleep(1.5)
        assert len(rest(client)) < BIG


def test_a_head_that_is_too_large_is_refused_without_reading_it_whole() -> None:
    with served() as address, connect(address) as client:
        with suppress(OSError):
            client.sendall(b"GET /5 HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * MAX_HEAD_BYTES)
        assert rest(client)[:12] in {b"HTTP/1.1 400", b""}


def test_more_connections_than_the_limit_are_answered_503() -> None:
    with served(limit=2) as address, connect(address), connect(address) as client:
        client.sendall(b"GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(client).startswith(b"HTTP/1.1 503")
