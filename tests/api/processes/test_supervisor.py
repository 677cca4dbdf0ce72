"""A server of several processes on one port: they answer, are replaced, are counted together and end together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "api.json"


@pytest.fixture
def server(record: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "aura_api", "--port", "0", "--workers", "2", "--record", str(record), "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def address_of(server: subprocess.Popen[str], record: Path) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while not record.exists():
        assert server.poll() is None, server.communicate()
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)
    return str(json.loads(record.read_text())["url"])


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def workers_of(server: subprocess.Popen[str]) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return sorted(int(child) for child in children)


def is_watching(pid: int) -> bool:
    return b"--watch" in Path(f"/proc/{pid}/cmdline").read_bytes()


def wait_for_workers(server: subprocess.Popen[str], without: int) -> list[int]:
    until = time.monotonic() + PATIENCE_SECONDS
    while len(workers := [pid for pid in workers_of(server) if pid != without]) < 2:
        assert time.monotonic() < until, "no worker took the place of the one that was killed"
        time.sleep(0.05)
    return workers


@pytest.mark.slow
def test_two_processes_answer_count_together_and_a_dead_one_is_replaced(
    server: subprocess.Popen[str], record: Path
) -> None:
    address = address_of(server, record)
    first, second = workers_of(server)
    assert [is_watching(pid) for pid in (first, second)] == [True, False], "what must run once runs in the first"
    for _ in range(20):
        assert json.loads(get(f"{address}/health"))["status"] == "ok"
    os.kill(first, signal.SIGKILL)
    workers = wait_for_workers(server, first)
    assert second in workers
    assert [is_watching(pid) for pid in workers].count(True) == 1, "the new one has the task of the old one"
    for _ in range(20):
        assert json.loads(get(f"{address}/health"))["status"] == "ok"
    count = re.search(r'requests_total\{method="GET",route="/health",status="200"\} (\d+)', get(f"{address}/metrics"))
    assert count is not None
    # A request is counted after its answer: the last one of the killed process may not be.
    assert int(count[1]) in {39, 40}, "requests of both processes, and of the one that is gone"
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=PATIENCE_SECONDS)
    assert (server.returncode, out.count("Aura API")) == (130, 1)
    assert err.count("another one takes its place") == 1
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


@pytest.mark.slow
def test_workers_end_with_a_supervisor_that_is_killed(server: subprocess.Popen[str], record: Path) -> None:
    address_of(server, record)
    workers = workers_of(server)
    server.kill()
    server.communicate()
    until = time.monotonic() + PATIENCE_SECONDS
    while [pid for pid in workers if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
def test_workers_that_die_again_and_again_end_the_server_with_a_reason(
    server: subprocess.Popen[str], record: Path
) -> None:
    address_of(server, record)
    until = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < until:
        for pid in workers_of(server):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
    _, err = server.communicate(timeout=PATIENCE_SECONDS)
    assert server.returncode == 7
    assert "5 processes of the server ended within 60 s" in err


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_before_any_process_starts(server: subprocess.Popen[str], record: Path) -> None:
    port = address_of(server, record).rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "aura_api", "--port", port, "--workers", "2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert second.returncode == 7
    assert f"127.0.0.1:{port} cannot be listened on" in second.stderr
