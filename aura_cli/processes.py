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
from pathlib import Path

from aura_core.errors import StoreUnavailable

GRACE_SECONDS = 8.0
LAST_LINES = 15
"""Lines of its output that are shown when a server ends by itself."""

TICK_SECONDS = 0.1
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
        with self.log.open("w", encoding="utf-8") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                self._show(line.rstrip("\n"))
        self._process.stdout.close()

    def _show(self, line: str) -> None:
        text = _COLOURS.sub("", line)
        self._last.append(text)
        if level := _LEVEL.match(text):
            self._is_shown = level["level"] in _LOUD and not any(noise in text for noise in _NOISE)
        if self._is_shown and text.strip():
            self._say(self.name, text)


class Children:
    """All child processes of one command."""

    def __init__(self, logs: Path, env: Mapping[str, str], say: Say) -> None:
        self._logs = logs
        self._env = env
        self._say = say
        self._all: list[Child] = []

    def start(self, name: str, module: str, *arguments: str, loud: bool = False) -> Child:
        """Start one more child process."""
        child = Child(name, self._logs / f"{name}.log", self._say, loud=loud)
        self._all.append(child)
        child.start(module, arguments, self._env)
        return child

    def check(self) -> None:
        """Raise ``StoreUnavailable`` with the last lines of a server that has ended by itself."""
        for child in self._all:
            if child.exit_code is not None:
                cause = f"The {child.name} server ended by itself (exit code {child.exit_code})"
                raise StoreUnavailable(
                    f"{cause}, so all servers were stopped. Its last lines:\n{child.last_lines}",
                    remedy=f"The whole log is {child.log}.",
                )

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
        for child in reversed(self._all):
            child.signal(signal.SIGINT)
        for child in reversed(self._all):
            child.end()


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
