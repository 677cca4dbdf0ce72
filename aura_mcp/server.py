"""The MCP server: its instructions and its tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from aura_mcp.tool_context import ToolContext
from aura_mcp.tools.context import context, search
from aura_mcp.tools.history import diff, snapshots
from aura_mcp.tools.symbols import callers, file, find, symbol
from aura_mcp.tools.walks import expand, neighbours, path

INSTRUCTIONS: Final = (
    "Aura knows this code as a graph. Call `context` first, with the whole task in words: it returns the source that "
    "matters most, within a budget of tokens. Then `search` finds symbols, `symbol` shows one, `callers` says who "
    "calls it and which calls are not known; `neighbours`, `expand` and `path` follow edges, `find` and `file` list "
    "symbols, `diff` compares two commits. Each answers at any commit (`sha`), indexed or not; `snapshots` lists those "
    "that are."
)
TOOLS: Final = (context, search, symbol, callers, neighbours, expand, path, find, file, diff, snapshots)
"""In the order in which clients list them. A new tool is added here, to ``INSTRUCTIONS`` and to ``docs/agents.md``;
tests say so where one is forgotten.
"""


def build_server(tool_context: ToolContext) -> MCPServer[ToolContext]:
    """Return a server with all tools, which work with ``tool_context``."""

    @asynccontextmanager
    async def lifespan(_server: MCPServer[ToolContext]) -> AsyncIterator[ToolContext]:
        yield tool_context

    server = MCPServer(
        "aura",
        title="Aura",
        version=version("aura"),
        instructions=INSTRUCTIONS,
        log_level="WARNING",
        lifespan=lifespan,
    )
    annotations = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool in TOOLS:
        # The docstring of a tool is what agents read about it.
        description = " ".join((tool.__doc__ or "").split())
        server.add_tool(tool, description=description, annotations=annotations, structured_output=False)
    return server
