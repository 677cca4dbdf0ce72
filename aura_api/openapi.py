"""The OpenAPI document: what FastAPI derives, with the problem document and every error code."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from aura_api.problems import all_problems
from aura_api.schemas.base import Problem, Shape, shapes

DESCRIPTION = (
    "Aura indexes git repositories into a code graph and answers the best context for a task within a budget of "
    "tokens, at any indexed commit. Errors are problem documents (RFC 9457) with a stable `code` and a `remedy`. The "
    "API answers loopback callers; others send the bearer token of the home. Requests with a body are "
    "`application/json`."
)
TAGS = [
    {"name": "context", "description": "The main question, and search."},
    {"name": "repositories", "description": "Register, bring up to date, forget."},
    {"name": "snapshots", "description": "The commits that are indexed, and asking for more."},
    {"name": "graph", "description": "The graph of a snapshot."},
    {"name": "clusters", "description": "Groups of symbols that belong together."},
    {"name": "service", "description": "Alive, ready, counted."},
]


def install_openapi(app: FastAPI) -> None:
    """Replace the application's function for the OpenAPI document with ours, which makes it once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=TAGS
    )
    schemas = schema["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for shape in shapes():
        if shape.__name__ in schemas:
            _write_examples(schemas[shape.__name__], shape)
    schema["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "Content of the home's token file."}
    }
    schema["security"] = [{}, {"token": []}]
    schema["x-problems"] = all_problems()
    return schema


def _write_examples(schema: dict[str, Any], shape: type[Shape]) -> None:
    """Write the examples of a shape and its fields again: FastAPI leaves out members that are null, and a shape may
    require them.
    """
    schema["examples"] = [shape.example()]
    for name, field in shape.model_fields.items():
        if field.examples:
            schema["properties"][field.serialization_alias or field.alias or name]["examples"] = field.examples
