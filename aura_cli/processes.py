"""Child processes in one terminal: started in order, watched, and ended together with their own children."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aura_core.errors import StoreUnavailable
from aura_core.visible_text import visible_lines

GRACE_SECONDS = 8.0
LAST_LINES = 15
"""Lines of its output that are shown when a server ends by itself."""

TICK_SECONDS = 0.1
MAX_RESTARTS = 3
"""How often a server that ends by itself is started again."""

STEADY_SECONDS = 600.0
"""A server that has run for so long may be restarted as often as a new one."""
_LEVEL = re.compile(r"^\S*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*? - (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) - ")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LOUD = ("WARNING", "ERROR", "CRITICAL")
_NOISE = ("No cursor for event type",)
"""Warnings that do not help a person: this one says that Dagster's event log is new."""


Say = Callable[[str, str], None]
"""Called with a child's name and one of its lines."""


class Child:
    """One server process in its own process group. All output goes to a log file, and important lines to ``say``.

    A line without a level belongs to the line before it. ``loud`` tells whether to show lines before the first level.
    """

    def __init__(self, name: str, log: Path, say: Say, *, loud: bool = False) -> None:
        self.name = name
        self.log = log
        self._say = say
        self._is_shown = loud
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self, module: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Run ``module`` as a program."""
        command = [sys.executable, "-m", "aura_cli.child", str(os.getpid()), module, *arguments]
        self._process = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C in the terminal ends this process, which ends its servers in order
        )
        self._reader = threading.Thread(target=self._read, name=f"log-{self.name}", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the process runs or before it starts."""
        return self._process.poll() if self._process is not None else None

    @property
    def last_lines(self) -> str:
        """The last lines of the output."""
        return "\n".join(self._last)

    def signal(self, number: int) -> None:
        """Send a signal to the process and to all processes that it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def end(self, grace: float = GRACE_SECONDS) -> None:
        """Wait ``grace`` seconds for the process to end after ``signal``, then kill the whole group."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        # Also when it has ended: processes that it started may still run.
        self.signal(signal.SIGKILL)
        self._process.wait()
        if self._reader is not None:
            self._reader.join(2.0)

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self.log.open("a", encoding="utf-8") as log:
            for line in self._process.stdout:
                log.write(visible_lines(_COLOURS.sub("", line)))
                log.flush()
                self._show(line.rstrip("\n"))
        self._process.stdout.close()

    def _show(self, line: str) -> None:
        text = visible_lines(_COLOURS.sub("", line))
        self._last.append(text)
        if level := _LEVEL.match(text):
            self._is_shown = level["level"] in _LOUD and not any(noise in text for noise in _NOISE)
        if self._is_shown and text.strip():
            self._say(self.name, text)


@dataclass(slots=True)
class Server:
    """A child that is kept running: how it is started, when it was last, and how often again."""

    child: Child
    start: Callable[[], Child]
    started_at: float
    restarts: int = 0

    @property
    def end(self) -> str:
        """How it ended, in words."""
        return f"The {self.child.name} server ended by itself (exit code {self.child.exit_code})"


class Children:
    """All child processes of one command. ``failures`` says why a server is not started again, by its name."""

    def __init__(self, logs: Path, env: Mapping[str, str], say: Say) -> None:
        self._logs = logs
        self._env = env
        self._say = say
        self._all: list[Server] = []
        self.failures: dict[str, StoreUnavailable] = {}

    def start(
        self,
        name: str,
        module: str,
        *arguments: str,
        loud: bool = False,
        prepare: Callable[[], None] = lambda: None,
    ) -> Child:
        """Start one more child process. ``prepare`` is called before each start, also when it is started again."""
        log = self._logs / f"{name}.log"
        log.unlink(missing_ok=True)

        def start() -> Child:
            prepare()
            child = Child(name, log, self._say, loud=loud)
            child.start(module, arguments, self._env)
            return child

        server = Server(start(), start, time.monotonic())
        self._all.append(server)
        return server.child

    def check(self) -> None:
        """Raise ``StoreUnavailable`` with the last lines of a server that has ended by itself."""
        for server in self._all:
            if server.child.exit_code is not None:
                raise _failure(server, f"{server.end}, so all servers were stopped")

    def keep_alive(self) -> None:
        """Start servers that have ended by themselves again, each at most three times. One that ends once more is added
        to ``failures``, with the reason.
        """
        for server in self._all:
            if server.child.exit_code is None or server.child.name in self.failures:
                continue
            if time.monotonic() - server.started_at > STEADY_SECONDS:
                server.restarts = 0
            if server.restarts >= MAX_RESTARTS:
                reason = f"{server.end} again, after {MAX_RESTARTS} restarts"
                self.failures[server.child.name] = _failure(server, reason)
                continue
            self._say("aura", f"{server.end}; it is started again")
            server.child.end(0.0)  # what it had started itself
            server.restarts += 1
            server.child, server.started_at = server.start(), time.monotonic()

    def wait(self, ready: Callable[[], bool], name: str, seconds: float) -> None:
        """Wait until ``ready()``. Raises ``StoreUnavailable`` when a server ends before, or after ``seconds``."""
        until = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise StoreUnavailable(
                    f"{name} did not start in {seconds:.0f} s.", remedy=f"The logs are in {self._logs}."
                )
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """End all, the last one first. Running syncs are interrupted and give their events back."""
        for server in reversed(self._all):
            server.child.signal(signal.SIGINT)
        for server in reversed(self._all):
            server.child.end()


def _failure(server: Server, reason: str) -> StoreUnavailable:
    last_lines = server.child.last_lines
    detail = f" Its last lines:\n{last_lines}" if last_lines.strip() else ""
    return StoreUnavailable(f"{reason}.{detail}", remedy=f"The whole log is {server.child.log}.")


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """Return ``preferred`` when nobody listens there, and otherwise a free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StoreUnavailable(f"No port of {host} is free.", remedy="End some programs.")
