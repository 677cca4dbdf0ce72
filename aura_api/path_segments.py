"""Keeps an encoded slash inside its path segment, so that the name of a branch fits into one."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_ESCAPES: Final = (("%25", "%"), ("%2F", "/"))
"""What stays encoded while the path is matched, and what it stands for. The per cent sign comes first when encoding,
last when decoding.
"""


class PathSegments:
    """Leaves encoded slashes, and so per cent signs, encoded in the path that routes are matched with; ``segment``
    decodes a parameter.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the path as it was sent."""
        raw = scope.get("raw_path") if scope["type"] == "http" else None
        # %25 is a per cent sign and %2F a slash; without either the path is matched as it is.
        if raw and b"%2" in raw:
            scope["path"] = "/".join(_encoded(unquote(part)) for part in raw.decode("ascii", "replace").split("/"))
        await self.app(scope, receive, send)


def segment(text: str) -> str:
    """Return a path parameter decoded."""
    for code, sign in reversed(_ESCAPES):
        text = text.replace(code, sign)
    return text


def _encoded(text: str) -> str:
    for code, sign in _ESCAPES:
        text = text.replace(sign, code)
    return text
