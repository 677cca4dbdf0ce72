"""Checks addresses of remote repositories, and brings each to the one form that its id is made from."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aura_core.errors import InvalidRequest

MAX_ADDRESS_LENGTH = 2_000
# "::" begins a remote helper of git (gitremote-helpers(7)), which may run any program.
_SCHEME = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>//|:)")
_SCP = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):(?P<path>[^:].*)"
)
_DEFAULT_PORTS = {"https": 443, "ssh": 22}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FORMS_REMEDY = "Use https://host/path, ssh://user@host/path or user@host:path."
_SECRETS_REMEDY = "Leave it out and use ssh keys, or put it in ~/.netrc, which git reads."


def looks_like_url(text: str) -> bool:
    """Return whether a text is an address: it has a scheme, or is ``host:path`` without a slash before the colon."""
    host, _, _ = text.partition(":")
    return _SCHEME.match(text) is not None or (_SCP.fullmatch(text) is not None and "/" not in host)


def normalise(text: str, *, from_cli: bool) -> str:
    """Return an address without default port, trailing slash and ``.git``, its host in lower case.

    Raises ``InvalidRequest`` for other schemes, for a password, token, query or fragment, and for ``file:`` unless it
    comes from the command line.
    """
    if len(text) > MAX_ADDRESS_LENGTH or not text.isprintable() or " " in text or "\\" in text:
        raise _invalid("The address has characters that no repository's address has, or is too long.")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _normalise_scp(text)
    name, has_slashes = scheme["name"].lower(), scheme["rest"] == "//"
    if has_slashes and name == "file":
        return _normalise_file(text, from_cli)
    if not has_slashes or name not in ("https", "ssh"):
        raise _invalid(f"Addresses that begin with {scheme['name']}: are not fetched.")
    return _normalise_remote(text, name)


def scheme_of(origin: str) -> str:
    """Return the scheme of a normalised address: ``https``, ``ssh`` or ``file``."""
    scheme = _SCHEME.match(origin)
    return scheme["name"].lower() if scheme else "ssh"


def name_of(origin: str) -> str:
    """Return what people call a repository: the last part of its address or path, without ``.git``."""
    *_, name = re.split(r"[/:]", origin.rstrip("/"))
    return name.removesuffix(".git")


def _normalise_remote(text: str, scheme: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _invalid("The address is malformed.") from error
    if parts.password is not None or (parts.username is not None and scheme == "https"):
        raise InvalidRequest(
            "The address carries a user name, password or token.", remedy=_SECRETS_REMEDY, field="repo"
        )
    if parts.query or parts.fragment:
        raise _invalid("The address has a query or fragment.")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or (parts.username is not None and not _USER.fullmatch(parts.username)):
        raise _invalid("The address has no proper host.")
    path = _normalise_path(parts.path)
    if path == "/":
        raise _invalid("The address names no repository.")
    user = f"{parts.username}@" if parts.username else ""
    host_text = f"[{host}]" if ":" in host else host  # an IPv6 address
    port_text = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{user}{host_text}{port_text}{path}"


def _normalise_scp(text: str) -> str:
    form = _SCP.fullmatch(text)
    if form is None:
        raise _invalid("The address is malformed.")
    path = _normalise_path(form["path"])
    if path in ("", "/") or path.startswith("-"):
        raise _invalid("The address names no repository.")
    user = f"{form['user']}@" if form["user"] else ""
    return f"{user}{form['host'].lower()}:{path}"


def _normalise_file(text: str, from_cli: bool) -> str:
    if not from_cli:
        raise _invalid("file: addresses are taken from the command line only.")
    host, slash, path = text[len("file://") :].partition("/")
    if host.lower() not in ("", "localhost") or not path.strip("/"):
        raise _invalid("A file: address names an absolute path: file:///path/to/repository.")
    return f"file://{slash}{path.rstrip('/')}"


def _normalise_path(path: str) -> str:
    """Return a path without trailing slashes and ``.git``, and with single slashes."""
    single_slashes = re.sub(r"/{2,}", "/", path)
    return single_slashes.rstrip("/").removesuffix(".git").rstrip("/") or "/"


def _invalid(message: str) -> InvalidRequest:
    """Return the error for an address that is not accepted; its remedy names the accepted forms."""
    return InvalidRequest(message, remedy=_FORMS_REMEDY, field="repo")
