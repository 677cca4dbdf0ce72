"""Limits the size of a body, and the time that it may take, and checks it before anything uses it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_api.access import SAFE_METHODS
from aura_api.problems import RequestTimeout, problem_response
from aura_core.errors import AuraError, InputTooLarge

MAX_BODY_BYTES: Final = 2_000_000
"""A task of 100,000 characters, escaped in the longest way, fits."""

BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive."""


class BodyLimit:
    """Reads a body before the application does; answers 413 as soon as it is too long, and 408 when it is too slow.

    ``check`` raises what is wrong with a body; those of the paths ``unchecked`` are passed on as they are.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int = MAX_BODY_BYTES,
        seconds: float = BODY_SECONDS,
        check: Callable[[bytes], None] | None = None,
        unchecked: Collection[str] = (),
    ) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.check = check or (lambda _body: None)
        self.unchecked = frozenset(unchecked)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body and pass it on, or refuse it."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read_in_time(scope, receive)
        except AuraError as error:
            # The rest of the body is still on its way, and nobody will read it.
            await problem_response(error, {"Connection": "close"})(scope, receive, send)
            return
        try:
            if body.get("body") and scope.get("path") not in self.unchecked:
                self.check(body["body"])
        except AuraError as error:
            await problem_response(error)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _read_in_time(self, scope: Scope, receive: Receive) -> Message:
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        # Twenty digits are more than any length has; Python refuses to convert thousands of them.
        if length.isdigit() and int(length[:20]) > self.limit:
            raise self._too_large()
        with anyio.move_on_after(self.seconds):
            return await self._read(receive)
        raise RequestTimeout(f"The body did not arrive within {self.seconds:g} s.", remedy="Send it in one go.")

    async def _read(self, receive: Receive) -> Message:
        body = bytearray()
        while True:
            message = await receive()
            # The caller has left; the application hears of it as if nothing had been read.
            if message["type"] != "http.request":
                return message
            body += message.get("body", b"")
            if len(body) > self.limit:
                raise self._too_large()
            if not message.get("more_body", False):
                return {"type": "http.request", "body": bytes(body), "more_body": False}

    def _too_large(self) -> InputTooLarge:
        return InputTooLarge(
            f"The body is over {self.limit:,} bytes.",
            remedy="Shorten the task or the list of entry points.",
            limit=self.limit,
        )


def _replay(body: Message, receive: Receive) -> Receive:
    """Return a function that gives the body that was read, and then what the server sends after it."""
    messages = [body]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
