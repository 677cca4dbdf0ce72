"""A misspelt name is refused with the names that there are, in the query and in the body."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.fake import FakeAura


def operations_without_a_body(client: TestClient) -> list[str]:
    paths = client.get("/openapi.json").json()["paths"]
    return [path for path, methods in paths.items() if "get" in methods]


def test_every_operation_refuses_an_unknown_parameter(client: TestClient, aura: FakeAura) -> None:
    paths = operations_without_a_body(client)
    assert len(paths) >= 20
    for path in paths:
        answer = client.get(path.format(repo="shop", sha="main", sha2="main", event=1), params={"colour": "red"})
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["field"]) == (422, "invalid_request", "colour"), path
        assert "There is no parameter 'colour' here." in problem["detail"], path
    assert aura.calls == []


def test_the_known_parameters_are_listed(client: TestClient) -> None:
    problem = client.get("/api/v1/repos/shop/search?q=x&limt=3").json()
    assert set(problem["known"]) == {"sha", "ref", "q", "limit"}
    assert all(name in problem["remedy"] for name in problem["known"])
    assert "leave it out" in client.get("/health?x=1").json()["remedy"]


def test_operations_with_a_body_refuse_parameters_too(client: TestClient, aura: FakeAura) -> None:
    answer = client.post("/api/v1/context?max_tokens=100", json={"repo": "shop", "task": "x"})
    assert (answer.status_code, answer.json()["field"]) == (422, "max_tokens")
    assert aura.calls == []


def test_a_parameter_comes_once_unless_it_is_a_list(client: TestClient) -> None:
    answer = client.get("/api/v1/repos/shop/search?q=x&limit=3&limit=4")
    assert (answer.status_code, answer.json()["field"]) == (422, "limit")
    assert "comes 2 times" in answer.json()["detail"]
    assert client.get("/api/v1/repos/shop/graph/expand?symbol=pay&kind=CALLS&kind=EXTENDS").status_code != 422


@pytest.mark.parametrize(
    ("path", "body", "known"),
    [
        ("/api/v1/context", {"repo": "shop", "task": "x", "max_token": 100}, {"task", "max_tokens", "entry_points"}),
        ("/api/v1/repos", {"source": "/src/shop", "branch": "main"}, {"source", "ref", "sync"}),
        ("/api/v1/repos/shop/sync", {"commit": "abc"}, {"sha", "delivery", "if_idle"}),
        ("/api/v1/repos/shop/snapshots", {"sha": "main", "wait": True}, {"sha"}),
    ],
)
def test_an_unknown_field_is_refused_with_the_known_ones(
    client: TestClient, path: str, body: dict[str, Any], known: set[str]
) -> None:
    answer = client.post(path, json=body)
    problem = answer.json()
    assert answer.status_code == 422
    assert problem["field"] == list(body)[-1]
    assert known <= set(problem["known"])
    assert all(name in problem["remedy"] for name in known)


def test_a_name_is_repeated_short_and_whole(client: TestClient) -> None:
    body = '{"repo": "shop", "task": "x", "\\ud800%s": 1}' % ("y" * 5_000)
    answer = client.post("/api/v1/context", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert len(answer.content) < 2_000
    answer.text.encode()
    assert "\\ud800" not in answer.text


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"task": "x"}, "repo is missing."),
        ({"repo": "shop", "task": ""}, "task must not be empty."),
        ({"repo": "shop", "task": "x", "max_tokens": 1}, "max_tokens must be at least 64."),
        ({"repo": "shop", "task": "x", "max_tokens": 10**9}, "max_tokens must be at most 200,000."),
        ({"repo": "shop", "task": "x", "max_tokens": "many"}, "max_tokens must be a whole number."),
        ({"repo": "shop", "task": "x", "worktree": "perhaps"}, "worktree must be true or false."),
        ({"repo": "shop", "task": "x", "format": "html"}, "format must be 'markdown', 'plain', 'xml' or 'json'."),
        ({"repo": "shop", "task": "x", "entry_points": "pay"}, "entry_points must be a list."),
        ({"repo": "shop", "task": ["x"]}, "task must be text."),
        ({"repo": "shop", "task": " \n"}, "task must not be blank."),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_plain_words(
    client: TestClient, body: dict[str, Any], detail: str
) -> None:
    assert client.post("/api/v1/context", json=body).json()["detail"] == detail
