"""``aura mcp``: the server for agents over stdin and stdout."""

from __future__ import annotations

from typing import Annotated

import typer


def mcp(
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the entry for an agent's configuration file and exit.")
    ] = False,
) -> None:
    """Serve an agent over stdin and stdout.

    The Model Context Protocol; started by the agent, not by hand.
    """
    if print_config:
        from aura_cli.output import say
        from aura_mcp.config import print_config as entry

        say(entry())
        return
    from aura_mcp.stdio import serve

    raise typer.Exit(serve())
