"""Bodies are read up to a bound, in bounded time, before anything parses them."""

from __future__ import annotations

from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_api.access import SAFE_METHODS
from aura_api.problems import RequestTimeout, problem_response
from aura_core.errors import AuraError, InputTooLarge

MAX_BODY_BYTES: Final = 2_000_000
"""A task of 100,000 characters, escaped in the longest way, fits."""

BODY_SECONDS: Final = 30.0


class Bodies:
    """Hands a whole body to the application, or answers 413 as soon as it is too long and 408 when it trickles."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, then pass on."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        try:
            first = await self._whole(scope, receive)
        except AuraError as error:
            await problem_response(error, {"Connection": "close"})(scope, receive, send)
            return
        await self.app(scope, _replay(first, receive), send)

    async def _whole(self, scope: Scope, receive: Receive) -> Message:
        declared = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if declared.isdigit() and int(declared[:20]) > self.limit:
            raise self._too_large()
        with anyio.move_on_after(self.seconds):
            return await self._read(receive)
        raise RequestTimeout(f"The body did not arrive within {self.seconds:g} s.", remedy="Send it in one go.")

    async def _read(self, receive: Receive) -> Message:
        parts = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            parts += message.get("body", b"")
            if len(parts) > self.limit:
                raise self._too_large()
            if not message.get("more_body", False):
                return {"type": "http.request", "body": bytes(parts), "more_body": False}

    def _too_large(self) -> InputTooLarge:
        return InputTooLarge(
            f"The body is over {self.limit:,} bytes.",
            remedy="Shorten the task or the list of entry points.",
            limit=self.limit,
        )


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def wrapped() -> Message:
        return waiting.pop() if waiting else await receive()

    return wrapped
