"""Problem documents (RFC 9457): the answer of every error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from aura_api.json_body import printable
from aura_core.errors import AuraError, InvalidRequest, meaning_of
from aura_core.service.input_errors import reason_of

MEDIA_TYPE: Final = "application/problem+json"
RESERVED: Final = frozenset({"type", "title", "status", "detail", "code", "remedy", "instance"})
MAX_FIELD_ERRORS: Final = 20


class NotFound(AuraError):
    """There is nothing at this address. Over HTTP only."""

    code = "not_found"
    http_status = 404


class MethodNotAllowed(AuraError):
    """The address does not support this method. Over HTTP only."""

    code = "method_not_allowed"
    http_status = 405


class RequestTimeout(AuraError):
    """The body of the request did not arrive in time. Over HTTP only."""

    code = "request_timeout"
    http_status = 408


class UnsupportedMediaType(AuraError):
    """The request must carry JSON. Over HTTP only."""

    code = "unsupported_media_type"
    http_status = 415


class BadRequest(AuraError):
    """The request is not valid HTTP, or its body does not match its headers. Over HTTP only."""

    code = "bad_request"
    http_status = 400


BY_STATUS: Final[Mapping[int, type[AuraError]]] = {
    c.http_status: c for c in (BadRequest, NotFound, MethodNotAllowed, UnsupportedMediaType)
}


def problem(error: AuraError) -> dict[str, Any]:
    """Return the document of an error: the standard members, and its own details, which never replace one of them."""
    details = {name: value for name, value in error.details.items() if name not in RESERVED}
    return {
        "type": f"/docs#{error.code}",
        "title": title_of(type(error)),
        "status": error.http_status,
        "code": error.code,
        "detail": error.message,
        "remedy": error.remedy,
        **details,
    }


def problem_response(error: AuraError, headers: Mapping[str, str] | None = None) -> Response:
    """Return the HTTP answer of an error."""
    challenge = {"WWW-Authenticate": "Bearer"} if error.http_status == HTTPStatus.UNAUTHORIZED else {}
    if "retry_after" in error.details:
        challenge = {**challenge, "Retry-After": str(error.details["retry_after"])}
    # Details may hold paths and enums.
    body = json.dumps(problem(error), default=str).encode()
    return Response(body, error.http_status, {**challenge, **(headers or {})}, MEDIA_TYPE)


def title_of(kind: type[AuraError]) -> str:
    """Return what a kind of error means, in few words: its first sentence."""
    return meaning_of(kind).split("; ")[0].split(". ")[0].replace("`", "").rstrip(".")


def from_validation(errors: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> InvalidRequest:
    """Return the error of a body or of parameters that do not fit: the first wrong field by name, and all of them (at
    most 20) as ``errors``. ``names`` are the fields that the body may have. Values are not repeated back.
    """
    fields = [{"field": field_of(e["loc"]), "message": reason_of(e)} for e in errors[:MAX_FIELD_ERRORS]]
    first = fields[0] if fields else {"field": "body", "message": "is not valid"}
    is_unknown = bool(errors) and errors[0]["type"] == "extra_forbidden" and bool(names)
    details: dict[str, Any] = {"known": list(names)} if is_unknown else {}
    return InvalidRequest(
        f"{first['field']} {first['message']}.",
        remedy=f"Known here: {', '.join(names)}." if is_unknown else "See /docs for the shape.",
        field=first["field"],
        errors=fields,
        **details,
    )


def field_of(location: Sequence[str | int]) -> str:
    """Return a location as text: ``("body", "entry_points", 0)`` is ``entry_points.0``, ``("body",)`` is ``body``."""
    parts = [str(part) for part in location]
    inner = parts[1:] if parts and parts[0] in {"body", "query", "path", "header"} else parts
    return printable(".".join(inner)) or "body"


def all_problems() -> list[dict[str, Any]]:
    """Return every kind of error with its code, status and meaning, by code."""
    kinds = {kind.code: kind for kind in _kinds(AuraError)}
    return [
        {"code": code, "status": kind.http_status, "meaning": meaning_of(kind)} for code, kind in sorted(kinds.items())
    ]


def _kinds(kind: type[AuraError]) -> Iterator[type[AuraError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)
