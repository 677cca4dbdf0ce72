"""Dagster's UI answers its own pages and programs on this machine, and no page of another site."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from aura_cli.dagster_ui.guard import OwnPagesOnly
from aura_cli.processes import free_port
from aura_core.settings import Settings
from tests.support import PATIENCE_SECONDS

UI = "http://127.0.0.1:8322"
LAUNCH = {"query": "mutation { launchRun }"}


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept(websocket.headers.get("sec-websocket-protocol"))
        await websocket.send_text("hello")
        await websocket.close()

    async def page(_: object) -> PlainTextResponse:
        return PlainTextResponse("page")

    routes = [Route("/{path:path}", page, methods=["GET", "POST"]), WebSocketRoute("/graphql", echo)]
    settings = Settings(home=tmp_path, allowed_hosts=("ui.example.com",))
    return TestClient(OwnPagesOnly(Starlette(routes=routes), settings), base_url=UI, client=("127.0.0.1", 1))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": UI, "Sec-Fetch-Site": "same-origin"},
        {"Host": "localhost:8322", "Origin": "http://localhost:8322"},
        {"Host": "ui.example.com"},
    ],
)
def test_own_pages_and_programs_may_launch(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/graphql", json=LAUNCH, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},  # DNS rebinding: the name of the page's own site leads here
        {"Host": "evil.example:8322", "Origin": "http://evil.example:8322"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_pages_of_other_sites_may_neither_launch_nor_read(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/graphql", json=LAUNCH, headers=headers).status_code == 403
    assert client.get("/graphql?query=x", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/graphql", headers=headers) as socket:
        socket.receive_text()


def test_a_link_leads_to_the_ui_and_not_to_graphql(client: TestClient) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/runs", headers=link).status_code == 200
    assert client.get("/graphql?query=mutation", headers=link).status_code == 403


def test_own_websockets_are_served(client: TestClient) -> None:
    with client.websocket_connect("/graphql", headers={"Origin": UI, "Host": "127.0.0.1:8322"}) as socket:
        assert socket.receive_text() == "hello"


def test_a_caller_behind_a_proxy_needs_the_token(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 43)
    (tmp_path / "token").chmod(0o600)
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert client.get("/", headers=headers).status_code == 401


@pytest.fixture
def webserver(tmp_path: Path) -> Iterator[str]:
    """Dagster's real web server behind the guard, with an empty workspace."""
    (tmp_path / "workspace.yaml").write_text("load_from: []\n")
    port = free_port(0)
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-m", "aura_cli.dagster_ui", "-h", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen([*command, "-w", str(tmp_path / "workspace.yaml")], env=environment)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while status_of(f"{url}/server_info") != 200:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    yield url
    process.terminate()
    process.wait()


def status_of(url: str, body: object = None, **headers: str) -> int:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.slow
def test_dagsters_own_server_is_guarded(webserver: str) -> None:
    query = {"query": "{ version }"}
    assert status_of(f"{webserver}/graphql", query) == 200
    assert status_of(f"{webserver}/graphql", query, Origin="http://evil.example") == 403
    assert status_of(f"{webserver}/graphql", query, Host="evil.example") == 403
