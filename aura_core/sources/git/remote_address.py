"""Checks where a remote address leads, after resolution: not into this machine's own or private networks."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from aura_core.errors import Forbidden, GitFailed

SSH_SECONDS = 5.0
"""Time limit for asking ssh which host a name of its configuration means."""

_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_UNKNOWN_REMEDY = "Check the address and the network. List a name that only ssh knows in AURA_PRIVATE_MIRROR_HOSTS."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class RemoteHost(NamedTuple):
    """Scheme, host and port of an address of a repository."""

    scheme: str
    host: str
    port: int


def remote_host(origin: str) -> RemoteHost | None:
    """Return the host of a normalised address; None for a ``file:`` address."""
    if "://" not in origin:
        _, _, rest = origin.partition("@") if "@" in origin else ("", "", origin)
        host = rest[1 : rest.index("]")] if rest.startswith("[") else rest.partition(":")[0]
        return RemoteHost("ssh", host.lower(), 22)
    parts = urlsplit(origin)
    if parts.scheme == "file":
        return None
    return RemoteHost(
        parts.scheme, (parts.hostname or "").lower(), parts.port or (22 if parts.scheme == "ssh" else 443)
    )


def pinned_config(origin: str, private_hosts: Sequence[str]) -> tuple[str, ...]:
    """Return git's configuration for one fetch from an address that was checked now: an https host keeps the addresses
    that were checked, whatever its name resolves to a moment later. ``private_hosts`` are not checked.

    Raises ``Forbidden`` for an address that is not public, ``GitFailed`` for a name that nobody knows.
    """
    remote = remote_host(origin)
    if remote is None or remote.host in private_hosts:
        return ()
    require_public_name(origin, private_hosts)
    name = _ssh_host(remote.host) if remote.scheme == "ssh" else remote.host
    addresses = _resolve(name, remote.port)
    _require_public(remote.host, addresses)
    if not addresses and not _has_proxy(remote.scheme):
        raise GitFailed(f"The host {remote.host!r} is not known.", remedy=_UNKNOWN_REMEDY)
    if remote.scheme != "https" or not addresses:
        return ()
    texts = (f"[{address}]" if address.version == 6 else str(address) for address in addresses)
    host = f"[{remote.host}]" if ":" in remote.host else remote.host
    return (f"http.curloptResolve={host}:{remote.port}:{','.join(texts)}",)


def require_public_name(origin: str, private_hosts: Sequence[str]) -> None:
    """Check an address by its text alone, without asking for names. Raises ``Forbidden``."""
    remote = remote_host(origin)
    if remote is None or remote.host in private_hosts:
        return
    if remote.host == "localhost" or remote.host.endswith(".localhost"):
        _require_public(remote.host, [ipaddress.ip_address("127.0.0.1")])
    try:
        address = ipaddress.ip_address(remote.host)
    except ValueError:
        return
    _require_public(remote.host, [address])


def is_public(address: IpAddress) -> bool:
    """Return whether an address is one of the public internet. An address that carries an IPv4 address is judged by
    both.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if int(address) >> 32 == 0:  # ::a.b.c.d
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _require_public(host: str, addresses: Iterable[IpAddress]) -> None:
    # Which address it is stays here: names of a private network are nobody else's business.
    if not all(map(is_public, addresses)):
        raise Forbidden(
            f"The host {host!r} is on this machine or in a private network, from which nothing is fetched.",
            remedy=f"If that is meant, set AURA_PRIVATE_MIRROR_HOSTS='[\"{host}\"]'.",
        )


def _resolve(host: str, port: int) -> list[IpAddress]:
    """Return the addresses of a host, none when it is not known."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ipaddress.ip_address(str(sockaddr[0])) for *_, sockaddr in rows))


def _ssh_host(host: str) -> str:
    """Return the host that ssh connects to for a name, which may be one of the user's own configuration."""
    program = shutil.which("ssh")
    if program is None:
        return host
    try:
        done = subprocess.run(
            [program, "-G", host], capture_output=True, text=True, timeout=SSH_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return host
    names = [line.removeprefix("hostname ") for line in done.stdout.splitlines() if line.startswith("hostname ")]
    return names[0] if names else host


def _has_proxy(scheme: str) -> bool:
    """Return whether a proxy resolves names instead of this machine."""
    return scheme == "https" and any(os.environ.get(name) for name in _PROXIES)
