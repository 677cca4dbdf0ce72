"""An address says which methods it takes: in 405, in the answer of OPTIONS, and by answering HEAD as GET."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from aura_api.problems import MEDIA_TYPE
from tests.api.fake import FakeAura

ADDRESSES = [
    ("/api/v1/repos", "GET, HEAD, POST, OPTIONS"),
    ("/api/v1/repos/shop", "GET, HEAD, DELETE, OPTIONS"),
    ("/api/v1/repos/shop/snapshots", "GET, HEAD, POST, OPTIONS"),
    ("/api/v1/repos/shop/status", "GET, HEAD, OPTIONS"),
    ("/api/v1/context", "POST, OPTIONS"),
    ("/health", "GET, HEAD, OPTIONS"),
    ("/openapi.json", "GET, HEAD, OPTIONS"),
    ("/docs/assets/swagger-ui.css", "GET, HEAD, OPTIONS"),
]


@pytest.mark.parametrize(("path", "allow"), ADDRESSES)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW"])
def test_a_method_that_an_address_does_not_take_is_405_with_all_that_it_takes(
    client: TestClient, path: str, allow: str, method: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["code"] == "method_not_allowed"
    assert "GET" in answer.json()["remedy"] or "POST" in answer.json()["remedy"]


def test_get_where_only_post_is_possible_is_405_too(client: TestClient) -> None:
    answer = client.get("/api/v1/context")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(("path", "allow"), ADDRESSES)
def test_options_lists_the_methods_without_a_cors_header(client: TestClient, path: str, allow: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allow, b"")
    assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize("path", ["/api/v1/repos", "/api/v1/repos/shop/search?q=x", "/health", "/docs"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == str(len(get.content))


def test_head_of_an_error_has_its_status(client: TestClient) -> None:
    assert client.head("/api/v1/repos/shop/search").status_code == 422
    assert client.head("/api/v1/nothing").status_code == 404
    assert client.head("/api/v1/context").status_code == 405


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "DELETE"])
def test_where_there_is_nothing_every_method_is_404(client: TestClient, aura: FakeAura, method: str) -> None:
    answer = client.request(method, "/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert aura.calls == []


def test_head_is_counted_under_its_route(client: TestClient) -> None:
    client.head("/api/v1/repos/shop/search?q=x")
    metrics = client.get("/metrics").text
    assert 'method="HEAD",route="/api/v1/repos/{repo}/search",status="200"' in metrics
