"""Access control: hosts, origins, media types and tokens, in one ASGI layer before everything, /mcp included."""

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
# A request that passed a proxy comes from anywhere, though the proxy itself is on this machine.
PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
DEFAULT_PORTS: Final = frozenset({"80", "443", ""})
# Headers of every answer: no guessed media types, no use by other sites, no frames, no referrer.
HARDENING: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


class AccessControl:
    """Refuses requests that are not allowed, with a problem document, before the application sees them.

    Web pages of other sites are refused: a foreign name in ``Host`` (DNS rebinding) or another ``Origin``; ``JsonOnly``
    refuses their bodies. No CORS header is ever sent. Callers from another machine, or any caller when the server is
    bound to more than loopback, need the bearer token. ``on_refusal`` is called with the code of each error.
    """

    def __init__(self, app: ASGIApp, settings: Settings, on_refusal: Callable[[str], None] | None = None) -> None:
        self.app = app
        self.home = settings.home
        self.is_open = not is_loopback(settings.host)
        # A server that is bound to all addresses has no name of its own: they must be allowed one by one.
        own_names = () if settings.host in {"", "0.0.0.0", "::"} else (settings.host,)  # noqa: S104 - compared, not bound
        authorities = map(host_and_port, (*settings.allowed_hosts, *own_names))
        self.hosts = LOOPBACK_NAMES | {name for name, _port in authorities}
        self.on_refusal = on_refusal or (lambda _code: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on and add the security headers to its answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        # Any page may open a websocket to any host, and nothing here needs one.
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "Websockets are not served."})
            return
        try:
            self.check(scope)
        except AuraError as error:
            self.on_refusal(error.code)
            await problem_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, _hardened(send))

    def check(self, scope: Scope) -> None:
        """Raise what is wrong with a request's head: ``Forbidden`` or ``Unauthorized``."""
        headers = _headers_by_name(scope)
        host, port = self._allowed_host(headers)
        _require_own_origin(headers, host, port)
        self._require_token(scope, headers)

    def _allowed_host(self, headers: Mapping[str, str]) -> tuple[str, str]:
        host, port = host_and_port(headers.get("host", ""))
        if host not in self.hosts:
            raise Forbidden(
                f"The host name {host[:80]!r} is not served here.",
                remedy="Use a loopback name, or add the name to AURA_ALLOWED_HOSTS.",
            )
        return host, port

    def _require_token(self, scope: Scope, headers: Mapping[str, str]) -> None:
        client = scope.get("client")
        is_local = client is not None and is_loopback(client[0]) and not any(name in headers for name in PROXY_HEADERS)
        if is_local and not self.is_open:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized(
                "A bearer token is needed here.",
                remedy="Send `Authorization: Bearer …` with the content of the home's token file.",
            )
        if not same_token(token.strip(), read_token(self.home)):
            raise Unauthorized("The bearer token is wrong.", remedy="Send the content of the home's token file.")


class JsonOnly:
    """Refuses a body that is not JSON, or is compressed. ``on_refusal`` is called with the code of each error."""

    def __init__(self, app: ASGIApp, on_refusal: Callable[[str], None] | None = None) -> None:
        self.app = app
        self.on_refusal = on_refusal or (lambda _code: None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on."""
        try:
            if scope["type"] == "http":
                _require_json(scope["method"], _headers_by_name(scope))
        except AuraError as error:
            self.on_refusal(error.code)
            # What can be sent instead (RFC 9110, 15.5.16).
            await problem_response(error, {"Accept-Encoding": "identity"})(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_loopback(address: str) -> bool:
    """Return whether an address or name means this machine alone."""
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return address.lower() == "localhost"
    # ::ffff:127.0.0.1 is 127.0.0.1 as a socket for both families sees it.
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def host_and_port(text: str) -> tuple[str, str]:
    """Return the parts of a ``Host`` value: the lower-case name without brackets and final dot, and the port as written
    ("" when there is none).

    What is not a plain authority (user info, a path, spaces, a bad port) gives an empty name, which is never allowed.
    """
    if not text.isascii() or any(c in text for c in "@/\\?#%, \t") or not text.isprintable():
        return "", ""
    try:
        parts = urlsplit(f"//{text}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "", ""
    # `urlsplit` takes "host:" for a host without a port; a client that means a port would have written it.
    if text.rpartition(":")[2] == "" and ":" in text:
        return "", ""
    return name.removesuffix("."), "" if port is None else str(port)


def _require_own_origin(headers: Mapping[str, str], host: str, port: str) -> None:
    """Raise ``Forbidden`` when a page of another site asks: a browser names the origin of the page."""
    origin = headers.get("origin")
    if origin is None:
        return
    scheme, _, authority = origin.partition("://")
    origin_host, origin_port = host_and_port(authority)
    # A browser leaves the default port of its scheme out, and a proxy may have changed the scheme.
    has_same_port = origin_port == port or {origin_port, port} <= DEFAULT_PORTS
    if scheme.lower() not in {"http", "https"} or origin_host != host or not has_same_port:
        raise Forbidden(
            "Pages of other sites may not ask here.", remedy="Call the API from a program, or from its own pages."
        )


def _headers_by_name(scope: Scope) -> dict[str, str]:
    """Return the headers by lower-case name. Raises ``Forbidden`` when one that access depends on comes twice: a proxy
    on the way might read the other one.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in headers and name in {"host", "origin", "authorization", "content-type", "content-length"}:
            raise Forbidden(f"The header {name} comes twice.", remedy="Send it once.")
        headers[name] = raw_value.decode("latin-1")
    return headers


def _require_json(method: str, headers: Mapping[str, str]) -> None:
    """Raise ``UnsupportedMediaType`` for a body that is not JSON: a browser sends forms and plain text of a foreign
    page without a preflight. A DELETE without a body always has one.
    """
    if method in SAFE_METHODS:
        return
    is_empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    if method == "DELETE" and is_empty and "content-type" not in headers:
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(
            f"{method[:16]} needs a body of the type application/json.", remedy="Send `Content-Type: application/json`."
        )
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise UnsupportedMediaType("A compressed body is not read here.", remedy="Send it without Content-Encoding.")


def _hardened(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HARDENING]}
        await send(message)

    return wrapped
