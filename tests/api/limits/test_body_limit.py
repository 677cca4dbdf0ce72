"""Bodies: bounded in size and time, before anything parses them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from aura_api.limits.body_limit import MAX_BODY_BYTES, BodyLimit

JSON = {"Content-Type": "application/json"}


def test_a_declared_length_over_the_limit_is_refused_unread(client: TestClient) -> None:
    answer = client.post("/api/v1/context", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "input_too_large"
    assert answer.json()["limit"] == MAX_BODY_BYTES


def test_an_undeclared_body_is_refused_once_it_is_over(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    answer = client.post("/api/v1/context", content=parts(), headers=JSON)
    assert answer.status_code == 413


def test_the_agents_door_has_the_same_bound(client: TestClient) -> None:
    assert client.post("/mcp", content=b" " * (MAX_BODY_BYTES + 1), headers=JSON).status_code == 413


def test_the_longest_task_passes_however_it_is_escaped(client: TestClient) -> None:
    body = json.dumps({"repo": "shop", "task": "😀" * 100_000})
    assert len(body) > 1_200_000
    assert client.post("/api/v1/context", content=body, headers=JSON).status_code == 200


def _run(limit: int, messages: list[Message], seconds: float = 5.0) -> tuple[int, list[Any], int]:
    """Status, bodies that the application read, and how many messages were taken."""
    seen: list[Any] = []
    sent: list[Message] = []
    received = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((await receive()).get("body"))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        nonlocal received
        if received == len(messages):
            await asyncio.sleep(60)
        received += 1
        return messages[received - 1]

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": []}
    asyncio.run(BodyLimit(app, limit, seconds)(scope, receive, send))
    return sent[0]["status"], seen, received


def test_reading_stops_at_the_limit() -> None:
    parts: list[Message] = [{"type": "http.request", "body": b"x" * 10, "more_body": True} for _ in range(100)]
    status, seen, received = _run(25, parts)
    assert (status, seen, received) == (413, [], 3)


def test_a_body_of_exactly_the_limit_arrives_whole() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"cd", "more_body": False},
    ]
    assert _run(4, parts) == (200, [b"abcd"], 2)


def test_a_body_that_trickles_is_given_up() -> None:
    status, seen, _ = _run(100, [{"type": "http.request", "body": b"a", "more_body": True}], seconds=0.05)
    assert (status, seen) == (408, [])


def test_a_caller_who_leaves_is_passed_on() -> None:
    assert _run(100, [{"type": "http.disconnect"}])[1] == [None]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"nul",
        b'{"repo": "a", "task": "x", "max_tokens": 1' + b"0" * 5_000 + b"}",
        b"\xff\xfe",
        b'"x"',
        b"[]",
        b"null",
    ],
)
def test_broken_json_is_the_callers_problem(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/v1/context", content=body, headers=JSON)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"bad_request", "invalid_request"}
