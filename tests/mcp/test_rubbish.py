"""A client that sends rubbish over stdio is answered with protocol errors, and the server goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aura_mcp.wire import INVALID_PARAMS, INVALID_REQUEST, MAX_LINE_BYTES, PARSE_ERROR
from tests.support import PATIENCE_SECONDS

Ask = Callable[[bytes], dict[str, Any]]

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def message(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode()


@pytest.fixture(scope="module", params=[["aura_mcp"], ["aura_cli", "mcp"]], ids=" ".join)
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Send one line to one server, and read one line."""
    folder: Path = tmp_path_factory.mktemp("rubbish")
    command = [sys.executable, "-P", "-m", *request.param]
    with (
        (folder / "stderr").open("wb") as errors,
        subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask(line: bytes) -> dict[str, Any]:
            stdin.write(line + b"\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
            return answer

        ask(message(id="hello", method="initialize", params=HELLO))
        stdin.write(message(method="notifications/initialized") + b"\n")
        yield ask
        assert ask(message(id="still there", method="ping"))["result"] == {}
        stdin.close()
        assert stdout.read() == b""
        assert process.wait(PATIENCE_SECONDS) == 0
    assert b"Traceback" not in (folder / "stderr").read_bytes()


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        (b"hello", PARSE_ERROR, None),
        (b'{"jsonrpc": "2.0", "id": 2,', PARSE_ERROR, None),
        (b"\x00\xff\xfe", PARSE_ERROR, None),
        (b"[" * 100_000, PARSE_ERROR, None),
        (b'{"jsonrpc": "2.0", "id": 2, "method": "ping", "params": {"x": NaN}}', PARSE_ERROR, None),
        (b'{"jsonrpc": "2.0", "id": 2, "method": "ping", "params": {"x": "\\ud800"}}', PARSE_ERROR, None),
        (b"[]", INVALID_REQUEST, None),
        (b'"text"', INVALID_REQUEST, None),
        (b'[{"jsonrpc": "2.0", "id": 5, "method": "ping"}]', INVALID_REQUEST, None),
        (b'{"jsonrpc": "1.0", "id": 4, "method": "ping"}', INVALID_REQUEST, 4),
        (b'{"id": 4, "method": "ping"}', INVALID_REQUEST, 4),
        (message(id="x"), INVALID_REQUEST, "x"),
        (message(id=3, method=5), INVALID_REQUEST, 3),
        (message(id=None, method="ping"), INVALID_REQUEST, None),
        (message(id=1.5, method="ping"), INVALID_REQUEST, None),
        (message(id=True, method="ping"), INVALID_REQUEST, None),
        (message(id=8, method="tools/call", params=[1]), INVALID_PARAMS, 8),
        (message(id=9, method="tools/call", params={"name": 5}), INVALID_PARAMS, 9),
        (message(id=9, method="tools/call", params={"name": "context", "arguments": "x"}), INVALID_PARAMS, 9),
        (message(id=9, method="tools/call", params={"name": "colour"}), INVALID_PARAMS, 9),
        (message(id=6, method="no/such"), -32601, 6),
        (message(id=6, method="resources/list"), -32601, 6),
        (message(id=7, method="ping", params={"x": "y" * MAX_LINE_BYTES}), INVALID_REQUEST, None),
    ],
)
def test_what_is_no_message_is_answered_with_an_error(ask: Ask, line: bytes, code: int, request_id: object) -> None:
    answer = ask(line)
    assert (answer["error"]["code"], answer["id"]) == (code, request_id), answer
    assert answer["error"]["message"]


def test_a_message_after_blank_lines_and_unknown_notifications_is_answered(ask: Ask) -> None:
    before = b"\n  \r\n" + message(method="notifications/colour") + b"\n" + message(id=70, result={}) + b"\n"
    assert ask(before + message(id=71, method="ping"))["id"] == 71


def test_a_protocol_version_that_nobody_knows_is_answered_with_one_that_is_spoken(ask: Ask) -> None:
    answer = ask(message(id=12, method="initialize", params={**HELLO, "protocolVersion": "1900-01-01"}))
    assert answer["result"]["protocolVersion"] >= "2025"


def test_a_large_task_is_an_argument_like_any_other(ask: Ask) -> None:
    params = {"name": "context", "arguments": {"task": "x" * 3_000_000}}
    assert ask(message(id=10, method="tools/call", params=params))["result"]["isError"]
