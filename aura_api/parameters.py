"""The names that an operation takes, in its query and in its body; others are refused with the list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from aura_api.json_body import printable
from aura_api.schemas.base import Shape
from aura_core.errors import InvalidRequest


async def require_parameters_of_route(request: Request) -> None:
    """Raise ``InvalidRequest`` for a query parameter that the operation does not take, or that comes twice and is no
    list.
    """
    route: APIRoute = request.scope["route"]
    repeatable = dict(_query_parameters(route.dependant))
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in repeatable:
            raise unknown_name("parameter", name, list(repeatable))
        if count > 1 and not repeatable[name]:
            raise InvalidRequest(f"The parameter {name} comes {count} times.", remedy="Send it once.", field=name)


def fields_of_body(route: object) -> list[str]:
    """Return the names of the fields that the body of an operation may have."""
    body = route.body_field if isinstance(route, APIRoute) else None
    if body is None:
        return []
    annotation = body.field_info.annotation
    shapes = (
        part for part in (annotation, *get_args(annotation)) if isinstance(part, type) and issubclass(part, Shape)
    )
    return [name for shape in shapes for name in shape.model_fields]


def unknown_name(kind: str, name: str, names: list[str]) -> InvalidRequest:
    """Return the error of a name that an operation does not take, with those that it takes."""
    remedy = f"Known here: {', '.join(names)}." if names else f"There is no {kind} here: leave it out."
    return InvalidRequest(
        f"There is no {kind} {printable(name)!r} here.", remedy=remedy, field=printable(name), known=names
    )


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield each query parameter of an operation and of what it depends on, and whether it may come several times."""
    for field in dependant.query_params:
        yield field.alias, _is_list(field.field_info.annotation)
    for dependency in dependant.dependencies:
        yield from _query_parameters(dependency)


def _is_list(annotation: Any) -> bool:
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))
