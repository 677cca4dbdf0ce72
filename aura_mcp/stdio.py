"""MCP over stdin and stdout: one agent, with this user's rights, answered from the working tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aura_mcp.stdout_guard import StdoutGuard

if TYPE_CHECKING:
    from aura_core.settings import Settings


def serve(settings: Settings | None = None, *, folder: Path | None = None) -> int:
    """Serve until stdin ends. Returns the exit code. Nothing but the protocol reaches stdout, from the first line on.

    ``folder`` is the current folder when left out. The first question opens the stores, so that the handshake is quick.
    """
    # Before the imports below, because what they print must not reach the agent.
    guard = StdoutGuard()

    import anyio

    from aura_mcp.session import Session

    session = Session(settings, folder or Path.cwd())
    with session, guard.lent():
        anyio.run(session.server.run_stdio_async)
    return 0
