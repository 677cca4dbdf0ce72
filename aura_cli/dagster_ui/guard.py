"""Refuses pages of other sites before Dagster's web server sees them: its GraphQL launches runs and has no password."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from aura_api.access import AccessControl
from aura_core.errors import AuraError, Forbidden
from aura_core.settings import Settings

_OTHER_SITES = frozenset({"cross-site", "same-site"})


class OwnPagesOnly:
    """An ASGI layer with the API's checks of ``Host``, ``Origin`` and token, for requests and for websockets.

    A request that another site's page causes without an ``Origin``, for example an image, is refused too. A link from
    elsewhere to a page of the UI is followed, but not one to GraphQL, which also answers GET.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._access = AccessControl(app, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        if scope["type"] != "lifespan":
            try:
                self._access.check(scope)
                _require_own_site(scope)
            except AuraError as error:
                await _refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)


def _require_own_site(scope: Scope) -> None:
    """Raise ``Forbidden`` when the browser says that another site's page asks (Fetch Metadata)."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if headers.get("sec-fetch-site", "") not in _OTHER_SITES:
        return
    is_link = scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if not is_link or headers.get("sec-fetch-dest") != "document" or "graphql" in scope["path"].lower():
        raise Forbidden("Pages of other sites may not ask here.", remedy="Open the UI by its own address.")


async def _refuse(error: AuraError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.message[:100]})
        return
    await PlainTextResponse(f"{error}\n", status_code=error.http_status)(scope, receive, send)
