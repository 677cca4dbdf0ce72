"""Keeps the server to what it has: tools, and neither resources nor prompts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND

ABSENT: Final = ("prompts", "resources")
"""Capabilities that the library declares for every server, with handlers that list nothing."""


class OwnCapabilities:
    """Middleware that declares no capability that is not there, and refuses its methods and unknown tools."""

    def __init__(self, tools: Collection[str]) -> None:
        self._tools = tools

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer a request, or refuse it as an unknown method or tool."""
        if ctx.method.partition("/")[0] in ABSENT:
            raise MCPError(METHOD_NOT_FOUND, f"{ctx.method[:100]} is not served: there are tools only.")
        if ctx.method == "tools/call":
            self._require_tool(ctx.params)
        result = await call_next(ctx)
        return _without_absent(result) if ctx.method in {"initialize", "server/discover"} else result

    def _require_tool(self, params: Any) -> None:
        name = params.get("name") if isinstance(params, dict) else getattr(params, "name", None)
        if isinstance(name, str) and name not in self._tools:
            tools = ", ".join(self._tools)
            raise MCPError(INVALID_PARAMS, f"There is no tool {name[:100]!r}. The tools are {tools}.")


def _without_absent(result: Any) -> Any:
    if isinstance(result, dict) and isinstance(result.get("capabilities"), dict):
        rest = {name: value for name, value in result["capabilities"].items() if name not in ABSENT}
        return {**result, "capabilities": rest}
    capabilities = getattr(result, "capabilities", None)
    if capabilities is None:
        return result
    return result.model_copy(update={"capabilities": capabilities.model_copy(update=dict.fromkeys(ABSENT))})
