"""``python -m aura_api``: the API as a process of its own."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aura_core.workers.parent import end_with_parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and serve until the end. Returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.exit_with_parent:
        end_with_parent(os.getppid(), signal.SIGTERM)

    from aura_api.server import print_address, serve, serve_as_worker
    from aura_core.errors import AuraError
    from aura_core.private_files import private_umask
    from aura_core.settings import Settings

    names = ("host", "port", "server_workers")
    overrides = {name: value for name in names if (value := getattr(options, name)) is not None}
    try:
        settings = Settings(**overrides)
        with private_umask():
            if options.listener is not None:
                return serve_as_worker(settings, options.listener, options.ready, watch=options.watch)
            return serve(settings, ready=print_address, record=options.record, watch=options.watch)
    except AuraError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aura_api", description="Serve the context API.")
    parser.add_argument("--host", help="address to bind to; anything but loopback needs the bearer token (AURA_HOST)")
    parser.add_argument("--port", type=int, help="port, 0 for a free one (AURA_PORT)")
    parser.add_argument(
        "--workers", type=int, metavar="N", dest="server_workers", help="processes on the port (AURA_SERVER_WORKERS)"
    )
    # How the supervisor of several processes starts one of them.
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ready", type=int, help=argparse.SUPPRESS)
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write the address and process id here, as JSON, when ready"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the process that started this one ends"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="watch registered checkouts and index their edits as they are made, unless AURA_WATCH is 0",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
