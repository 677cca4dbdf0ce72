"""Addresses of remote repositories: which are taken, and the one form that their id is made from."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aura_core.errors import InvalidRequest

MAX_ADDRESS = 2_000
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//|:)")
_SCP = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(?P<path>[^:].*)"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TAKEN = "Use https://host/path, ssh://user@host/path or user@host:path."
_SECRETS = "Leave it out and use ssh keys, or put it in ~/.netrc, which git reads."


def looks_like_url(text: str) -> bool:
    """Whether a text is meant as an address: it has a scheme, or is ``host:path`` with no slash before the colon."""
    return _SCHEME.match(text) is not None or (_SCP.fullmatch(text) is not None and "/" not in text.partition(":")[0])


def normalised(text: str, *, from_cli: bool) -> str:
    """The address without default port, trailing slash and ``.git``, its host in lower case.

    Raises ``InvalidRequest`` for other schemes, for a password, token, query or fragment, and for ``file:`` unless it
    comes from the command line.
    """
    if len(text) > MAX_ADDRESS or not text.isprintable() or " " in text or "\\" in text:
        raise _refused("The address has characters that no repository's address has, or is too long.")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _scp(text)
    name = scheme[1].lower()
    if scheme[2] == "//" and name == "file":
        return _file(text, from_cli)
    if scheme[2] != "//" or name not in ("https", "ssh"):
        raise _refused(f"Addresses that begin with {scheme[1]}: are not fetched.")
    return _remote(text, name)


def scheme_of(origin: str) -> str:
    """``https``, ``ssh`` or ``file`` of a normalised address."""
    scheme = _SCHEME.match(origin)
    return scheme[1].lower() if scheme else "ssh"


def name_of(origin: str) -> str:
    """The last part of an address or path, without ``.git``: what people call the repository."""
    return re.split(r"[/:]", origin.rstrip("/"))[-1].removesuffix(".git")


def _remote(text: str, scheme: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refused("The address is malformed.") from error
    if parts.password is not None or (parts.username is not None and scheme == "https"):
        raise InvalidRequest("The address carries a user name, password or token.", remedy=_SECRETS, field="repo")
    if parts.query or parts.fragment:
        raise _refused("The address has a query or fragment.")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or (parts.username is not None and not _USER.fullmatch(parts.username)):
        raise _refused("The address has no proper host.")
    path = _path(parts.path)
    if path == "/":
        raise _refused("The address names no repository.")
    user = f"{parts.username}@" if parts.username else ""
    shown = f"[{host}]" if ":" in host else host
    default = {"https": 443, "ssh": 22}[scheme]
    return f"{scheme}://{user}{shown}{'' if port in (None, default) else f':{port}'}{path}"


def _scp(text: str) -> str:
    form = _SCP.fullmatch(text)
    if form is None:
        raise _refused("The address is malformed.")
    path = _path(form["path"])
    if path in ("", "/") or path.startswith("-"):
        raise _refused("The address names no repository.")
    user = f"{form['user']}@" if form["user"] else ""
    return f"{user}{form['host'].lower()}:{path}"


def _file(text: str, from_cli: bool) -> str:
    if not from_cli:
        raise _refused("file: addresses are taken from the command line only.")
    host, slash, path = text[len("file://") :].partition("/")
    if host.lower() not in ("", "localhost") or not path.strip("/"):
        raise _refused("A file: address names an absolute path: file:///path/to/repository.")
    return f"file://{slash}{path.rstrip('/')}"


def _path(path: str) -> str:
    """Without trailing slashes and ``.git``, and with single slashes."""
    clean = re.sub(r"/{2,}", "/", path)
    return clean.rstrip("/").removesuffix(".git").rstrip("/") or "/"


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, remedy=_TAKEN, field="repo")
