"""``python -m aura_cli.dagster_ui …``: Dagster's web server, with its own options, behind the guard."""

from __future__ import annotations

import runpy
import sys
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import uvicorn

from aura_cli.dagster_ui.guard import OwnPagesOnly
from aura_core.errors import AuraError
from aura_core.private_files import private_umask
from aura_core.settings import Settings


def main() -> int:
    """Run Dagster's web server until it ends. Returns the exit code."""
    serve = uvicorn.run
    try:
        # Callers on this machine need no token, wherever the API itself listens.
        settings = replace(Settings(), host="127.0.0.1")
    except AuraError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code

    def serve_guarded(app: Any, **options: Any) -> None:
        serve(OwnPagesOnly(app, settings), **options)

    # Dagster's command builds its application and hands it to uvicorn; it has no setting for a layer of ours. Whether
    # the guard is in place is asked of the running server, see ``dagster_client.refuses_strangers``.
    with private_umask(), patch.object(uvicorn, "run", serve_guarded):
        runpy.run_module("dagster_webserver", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
