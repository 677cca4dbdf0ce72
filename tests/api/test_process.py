"""The API as a process: what it imports, how it starts, says where it is, and ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PATIENCE_SECONDS

HEAVY = ("dagster", "sklearn", "hdbscan", "scipy", "torch", "typer", "aura_pipelines", "aura_cli")


def _python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    ).stdout


def test_the_application_loads_nothing_heavy() -> None:
    code = (
        "import sys, aura_api.app; app = aura_api.app.create_app(); app.openapi(); "
        "print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    loaded = set(json.loads(_python(code).replace("'", '"')))
    assert not loaded & set(HEAVY)
    assert {"fastapi", "mcp"} <= loaded


def test_importing_opens_and_makes_nothing(tmp_path: Path) -> None:
    _python("import aura_api.app, aura_api.server, aura_mcp.session")
    assert not (tmp_path / "aura-home").exists()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "api.json"


@pytest.fixture
def server(record: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "aura_api", "--port", "0", "--record", str(record)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def _address(record: Path, process: subprocess.Popen[str] | None = None, seconds: float = PATIENCE_SECONDS) -> str:
    until = time.monotonic() + seconds
    while not record.exists():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)
    return str(json.loads(record.read_text())["url"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_says_where_it_is_answers_and_ends_quietly(
    server: subprocess.Popen[str], record: Path, number: signal.Signals, code: int
) -> None:
    address = _address(record, server)
    with urllib.request.urlopen(f"{address}/ready", timeout=PATIENCE_SECONDS) as answer:
        assert json.load(answer)["indexer"].startswith("no indexer is running")
    assert json.loads(record.read_text())["pid"] == server.pid
    server.send_signal(number)
    out, err = server.communicate(timeout=PATIENCE_SECONDS)
    assert server.returncode == code
    assert out == f"Aura API: {address}  (documentation: {address}/docs)\n"
    assert err == ""


def test_it_ends_with_an_agents_stream_open(server: subprocess.Popen[str], record: Path) -> None:
    address = _address(record, server)
    head = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}).encode()
    with urllib.request.urlopen(
        urllib.request.Request(f"{address}/mcp", body, head), timeout=PATIENCE_SECONDS
    ) as answer:
        session = answer.headers["mcp-session-id"]
    stream = urllib.request.urlopen(
        urllib.request.Request(f"{address}/mcp", headers={**head, "mcp-session-id": session}), timeout=PATIENCE_SECONDS
    )
    server.terminate()
    assert server.wait(timeout=PATIENCE_SECONDS) == 0
    stream.close()


def test_a_taken_port_is_said_with_what_to_do(record: Path, server: subprocess.Popen[str]) -> None:
    port = _address(record, server).rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "aura_api", "--port", port],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert second.returncode == 7
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_home_that_cannot_be_used_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "AURA_HOME": str(tmp_path / "file" / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "aura_api", "--port", "0"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 7
    assert "AURA_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_ends_when_its_parent_dies(record: Path) -> None:
    command = [sys.executable, "-m", "aura_api", "--port", "0", "--record", str(record), "--exit-with-parent"]
    code = f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as parent:
        _address(record)
        child = int(json.loads(record.read_text())["pid"])
        parent.kill()
    until = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < until, "the server outlived its parent"
        time.sleep(0.1)
