"""A client of the server that runs on the home: HTTP with the standard library alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aura_cli.home import RunningServer
from aura_core.errors import AuraError

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 120.0
ANSWERED_HERE = frozenset({"unknown_repository", "unknown_revision", "snapshot_not_ready", "source_gone"})
"""Errors that this process can resolve itself: it can register, index and read the working tree."""


def ask(server: RunningServer, path: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Post a question under ``/api/v1`` and return the answer. None when the server cannot be reached or does not know.

    Raises the ``AuraError`` that the server answers.
    """
    answer = _send(server, "POST", f"/api/v1/{path}", json.dumps(body).encode())
    if answer is None:
        return None
    status, value = answer
    if status == 200:
        return value
    code = str(value.get("code", ""))
    # Where the server is broken, busy or refuses, this process answers by itself.
    if status >= 500 or status in {401, 403, 429} or code in ANSWERED_HERE or not code:
        return None
    raise _error(code, value)


def is_reachable(server: RunningServer) -> bool:
    """Return whether the server answers."""
    answer = _send(server, "GET", "/health", None)
    return answer is not None and answer[0] == 200


def _send(server: RunningServer, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]] | None:
    import http.client

    url = urlsplit(server.api)
    connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=CONNECT_SECONDS)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {_token(server)}"}
        connection.connect()
        # A server on this machine accepts a connection at once, but its answer may take long.
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        value = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return (answer.status, value) if isinstance(value, dict) else None


def _token(server: RunningServer) -> str:
    try:
        return server.token_file.read_text("ascii").strip()
    except (OSError, ValueError):
        return "none"


def _error(code: str, problem: Mapping[str, Any]) -> AuraError:
    kind = next((k for k in AuraError.__subclasses__() if k.code == code), AuraError)
    extras = {name: problem[name] for name in ("known", "candidates") if name in problem}
    return kind(str(problem.get("detail", code)), remedy=str(problem.get("remedy", "")), **extras)
