"""The server process: one listening socket, quiet logs, a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import uvicorn

from aura_api.app import create_app
from aura_core.errors import StoreUnavailable
from aura_core.service import Aura, CheckoutFollower
from aura_core.settings import Settings
from aura_core.wiring import open_stores

GRACE_SECONDS = 3
BACKLOG = 512


def serve(
    settings: Settings, *, ready: Callable[[str], None] | None = None, record: Path | None = None, watch: bool = False
) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. ``ready`` is called with the address once requests are answered,
    and ``record`` is a file that gets it as JSON (url, port, pid). Port 0 is a free one. ``watch`` follows the
    checkouts that are registered. Raises
    ``StoreUnavailable`` when the port is taken or the home cannot be used.
    """
    with closing(open_stores(settings)) as stores, bind(settings.host, settings.port) as listening:
        aura = Aura(stores)
        with _following(aura) if watch and settings.watch else nullcontext():
            return _serve(settings, aura, listening, ready, record)


@contextmanager
def _following(aura: Aura) -> Iterator[None]:
    """Local checkouts are watched and their edits indexed while inside."""
    aura.follower = CheckoutFollower(aura.stores, aura.index_edits, everything=True)
    try:
        yield
    finally:
        aura.follower.stop()


def _serve(
    settings: Settings, aura: Aura, listening: socket.socket, ready: Callable[[str], None] | None, record: Path | None
) -> int:
    address = url_of(listening, settings.host)

    def announce() -> None:
        if record is not None:
            _record(record, address, listening.getsockname()[1])
        if ready is not None:
            ready(address)

    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises what it caught again when it is done
        signal.signal(number, lambda *_: None)
    server = _Server(_config(settings, aura), announce)
    server.run(sockets=[listening])
    return 0 if server.started else 1


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not listening yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise StoreUnavailable(
            f"{host}:{port} cannot be listened on: {error.strerror or error}.",
            remedy="Choose another port with --port; 0 picks a free one.",
        ) from error
    return made


def url_of(listening: socket.socket, host: str) -> str:
    """The address that a program on this machine can call."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}"


def _config(settings: Settings, aura: Aura) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings, aura),
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # a forwarded address is not the caller's
        server_header=False,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def _record(file: Path, address: str, port: int) -> None:
    made = file.with_name(f".{file.name}.{os.getpid()}")
    made.write_text(json.dumps({"url": address, "port": port, "pid": os.getpid()}))
    made.replace(file)


def say(address: str) -> None:
    """One line on stdout when the server is ready."""
    sys.stdout.write(f"Aura API: {address}  (documentation: {address}/docs)\n")
    sys.stdout.flush()
