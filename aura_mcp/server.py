"""The MCP server: its instructions and its tools."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from aura_mcp.capabilities import OwnCapabilities
from aura_mcp.checked_tool import CheckedTool
from aura_mcp.tool_context import ToolContext
from aura_mcp.tools.context import context, search
from aura_mcp.tools.history import diff, snapshots
from aura_mcp.tools.symbols import callees, callers, file, find, symbol
from aura_mcp.tools.walks import expand, neighbours, path

INSTRUCTIONS: Final = (
    "Aura knows this code as a graph. Call `context` first, with the whole task in words: it returns the source that "
    "matters most, within a budget of tokens. Then `search` finds symbols, `symbol` shows one, `callers` says who "
    "calls it and which calls are not known, `callees` what it calls; `neighbours`, `expand` and `path` follow edges, "
    "`find` and `file` list symbols, `diff` compares two commits. Each answers at any commit (`sha`), indexed or not; "
    "`snapshots` lists those that are."
)
TOOLS: Final = (context, search, symbol, callers, callees, neighbours, expand, path, find, file, diff, snapshots)
"""In the order in which clients list them. A new tool is added here, to ``INSTRUCTIONS`` and to ``docs/agents.md``;
tests say so where one is forgotten.
"""

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "context": "Context for a task",
        "search": "Search symbols",
        "symbol": "Show a symbol",
        "callers": "Who calls a symbol",
        "callees": "What a symbol calls",
        "neighbours": "What is one edge away",
        "expand": "What lies around a symbol",
        "path": "The way between two symbols",
        "find": "Find symbols by glob",
        "file": "What a file defines",
        "diff": "What differs between two commits",
        "snapshots": "Indexed commits",
    }
)
"""What people read of each tool."""


def build_server(tool_context: ToolContext) -> MCPServer[ToolContext]:
    """Return a server with all tools, which work with ``tool_context``."""

    @asynccontextmanager
    async def lifespan(_server: MCPServer[ToolContext]) -> AsyncIterator[ToolContext]:
        yield tool_context

    annotations = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    tools = [CheckedTool.of(tool, TITLES[tool.__name__], annotations) for tool in TOOLS]
    return MCPServer(
        "aura",
        title="Aura",
        version=version("aura"),
        instructions=INSTRUCTIONS,
        log_level="WARNING",
        lifespan=lifespan,
        tools=list(tools),
        subscriptions=False,
        middleware=[OwnCapabilities([tool.name for tool in tools])],
    )
