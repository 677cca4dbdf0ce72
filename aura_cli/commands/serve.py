"""``aura serve``: the context API alone, without pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from aura_cli.home import forget_server, record_server, running_server
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
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=64,
            metavar="N",
            help="Processes on the port. Default: AURA_SERVER_WORKERS, 1.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the HTTP API until Ctrl-C.

    With the tools for agents under /mcp, without pipelines; `aura dev` runs both.
    """
    from aura_api.server import serve as serve_api
    from aura_core.settings import Settings
    from aura_core.wiring import make_home

    settings = Settings()
    make_home(settings)
    settings = settings if port is None else replace(settings, port=port)
    settings = settings if workers is None else replace(settings, server_workers=workers)
    is_first_server = running_server(settings.home) is None

    def ready(address: str) -> None:
        if is_first_server:
            record_server(settings.home, address)
        note(f"the API answers at {address}, its documentation at {address}/docs; Ctrl-C ends it")

    try:
        code = serve_api(settings, ready=ready)
    finally:
        forget_server(settings.home)
    raise typer.Exit(code)
