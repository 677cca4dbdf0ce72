"""`aura dev`, as a person meets it: one terminal, two servers, a second start, a change, and an end that leaves
nothing running.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import PATIENCE_SECONDS, GitRepository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


class Terminal:
    """An `aura dev` in a terminal of its own: what it prints goes to a file beside the home."""

    def __init__(self, folder: Path, *arguments: str, env: Mapping[str, str]) -> None:
        self.output = Path(env["AURA_HOME"]).with_name(f"terminal-{time.monotonic_ns()}.txt")
        with self.output.open("w") as out:
            command = [sys.executable, "-m", "aura_cli", "dev", *arguments]
            self.process = subprocess.Popen(
                command, cwd=folder, env=dict(env), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < until, self.text
            time.sleep(0.1)

    def end(self, number: int) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it without a chance to clean up."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)


def servers(home: Path) -> list[str]:
    """Command lines of living processes that know this home."""
    commands = []
    for folder in Path("/proc").iterdir():
        try:
            environment = (folder / "environ").read_bytes() if folder.name.isdigit() else b""
            if (
                f"DAGSTER_HOME={home}/dagster".encode() in environment
                and "State:\tZ" not in (folder / "status").read_text()
            ):
                commands.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return commands


def have_ended(home: Path, seconds: float = PATIENCE_SECONDS) -> bool:
    until = time.monotonic() + seconds
    while (left := servers(home)) and time.monotonic() < until:
        time.sleep(0.2)
    return not left


def fetch(url: str, body: object = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(
        urllib.request.Request(url, data, {"Content-Type": "application/json"}), timeout=PATIENCE_SECONDS
    ) as answer:
        return json.load(answer)


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.fixture
def env(tmp_path: Path, busy: int) -> dict[str, str]:
    return {
        **os.environ,
        "AURA_HOME": str(tmp_path / "home"),
        "AURA_PORT": str(busy),
        "AURA_DAGSTER_PORT": "0",
        "PYTHONWARNINGS": "ignore",
    }


def test_once_indexes_answers_and_stops(tmp_path: Path, shop: GitRepository, env: dict[str, str]) -> None:
    (shop.path / "struct.py").write_text("raise SystemExit('a module of the repository was run')\n")
    terminal = Terminal(tmp_path, "--once", "--repo", str(shop.path), env=env)
    assert terminal.process.wait(PATIENCE_SECONDS) == 0, terminal.text
    for words in (
        "parse ",
        "graph ",
        "embed ",
        "snapshot ",
        "cluster ",
        "A sample question",
        "tokens",
        "Dagster UI",
        "/docs",
        "Stopped.",
    ):
        assert words in terminal.text
    assert f"(port {env['AURA_PORT']} is taken)" in terminal.text
    assert "How does total_price work, and what uses it?" in terminal.text
    seconds = [float(line[12:19]) for line in re.findall(r"^  \w+ +[\d.]+ s  .*$", terminal.text, re.MULTILINE)]
    (total,) = re.findall(r"^Indexed in ([\d.]+) s\.$", terminal.text, re.MULTILINE)
    assert len(seconds) == 6
    assert sum(seconds) == pytest.approx(float(total), abs=0.011)
    assert not (tmp_path / "home").exists()


def test_a_day_with_aura_dev(tmp_path: Path, shop: GitRepository, env: dict[str, str]) -> None:
    home = tmp_path / "home"
    first = Terminal(shop.path, env=env)
    try:
        first.wait_for("Ctrl-C stops everything")
        assert "Indexed in" in first.text
        state = json.loads((home / "run.json").read_text())
        assert state["pid"] == first.process.pid

        second = Terminal(tmp_path, env=env)
        assert second.process.wait(PATIENCE_SECONDS) == 0
        assert state["api"] in second.text
        assert state["dagster"] in second.text

        other = GitRepository(tmp_path / "other")
        other.commit({"other.py": "def other_thing():\n    pass\n"})
        third = Terminal(tmp_path, "--repo", str(other.path), env=env)
        assert third.process.wait(PATIENCE_SECONDS) == 0
        assert "Indexed in" in third.text
        assert "How does other_thing work, and what uses it?" in third.text

        _the_printed_commands_work(first.text)
        _a_change_is_brought_in(shop, state["api"])
    finally:
        first.kill()
    assert have_ended(home), servers(home)

    again = Terminal(shop.path, env=env)
    try:
        again.wait_for("Ctrl-C stops everything")
        assert "nothing to do" in again.text
        assert "Indexed in" not in again.text
        assert again.end(signal.SIGINT) == 0, again.text
    finally:
        again.kill()
    assert again.text.rstrip().endswith("Stopped.")
    assert servers(home) == []
    assert not (home / "run.json").exists()


def _the_printed_commands_work(text: str) -> None:
    """Pasted into another shell, in another folder."""
    lines = text.split("Three things to try in another shell:")[1].strip().splitlines()[:3]
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line.strip()],
            cwd="/",
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout.strip()
    assert re.search(r"AURA_HOME=\S+ " + re.escape(shlex.quote(str(Path(sys.executable).with_name("aura")))), lines[0])


def _a_change_is_brought_in(shop: GitRepository, api: str) -> None:
    new = shop.commit({"shop/refunds.py": "def refund_everything(order):\n    return order.total\n"})
    repos = fetch(f"{api}/api/v1/repos")
    repos = repos["repos"] if isinstance(repos, dict) else repos
    repo = next(repo["id"] for repo in repos if repo["origin"] == str(shop.path))
    fetch(f"{api}/api/v1/repos/{repo}/sync", {})
    until = time.monotonic() + PATIENCE_SECONDS
    while not (status := fetch(f"{api}/api/v1/repos/{repo}/status"))["current"]:
        assert time.monotonic() < until, status
        time.sleep(0.2)
    answer = fetch(
        f"{api}/api/v1/context", {"repo": repo, "task": "refund everything of an order", "max_tokens": 1_000}
    )
    assert answer["sha"] == new
    assert "refund_everything" in answer["text"]
    assert status["indexer_age_seconds"] < 60


def test_a_server_that_dies_is_started_again(tmp_path: Path, shop: GitRepository, env: dict[str, str]) -> None:
    home = tmp_path / "home"
    terminal = Terminal(shop.path, env=env)
    try:
        terminal.wait_for("Ctrl-C stops everything")
        old = _daemon(home)
        os.kill(old, signal.SIGKILL)
        terminal.wait_for("The daemon server ended by itself (exit code -9); it is started again")
        until = time.monotonic() + PATIENCE_SECONDS
        while _daemon(home) in (0, old):
            assert time.monotonic() < until, servers(home)
            time.sleep(0.1)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(PATIENCE_SECONDS) == 0, terminal.text
    finally:
        terminal.kill()
    assert have_ended(home), servers(home)


def _daemon(home: Path) -> int:
    """The process id of Dagster's daemon; 0 when it does not run."""
    processes = (folder for folder in Path("/proc").iterdir() if folder.name.isdigit())
    return next((int(process.name) for process in processes if _is(process, b"dagster._daemon", home)), 0)


def _is(process: Path, module: bytes, home: Path) -> bool:
    try:
        return (
            module in (process / "cmdline").read_bytes()
            and f"DAGSTER_HOME={home}/".encode() in (process / "environ").read_bytes()
        )
    except OSError:
        return False
