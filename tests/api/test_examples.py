"""What the description of the API shows is true: every example is valid where it stands, and says one whole thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from aura_api.problems import MEDIA_TYPE


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    from aura_api.app import create_app
    from aura_core.settings import Settings

    document: dict[str, Any] = create_app(Settings()).openapi()
    return document


def examples(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """(place, schema, example) for each example of a schema, wherever it stands in the document."""
    if isinstance(value, dict):
        schema = value.get("schema", value)
        for example in (*value.get("examples", ()), *([value["example"]] if "example" in value else ())):
            yield place, schema, example
        for name, inner in value.items():
            if name not in {"examples", "example"}:
                yield from examples(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from examples(inner, f"{place}/{number}")


def test_every_example_is_valid_by_its_schema(description: dict[str, Any]) -> None:
    checked = 0
    for place, schema, example in examples(description):
        if "text/plain" in place or "ndjson" in place:
            continue
        whole = {**schema, "components": description["components"]}
        errors = [error.message for error in Draft202012Validator(whole).iter_errors(example)]
        assert not errors, (place, example, errors)
        checked += 1
    assert checked > 200


def test_every_operation_shows_an_answer_and_an_error(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for media, content in answer.get("content", {}).items():
                    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                    assert content.get("example") or schemas[name]["examples"], (method, path, status, media)


def test_the_example_of_a_problem_is_one_that_the_api_answers(description: dict[str, Any]) -> None:
    (problem,) = description["components"]["schemas"]["Problem"]["examples"]
    assert {"type", "title", "status", "code", "detail", "remedy", "repo", "wanted", "indexed"} == set(problem)
    assert problem["wanted"] != problem["indexed"]
    assert problem["wanted"][:12] in problem["detail"]
    assert problem["indexed"][:12] in problem["detail"]
    assert problem["wanted"] in problem["remedy"]


def test_the_example_of_a_difference_has_two_sides(description: dict[str, Any]) -> None:
    (diff,) = description["components"]["schemas"]["DiffOut"]["examples"]
    assert diff["old"]["sha"] != diff["new"]["sha"]
    assert diff["old"]["digest"] != diff["new"]["digest"]
    for change in diff["nodes"]["changed"]:
        assert change["old"] != change["new"]


def test_the_limits_of_a_budget_are_in_its_schema(description: dict[str, Any]) -> None:
    budget = description["components"]["schemas"]["ContextIn"]["properties"]["max_tokens"]
    assert (budget["type"], budget["minimum"], budget["maximum"]) == ("integer", 64, 200_000)


def test_a_requested_snapshot_shows_an_event_that_waits(description: dict[str, Any]) -> None:
    (requested,) = description["components"]["schemas"]["SnapshotAsked"]["examples"]
    assert (requested["state"], requested["event"]["state"]) == ("queued", "received")
    assert requested["event"]["target"] == requested["sha"]


def test_the_answers_of_errors_are_problem_documents(client: TestClient) -> None:
    for path in ("/api/v1/repos?x=1", "/nothing", "/api/v1/context"):
        assert client.get(path).headers["content-type"] == MEDIA_TYPE
