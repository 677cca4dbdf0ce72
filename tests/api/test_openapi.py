"""The OpenAPI document describes every operation, field and error, with examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aura_api.problems import MEDIA_TYPE
from aura_api.schemas.base import Shape


@pytest.fixture
def description(client: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _examples(schema: dict[str, Any], description: dict[str, Any]) -> list[Any]:
    if "anyOf" in schema:
        return [e for part in schema["anyOf"] for e in _examples(part, description)]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    document: list[Any] = schema.get("examples", [])
    return document


def test_every_promised_operation_is_there(description: dict[str, Any]) -> None:
    names = {name for name, _ in _operations(description)}
    assert names == {
        "POST /api/v1/repos",
        "GET /api/v1/repos",
        "GET /api/v1/repos/{repo}",
        "DELETE /api/v1/repos/{repo}",
        "POST /api/v1/repos/{repo}/sync",
        "GET /api/v1/repos/{repo}/events/{event}",
        "GET /api/v1/repos/{repo}/status",
        "GET /api/v1/repos/{repo}/snapshots",
        "POST /api/v1/repos/{repo}/snapshots",
        "GET /api/v1/repos/{repo}/snapshots/{sha}",
        "POST /api/v1/context",
        "GET /api/v1/repos/{repo}/clusters",
        "GET /api/v1/repos/{repo}/search",
        "GET /api/v1/repos/{repo}/graph/node",
        "GET /api/v1/repos/{repo}/graph/callers",
        "GET /api/v1/repos/{repo}/graph/callees",
        "GET /api/v1/repos/{repo}/graph/digest",
        *(
            f"GET /api/v1/repos/{{repo}}/graph/{name}"
            for name in ("find", "file", "at", "neighbours", "expand", "path", "{sha}", "{sha}/diff/{sha2}")
        ),
        "GET /health",
        "GET /ready",
        "GET /metrics",
    }


def test_every_operation_has_a_summary_a_description_a_model_and_examples(description: dict[str, Any]) -> None:
    for name, operation in _operations(description):
        assert len(operation["summary"]) > 5, name
        assert len(operation["description"]) > 20, name
        assert operation["tags"], name
        content = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))["content"]
        if name == "GET /metrics":
            assert content["text/plain"]["example"]
            continue
        schema = content["application/json"]["schema"]
        assert schema["$ref"].startswith("#/components/schemas/"), name
        assert _examples(schema, description), name


def test_every_tag_of_an_operation_is_declared(description: dict[str, Any]) -> None:
    declared = {tag["name"] for tag in description["tags"]}
    assert declared == {tag for _, operation in _operations(description) for tag in operation["tags"]}


def test_every_body_and_parameter_has_an_example(description: dict[str, Any]) -> None:
    for name, operation in _operations(description):
        if "requestBody" in operation:
            assert _examples(operation["requestBody"]["content"]["application/json"]["schema"], description), name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
            assert parameter["schema"].get("examples"), (name, parameter["name"])


def test_every_error_is_described_as_a_problem_document(description: dict[str, Any]) -> None:
    for name, operation in _operations(description):
        errors = {
            status: answer for status, answer in operation["responses"].items() if not status.startswith(("2", "3"))
        }
        assert {"401", "403", "503"} <= set(errors), name
        for answer in errors.values():
            assert answer["content"] == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}, name
    assert {"snapshot_not_ready", "unknown_repository", "input_too_large"} <= {
        p["code"] for p in description["x-problems"]
    }


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    for name in re.findall(r"#/components/schemas/(\w+)", str(description)):
        assert name in description["components"]["schemas"]


def _shapes(base: type[Shape] = Shape) -> Iterator[type[Shape]]:
    for shape in base.__subclasses__():
        yield shape
        yield from _shapes(shape)


@pytest.mark.parametrize("shape", sorted(set(_shapes()), key=lambda shape: shape.__name__))
def test_an_example_fits_its_shape(shape: type[Shape]) -> None:
    example = shape.example()
    assert shape.model_validate(example).model_dump(by_alias=True, exclude_unset=True, mode="json") == example
