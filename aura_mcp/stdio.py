"""The agents' door over stdin and stdout: one agent, this user's rights, answers from the working tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aura_mcp.stdout_guard import Wire

if TYPE_CHECKING:
    from aura_core.settings import Settings


def serve(settings: Settings | None = None, *, folder: Path | None = None) -> int:
    """Serve until stdin ends; the exit code. Nothing but the protocol reaches stdout, from this call's first line on.

    ``folder`` is the current folder unless given. Stores are opened by the first question, so that the handshake is
    quick.
    """
    wire = Wire()

    import anyio

    from aura_mcp.session import Session

    session = Session(settings, folder or Path.cwd())
    with session, wire.lent():
        anyio.run(session.server.run_stdio_async)
    return 0
