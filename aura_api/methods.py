"""The methods of an address: which it takes, and the answers that follow from that alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_api.problems import MethodNotAllowed, NotFound, problem_response

ROUTED: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""Methods that a route may take. ``OPTIONS`` is answered here for all of them."""


class Methods:
    """Answers ``OPTIONS`` with the methods of an address, and ``HEAD`` as ``GET`` without a body; refuses a method that
    an address does not take (405 with ``Allow``), before anything asks what the body is.
    """

    def __init__(self, app: ASGIApp, routes: Callable[[], Sequence[BaseRoute]]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if scope["type"] != "http" or scope["method"] == "GET":
            await self.app(scope, receive, send)
            return
        allowed = allowed_methods(self.routes(), scope)
        if not allowed:
            await problem_response(no_address())(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(None, 204, {"Allow": ", ".join(allowed)})(scope, receive, send)
        elif scope["method"] not in allowed:
            await problem_response(refusal(scope["method"], allowed), {"Allow": ", ".join(allowed)})(
                scope, receive, send
            )
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ``GET`` would, with its headers and without its body."""

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        inner = {**scope, "method": "GET"}
        await self.app(inner, receive, without_body)
        # The router writes the route here, and the layer that counts requests reads it there.
        scope.update({name: inner[name] for name in ("route", "path_params") if name in inner})


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that the address of a request takes, with ``HEAD`` beside ``GET`` and ``OPTIONS``; none for
    an address where there is nothing.
    """
    allowed = [method for method in ROUTED if _takes(routes, scope, method)]
    if "GET" in allowed and "HEAD" not in allowed:
        allowed.insert(allowed.index("GET") + 1, "HEAD")
    return [*allowed, "OPTIONS"] if allowed else []


def refusal(method: str, allowed: Sequence[str]) -> MethodNotAllowed:
    """Return the error of a method that an address does not take."""
    return MethodNotAllowed(f"{method[:16]} is not possible here.", remedy=f"Use {' or '.join(allowed)}.")


def no_address() -> NotFound:
    """Return the error of an address where there is nothing."""
    return NotFound("There is nothing at this address.", remedy="See /docs for what there is.")


def _takes(routes: Sequence[BaseRoute], scope: Scope, method: str) -> bool:
    request = {**scope, "method": method}
    return any(route.matches(request)[0] is Match.FULL for route in routes)
