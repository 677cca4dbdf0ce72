"""``aura serve``: the context API alone, without pipelines."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aura_cli.home import RUN_FILE, running
from aura_cli.output import note


def serve(
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65_535,
            metavar="N",
            help="Port; 0 picks a free one. Default: AURA_PORT, 8321.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the HTTP API until Ctrl-C.

    With the agents' door under /mcp, without pipelines; `aura dev` runs both.
    """
    from aura_api.server import serve as serve_api
    from aura_core.settings import Settings
    from aura_core.wiring import make_home

    settings = Settings()
    make_home(settings)
    changed = settings if port is None else replace(settings, port=port)
    file = settings.home / RUN_FILE
    alone = running(settings.home) is None

    def ready(address: str) -> None:
        if alone:
            _write(file, address)
        note(f"the API answers at {address}, its documentation at {address}/docs; Ctrl-C ends it")

    try:
        code = serve_api(changed, ready=ready)
    finally:
        _remove(file)
    raise typer.Exit(code)


def _write(file: Path, address: str) -> None:
    """Let commands on this home find the server. The address is whole or not there at all."""
    state = {
        "api": address,
        "dagster": None,
        "pid": os.getpid(),
        "token_file": str(file.with_name("token")),
        "started_at": time.time(),
    }
    made = file.with_name(f".{file.name}.{os.getpid()}")
    made.write_text(json.dumps(state))
    made.chmod(0o600)
    made.replace(file)


def _remove(file: Path) -> None:
    """Only what this process wrote: another server may have started since."""
    try:
        if json.loads(file.read_bytes())["pid"] == os.getpid():
            file.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        return
