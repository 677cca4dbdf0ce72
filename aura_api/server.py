"""The server process: one listening socket, a quiet log, a clean end."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import uvicorn

from aura_api.app import create_app
from aura_api.limits.connections import KEEP_ALIVE_SECONDS, MAX_CONNECTIONS, MAX_HEAD_BYTES, TimedProtocol
from aura_api.processes.supervisor import INTERRUPTED, Supervisor
from aura_core.errors import StoreUnavailable
from aura_core.files import write_atomically
from aura_core.service import Aura, CheckoutFollower
from aura_core.settings import Settings
from aura_core.wiring import open_stores

GRACE_SECONDS = 3
"""How long answers that are on their way may take when the server ends."""

BACKLOG = 512


def serve(
    settings: Settings, *, ready: Callable[[str], None] | None = None, record: Path | None = None, watch: bool = False
) -> int:
    """Serve until SIGTERM or SIGINT, with ``settings.server_workers`` processes. Returns the exit code: 0, or 130 after
    SIGINT.

    ``ready`` is called with the address once requests are answered, and ``record`` is a file that gets it as JSON (url,
    port, pid). Port 0 is a free one. ``watch`` follows the checkouts that are registered. Raises ``StoreUnavailable``
    when the port is taken or the home cannot be used.
    """
    with closing(open_stores(settings)) as stores, bind(settings.host, settings.port) as listener:
        announce = partial(_announce, settings, listener, ready, record)
        if settings.server_workers == 1:
            return _serve(settings, Aura(stores), listener, announce, watch=watch)
        stores.close()  # what had to be made or migrated is done; each process opens its own
        listener.listen(BACKLOG)
        return Supervisor(settings, listener, watch=watch).run(announce)


def serve_as_worker(settings: Settings, descriptor: int, ready: int, *, watch: bool) -> int:
    """Serve as one of several processes, on a socket that the supervisor has bound, until SIGTERM. Writes a byte to the
    pipe ``ready`` when requests are answered. Returns the exit code.
    """
    with closing(open_stores(settings)) as stores, socket.socket(fileno=descriptor) as listener:
        return _serve(settings, Aura(stores), listener, lambda: _tell(ready), watch=watch)


def _tell(pipe: int) -> None:
    os.write(pipe, b"1")
    os.close(pipe)


@contextmanager
def _following(aura: Aura) -> Iterator[None]:
    """Watch local checkouts and index their edits inside this context."""
    aura.follower = CheckoutFollower(aura.stores, aura.index_edits, everything=True)
    try:
        yield
    finally:
        aura.follower.stop()


def _serve(
    settings: Settings, aura: Aura, listener: socket.socket, announce: Callable[[], None], *, watch: bool
) -> int:
    caught: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises what it caught again when it is done
        signal.signal(number, lambda caught_number, _frame: caught.append(caught_number))
    server = _Server(_config(settings, aura), announce)
    with _following(aura) if watch and settings.watch else nullcontext():
        server.run(sockets=[listener])
    if signal.SIGINT in caught:
        return INTERRUPTED
    return 0 if server.started else 1


def _announce(
    settings: Settings, listener: socket.socket, ready: Callable[[str], None] | None, record: Path | None
) -> None:
    address, port = url_of(listener, settings.host), listener.getsockname()[1]
    if record is not None:
        write_atomically(record, json.dumps({"url": address, "port": port, "pid": os.getpid()}).encode())
    if ready is not None:
        ready(address)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, which does not listen yet. Raises ``StoreUnavailable``."""
    # Bound here and not by uvicorn, so that a port that is taken is an error of ours with a remedy.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        raise StoreUnavailable(
            f"{host}:{port} cannot be listened on: {error.strerror or error}.",
            remedy="Choose another port with --port; 0 picks a free one."
            if is_port
            else "Set AURA_HOST to an address of this machine; 127.0.0.1 is loopback.",
        ) from error
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """Return the address that a program on this machine can call."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"


def _config(settings: Settings, aura: Aura) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings, aura),
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # a forwarded address is not the caller's
        server_header=False,
        http=TimedProtocol,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Calls ``announce`` when it answers requests."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def print_address(address: str) -> None:
    """Print one line on stdout that says where the server answers."""
    sys.stdout.write(f"Aura API: {address}  (documentation: {address}/docs)\n")
    sys.stdout.flush()
