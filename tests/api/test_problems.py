"""Every error is a problem document with a stable code."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from aura_api.problems import MEDIA_TYPE, all_problems, problem, title_of
from aura_core import errors
from aura_core.errors import AuraError
from tests.api.fake import FakeAura

CORE = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AuraError)]
WHOLE = {"repo": "shop", "task": "Fix the cart"}


@pytest.mark.parametrize("kind", CORE, ids=lambda kind: kind.__name__)
def test_an_error_of_the_core_keeps_status_code_remedy_and_extras(
    client: TestClient, aura: FakeAura, kind: type[AuraError]
) -> None:
    aura.error = kind("It happened.", remedy="Do this.", wanted="a" * 40, indexed=None)
    for answer in (
        client.post("/api/v1/context", json=WHOLE),
        client.get("/api/v1/repos/shop/status"),
        client.get("/api/v1/repos/shop/graph/digest"),
    ):
        assert answer.status_code == kind.http_status
        assert answer.headers["content-type"] == MEDIA_TYPE
        body = answer.json()
        assert body["code"] == kind.code
        assert body["detail"] == "It happened."
        assert body["remedy"] == "Do this."
        assert body["wanted"] == "a" * 40
        assert body["indexed"] is None
        assert body["type"] == f"/docs#{kind.code}"
        assert body["title"] == title_of(kind)


def test_extras_never_hide_the_standard_members() -> None:
    document = problem(AuraError("a", status=1, code=2, detail=3, title=4, type=5, remedy_hint=6))
    assert (document["status"], document["code"], document["detail"], document["remedy_hint"]) == (
        500,
        "internal_error",
        "a",
        6,
    )


def test_codes_are_unique_and_every_kind_says_what_it_means() -> None:
    kinds = all_problems()
    assert len({p["code"] for p in kinds}) == len(kinds) >= len(CORE)
    assert all(len(p["meaning"]) > 10 and p["meaning"][0].isupper() for p in kinds)


def test_what_nobody_foresaw_says_nothing_of_the_inside(client: TestClient, aura: FakeAura) -> None:
    aura.error = RuntimeError("secret /home/someone")
    answer = client.post("/api/v1/context", json=WHOLE)
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "repo"),
        ({"repo": "shop"}, "task"),
        ({**WHOLE, "task": ""}, "task"),
        ({**WHOLE, "repo": ""}, "repo"),
        ({**WHOLE, "task": 3}, "task"),
        ({**WHOLE, "max_tokens": 63}, "max_tokens"),
        ({**WHOLE, "max_tokens": 200_001}, "max_tokens"),
        ({**WHOLE, "max_tokens": "100"}, "max_tokens"),
        ({**WHOLE, "max_tokens": True}, "max_tokens"),
        ({**WHOLE, "max_tokens": 100.5}, "max_tokens"),
        ({**WHOLE, "max_tokens": None}, "max_tokens"),
        ({**WHOLE, "format": "html"}, "format"),
        ({**WHOLE, "entry_points": "x"}, "entry_points"),
        ({**WHOLE, "entry_points": ["ok", ""]}, "entry_points.1"),
        ({**WHOLE, "entry_points": ["x"] * 65}, "entry_points"),
        ({**WHOLE, "entry_points": ["x" * 2_001]}, "entry_points.0"),
        ({**WHOLE, "max_token": 100}, "max_token"),
        ({**WHOLE, "ref": "b", "worktree": True}, "worktree"),
        ({**WHOLE, "task": " \n"}, "task"),
        ({**WHOLE, "detail": 0}, "detail"),
        ({**WHOLE, "sha": "a", "worktree": True}, "worktree"),
        ({**WHOLE, "detail": "perhaps"}, "detail"),
        ({**WHOLE, "sha": "x" * 1_025}, "sha"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, body: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/context", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field
    assert answer.json()["code"] == "invalid_request"


def test_a_body_that_breaks_off_is_said_to_be_no_json(client: TestClient) -> None:
    problem = client.post("/api/v1/context", content=b'{"repo":', headers={"Content-Type": "application/json"}).json()
    assert (problem["code"], problem["field"]) == ("invalid_request", "body")
    assert problem["detail"] == "The body is not JSON: it breaks off or goes wrong at character 8."


def test_half_a_surrogate_is_a_wrong_field(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/context", content=b'{"repo": "shop", "task": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["field"] == "task"


@pytest.mark.parametrize("query", ["", "q=", "q=x&limit=0", "q=x&limit=201", "q=x&limit=many", "q=+"])
def test_a_wrong_search_parameter_is_named(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/repos/shop/search?{query}")
    assert answer.status_code == 422
    assert answer.json()["field"] in {"q", "limit", "ref"}


def test_an_oversized_task_is_too_large(client: TestClient) -> None:
    answer = client.post("/api/v1/context", json={**WHOLE, "task": "x" * 100_001})
    assert answer.status_code == 413
    assert answer.json()["field"] == "task"


def test_unknown_addresses_and_methods_are_problems_too(client: TestClient) -> None:
    missing, wrong = client.get("/api/v1/nothing"), client.put("/api/v1/repos", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "allow" in wrong.headers
