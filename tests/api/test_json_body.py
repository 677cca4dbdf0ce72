"""A body is one JSON object that every program reads in the same way; whatever else is sent is a problem document."""

from __future__ import annotations

import gzip

import pytest
from starlette.testclient import TestClient

from aura_api.problems import MEDIA_TYPE
from tests.api.fake import FakeAura

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "goes wrong at character 1"),
        (b'{"repo": "shop", "task": "x"} {}', "goes wrong at character 30"),
        (b'{"repo": "shop", "repo": "other", "task": "x"}', "'repo' comes twice"),
        (b'{"repo": "shop", "task": "x", "max_tokens": NaN}', "NaN is not JSON"),
        (b'{"repo": "shop", "task": "x", "max_tokens": -Infinity}', "-Infinity is not JSON"),
        (b'{"repo": "shop", "task": "x", "max_tokens": %s}' % (b"9" * 5_000), "too many digits"),
        (b'{"repo": "shop", "task": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"repo": "shop", "task": "\xff"}', "not UTF-8"),
        ('{"repo": "shop", "task": "x"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_two_programs_could_read_in_two_ways_is_refused(
    client: TestClient, aura: FakeAura, body: bytes, text: str
) -> None:
    answer = client.post("/api/v1/context", content=body, headers=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "invalid_request", "body"), problem
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert text in problem["detail"]
    assert problem["remedy"]
    assert aura.calls == []


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"true", b"null", b""])
def test_what_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/v1/context", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_compressed_body_is_refused_before_it_is_unpacked(client: TestClient, aura: FakeAura) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    answer = client.post("/api/v1/context", content=bomb, headers={**JSON, "Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.headers["accept-encoding"] == "identity"
    assert aura.calls == []


def test_odd_texts_that_json_allows_are_answered(client: TestClient) -> None:
    task = "NUL \0, an escape \x1b[31m, a bidi override \u202e and a smile \U0001f600"
    assert client.post("/api/v1/context", json={"repo": "shop", "task": task}).status_code == 200
