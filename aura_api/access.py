"""Who may come in: hosts, origins, media types and tokens. One ASGI layer before everything, /mcp included."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_api.problems import UnsupportedMediaType, problem_response
from aura_api.token import read_token, same_token
from aura_core.errors import AuraError, Forbidden, Unauthorized
from aura_core.settings import Settings

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PROXIED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
DEFAULT_PORTS: Final = frozenset({"80", "443", ""})
HARDENING: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class Doors:
    """Refuses what must not come in, with a problem document, before the application sees it.

    Web pages cannot get through: a name that is not ours in ``Host`` (DNS rebinding), another ``Origin``, or a body
    that is not JSON is refused, and no CORS header is ever sent. Callers from another machine, or any caller when the
    server is bound to more than loopback, need the bearer token.
    """

    def __init__(self, app: ASGIApp, settings: Settings, refused: Callable[[str], None] | None = None) -> None:
        self.app = app
        self.home = settings.home
        self.open_bind = not is_loopback(settings.host)
        own = () if settings.host in {"", "0.0.0.0", "::"} else (settings.host,)  # noqa: S104 - compared, not bound
        self.hosts = LOOPBACK_NAMES | {host_and_port(name)[0] for name in (*settings.allowed_hosts, *own)}
        self.refused = refused or (lambda _reason: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "no websockets here"})
            return
        try:
            self.check(scope)
        except AuraError as error:
            self.refused(error.code)
            await problem_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, _hardened(send))

    def check(self, scope: Scope) -> None:
        """Raise what is wrong with a request's head: ``Forbidden``, ``Unauthorized`` or ``UnsupportedMediaType``."""
        headers = _single_headers(scope)
        host, port = self._host(headers)
        self._origin(headers, host, port)
        self._token(scope, headers)
        _json_only(scope["method"], headers)

    def _host(self, headers: Mapping[str, str]) -> tuple[str, str]:
        host, port = host_and_port(headers.get("host", ""))
        if host not in self.hosts:
            raise Forbidden(
                f"The host name {host[:80]!r} is not served here.",
                remedy="Use a loopback name, or add the name to AURA_ALLOWED_HOSTS.",
            )
        return host, port

    @staticmethod
    def _origin(headers: Mapping[str, str], host: str, port: str) -> None:
        """A browser names the page's origin; only our own pages may ask."""
        origin = headers.get("origin")
        if origin is None:
            return
        scheme, _, rest = origin.partition("://")
        if scheme.lower() not in {"http", "https"} or not _same(host_and_port(rest), (host, port)):
            raise Forbidden(
                "Pages of other sites may not ask here.", remedy="Call the API from a program, or from its own pages."
            )

    def _token(self, scope: Scope, headers: Mapping[str, str]) -> None:
        client = scope.get("client")
        near = client is not None and is_loopback(client[0]) and not any(name in headers for name in PROXIED)
        if near and not self.open_bind:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            raise Unauthorized(
                "A bearer token is needed here.",
                remedy="Send `Authorization: Bearer …` with the content of the home's token file.",
            )
        if not same_token(given.strip(), read_token(self.home)):
            raise Unauthorized("The bearer token is wrong.", remedy="Send the content of the home's token file.")


def is_loopback(address: str) -> bool:
    """Whether an address or name means this machine alone."""
    try:
        found = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address.lower() == "localhost"
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def host_and_port(text: str) -> tuple[str, str]:
    """A ``Host`` value taken apart: lower-case name without brackets and final dot, and the port as written ("" when
    none).

    What is not a plain authority (user info, a path, spaces, a bad port) gives an empty name, which is nobody's.
    """
    if not text.isascii() or any(c in text for c in "@/\\?#%, \t") or not text.isprintable():
        return "", ""
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "", ""
    if text.rpartition(":")[2] == "" and ":" in text:
        return "", ""
    return name.removesuffix("."), "" if port is None else str(port)


def _same(a: tuple[str, str], b: tuple[str, str]) -> bool:
    return a[0] == b[0] and (a[1] == b[1] or (a[1] in DEFAULT_PORTS and b[1] in DEFAULT_PORTS))


def _single_headers(scope: Scope) -> dict[str, str]:
    """Headers by name. One that decides and comes twice would be read differently by others on the way, so it is
    refused.
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in found and name in {"host", "origin", "authorization", "content-type", "content-length"}:
            raise Forbidden(f"The header {name} comes twice.", remedy="Send it once.")
        found[name] = raw_value.decode("latin-1")
    return found


def _json_only(method: str, headers: Mapping[str, str]) -> None:
    """Forms and plain text are what a foreign page can send without asking first. DELETE without a body always asks
    first.
    """
    if method in SAFE_METHODS:
        return
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if method == "DELETE" and empty and "content-type" not in headers:
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(
            f"{method[:16]} needs a body of the type application/json.", remedy="Send `Content-Type: application/json`."
        )


def _hardened(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HARDENING]}
        await send(message)

    return wrapped
