"""Asking the server that runs on the home."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aura_cli.home import RunningServer
from aura_cli.server_client import ask, is_reachable
from aura_core.errors import AmbiguousRevision, InvalidRequest
from tests.cli.conftest import Aura

ANSWER = {
    "repo": "shop-1",
    "sha": "a" * 40,
    "digest": "d",
    "encoding": "cl100k_base",
    "tokens": 3,
    "max_tokens": 8000,
    "text": "the text",
    "items": [],
    "omitted": [],
    "nodes_truncated": 0,
    "replay_id": "r",
    "engine": "e",
    "lag": {},
}


class Server(http.server.ThreadingHTTPServer):
    """Answers every question with the same status and value, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.value = 200, json.dumps(ANSWER).encode()
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []

    def answer(self, status: int, value: object) -> None:
        self.status, self.value = status, json.dumps(value).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.command, self.path, dict(self.headers), json.loads(body)))
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.value)))
        self.end_headers()
        self.wfile.write(self.server.value)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    home = tmp_path / "aura-home"
    home.mkdir()
    (home / "token").write_text("secret\n")
    state = {
        "api": f"http://127.0.0.1:{made.server_port}",
        "dagster": None,
        "pid": os.getpid(),
        "token_file": str(home / "token"),
        "started_at": 0.0,
    }
    (home / "run.json").write_text(json.dumps(state))
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_running_server_is_asked_with_the_token_and_the_absolute_path(
    aura: Aura, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = aura("context", "what is this", "--budget", "900", "--entry", "a.b", "--entry", "c", "--format", "xml")
    assert (ran.code, ran.out) == (0, "the text\n")
    ((method, path, headers, body),) = server.asked
    assert (method, path) == ("POST", "/api/v1/context")
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Content-Type"] == "application/json"
    assert body == {
        "repo": str(tmp_path),
        "task": "what is this",
        "max_tokens": 900,
        "entry_points": ["a.b", "c"],
        "format": "xml",
        "encoding": "cl100k_base",
        "worktree": True,
    }


def test_a_named_commit_is_asked_for_instead_of_the_working_tree(aura: Aura, server: Server) -> None:
    assert aura("context", "x", "--repo", "shop-1", "--sha", "v1").code == 0
    body = server.asked[0][3]
    assert (body["repo"], body["sha"]) == ("shop-1", "v1")
    assert "worktree" not in body


def test_json_prints_exactly_the_answer(aura: Aura, server: Server) -> None:
    ran = aura("context", "x", "--json")
    assert json.loads(ran.out) == ANSWER
    assert list(json.loads(ran.out)) == list(ANSWER)


def test_what_the_server_says_is_wrong_is_said_with_the_same_exit_code(aura: Aura, server: Server) -> None:
    server.answer(422, {"code": InvalidRequest.code, "detail": "No such encoding.", "remedy": "Use another."})
    ran = aura("context", "x", "--encoding", "nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "aura: No such encoding.\n  Use another.\n"
    server.answer(409, {"code": AmbiguousRevision.code, "detail": "Two.", "remedy": "", "candidates": ["aa", "ab"]})
    assert "aa, ab" in aura("context", "x", "--sha", "a").err


def running_at(api: str, tmp_path: Path) -> RunningServer:
    return RunningServer(api, None, os.getpid(), tmp_path / "no-token")


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (404, {"code": "unknown_repository"}),
        (409, {"code": "snapshot_not_ready"}),
        (410, {"code": "source_gone"}),
        (503, {"code": "store_unavailable"}),
        (401, {"code": "unauthorized"}),
        (429, {"code": "too_busy"}),
        (404, {"detail": "Not Found"}),
        (200, ["no", "object"]),
    ],
)
def test_what_this_process_may_know_better_is_left_to_it(
    server: Server, tmp_path: Path, status: int, value: object
) -> None:
    server.answer(status, value)
    assert ask(running_at(f"http://127.0.0.1:{server.server_port}", tmp_path), "context", {}) is None


def test_a_server_that_is_gone_or_speaks_no_json_is_no_answer(server: Server, tmp_path: Path) -> None:
    here = running_at(f"http://127.0.0.1:{server.server_port}", tmp_path)
    assert is_reachable(here)
    server.value = b"<html>"
    assert ask(here, "context", {}) is None
    assert not is_reachable(running_at("http://127.0.0.1:1", tmp_path))
    assert ask(running_at("not an address", tmp_path), "context", {}) is None
