"""Children of `aura dev`: seen, ended with all that they started, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aura_cli.dev_servers import DevServers
from aura_cli.processes import Child, Children, free_port
from aura_core.errors import StoreUnavailable
from aura_core.settings import Settings
from tests.support import PATIENCE_SECONDS

SERVER = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
if "stubborn" in sys.argv:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "server_of_test.py").write_text(SERVER)
    return {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"}


def wait_for(condition: object, seconds: float = PATIENCE_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)


def grandchild(log: Path) -> int:
    wait_for(lambda: log.exists() and "ready" in log.read_text())
    return int(log.read_text().split()[1])


def lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("how", ["polite", "stubborn"])
def test_nothing_of_a_child_is_left(how: str, tmp_path: Path, env: dict[str, str]) -> None:
    child = Child("one", tmp_path / "one.log", lambda _name, _line: None)
    child.start("server_of_test", [how], env)
    pid = grandchild(tmp_path / "one.log")
    assert lives(pid)
    child.signal(signal.SIGINT)
    child.end(grace=1.0)
    assert child.exit_code is not None
    wait_for(lambda: not lives(pid))


@pytest.mark.slow
def test_children_end_when_their_parent_is_killed(tmp_path: Path, env: dict[str, str]) -> None:
    code = "import os, sys, time; from pathlib import Path; from aura_cli.processes import Child; "
    code += "c = Child('one', Path(sys.argv[1]), print); "
    code += "c.start('server_of_test', ['stubborn'], os.environ); time.sleep(600)"
    log = tmp_path / "one.log"
    parent = subprocess.Popen([sys.executable, "-c", code, str(log)], env=env, stdout=subprocess.DEVNULL)
    pid = grandchild(log)
    parent.kill()
    parent.wait()
    wait_for(lambda: not lives(pid))


def test_a_child_that_ends_by_itself_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "dies_of_test.py").write_text("raise SystemExit('I cannot go on')\n")
    children = Children(tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)}, lambda _name, _line: None)
    children.start("one", "dies_of_test")
    with pytest.raises(StoreUnavailable, match=r"(?s)one server ended by itself \(exit code 1\).*I cannot go on"):
        children.wait(lambda: False, "The server", PATIENCE_SECONDS)
    children.stop()


@pytest.fixture
def dying(tmp_path: Path) -> Children:
    """One server that ends by itself again and again."""
    (tmp_path / "dies_of_test.py").write_text("raise SystemExit('I cannot go on')\n")
    children = Children(tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)}, lambda _name, _line: None)
    children.start("dagster", "dies_of_test")
    return children


def test_a_server_that_ends_by_itself_is_started_again_three_times_and_then_the_reason_is_said(
    dying: Children, tmp_path: Path
) -> None:
    def gives_up() -> bool:
        dying.keep_alive()
        return bool(dying.failures)

    wait_for(gives_up)
    dying.stop()
    (failure,) = dying.failures.values()
    assert "again, after 3 restarts" in failure.message
    assert "I cannot go on" in failure.message
    assert failure.exit_code == 7
    assert (tmp_path / "dagster.log").read_text().count("I cannot go on") == 4


def test_a_server_that_is_killed_runs_again(tmp_path: Path, env: dict[str, str]) -> None:
    lines: list[str] = []
    prepared: list[int] = []
    children = Children(tmp_path, env, lambda _name, line: lines.append(line))
    first = children.start("one", "server_of_test", prepare=lambda: prepared.append(1))
    old = grandchild(tmp_path / "one.log")
    first.signal(signal.SIGKILL)
    wait_for(lambda: first.exit_code is not None)
    children.keep_alive()
    wait_for(lambda: (tmp_path / "one.log").read_text().count("ready") == 2)
    assert len(prepared) == 2
    assert not lives(old)
    assert not children.failures
    assert [line for line in lines if "it is started again" in line]
    children.stop()


def test_the_api_goes_on_without_dagster_and_ends_with_the_reason_when_it_fails_itself(
    dying: Children, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = DevServers(settings, lambda _name, _line: None)
    servers.children = dying
    wait_for(lambda: not servers.has_pipelines())
    assert not servers.has_pipelines()
    assert capsys.readouterr().out.count("The API goes on without Dagster") == 1
    with pytest.raises(StoreUnavailable):
        servers.keep_alive()
    dying.failures["api"] = dying.failures.pop("dagster")
    with pytest.raises(StoreUnavailable, match="after 3 restarts"):
        servers.has_pipelines()
    dying.stop()


def test_only_warnings_and_what_belongs_to_them_are_shown(tmp_path: Path) -> None:
    lines = [
        "2026-01-01 00:00:00 +0000 - dagster - INFO - a tick",
        "2026-01-01 00:00:00 +0000 - dagster - ERROR - it broke",
        "Traceback (most recent call last):",
        "2026-01-01 00:00:00 +0000 - dagster - DEBUG - another tick",
    ]
    (tmp_path / "speaks_of_test.py").write_text("".join(f"print({line!r}, flush=True)\n" for line in lines))
    shown: list[str] = []
    child = Child("one", tmp_path / "one.log", lambda _name, line: shown.append(line))
    child.start("speaks_of_test", [], {**os.environ, "PYTHONPATH": str(tmp_path)})
    child.end(grace=PATIENCE_SECONDS)
    assert shown == lines[1:3]
    assert (tmp_path / "one.log").read_text().splitlines() == lines


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        assert free_port(port) not in (0, port)
    assert free_port(port) == port
