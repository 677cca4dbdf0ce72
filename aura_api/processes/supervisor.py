"""Several processes that answer on one socket, and their supervisor, which restarts what dies and ends all."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import mark_process_dead

from aura_api.metrics import SHARED_FOLDER
from aura_core.errors import StoreUnavailable
from aura_core.settings import Settings

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it."""

START_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 6.0
"""How long a worker may take to end before it is killed; it gives its answers 3 s."""

TICK_SECONDS: Final = 0.1
MAX_DEATHS: Final = 5
DEATHS_SECONDS: Final = 60.0
"""With more deaths in this time the server ends: something is wrong that a restart does not mend."""


class Worker:
    """One process of the server. It writes a byte into its pipe when it answers requests."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], listener: socket.socket) -> None:
        self._ready, written = os.pipe()
        self._process = subprocess.Popen(
            [*command, "--listener", str(listener.fileno()), "--ready", str(written)],
            env=dict(env),
            pass_fds=(listener.fileno(), written),
            start_new_session=True,  # Ctrl-C in the terminal ends the supervisor, which ends its workers
        )
        os.close(written)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the process runs."""
        return self._process.poll()

    def is_ready(self, seconds: float) -> bool:
        """Wait at most so long and return whether the worker answers requests."""
        readable, _, _ = select.select([self._ready], [], [], seconds)
        return bool(readable) and os.read(self._ready, 1) != b""

    def terminate(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def end(self, seconds: float) -> None:
        """Wait for the end of the process, and kill it after so long."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._ready)


class Supervisor:
    """Runs ``settings.server_workers`` workers on one listening socket. The first one alone watches checkouts, with
    ``watch``: what must run once runs there, also after a restart.
    """

    def __init__(self, settings: Settings, listener: socket.socket, *, watch: bool) -> None:
        self._settings = settings
        self._listener = listener
        self._watch = watch
        self._workers: list[Worker] = []
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._signals: list[int] = []

    def run(self, announce: Callable[[], None]) -> int:
        """Serve until SIGTERM or SIGINT; call ``announce`` when all workers answer. Returns the exit code.

        Raises ``StoreUnavailable`` when a worker does not start, or when workers die again and again.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda caught, _frame: self._signals.append(caught))
        with tempfile.TemporaryDirectory(prefix="aura-metrics-") as folder:
            try:
                self._workers += [self._start(number, Path(folder)) for number in range(self._settings.server_workers)]
                if self._are_ready():
                    announce()
                while not self._signals:
                    self._replace_dead(Path(folder))
                    time.sleep(TICK_SECONDS)
            finally:
                self._stop()
        return INTERRUPTED if signal.SIGINT in self._signals else 0

    def _start(self, number: int, folder: Path) -> Worker:
        command = [sys.executable, "-m", "aura_api", "--host", self._settings.host, "--port", str(self._settings.port)]
        command += ["--workers", str(self._settings.server_workers), "--exit-with-parent"]
        if self._watch and number == 0:
            command.append("--watch")
        # PYTHONSAFEPATH: no module comes from the current folder, which may be anybody's repository.
        environment = {**os.environ, SHARED_FOLDER: str(folder), "PYTHONSAFEPATH": "1"}
        return Worker(command, environment, self._listener)

    def _are_ready(self) -> bool:
        """Wait until all workers answer; False when a signal came first."""
        deadline = time.monotonic() + START_SECONDS
        for worker in self._workers:
            while not worker.is_ready(TICK_SECONDS):
                if self._signals:
                    return False
                if worker.exit_code is not None or time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"A process of the server did not start (exit code {worker.exit_code}).",
                        remedy="Its output says why; `aura doctor` says more.",
                    )
        return True

    def _replace_dead(self, folder: Path) -> None:
        for number, worker in enumerate(self._workers):
            if worker.exit_code is None:
                continue
            now = time.monotonic()
            self._deaths.append(now)
            if len(self._deaths) == MAX_DEATHS and now - self._deaths[0] < DEATHS_SECONDS:
                raise StoreUnavailable(
                    f"{MAX_DEATHS} processes of the server ended within {DEATHS_SECONDS:.0f} s, the last with exit "
                    f"code {worker.exit_code}.",
                    remedy="Their output says why; `aura doctor` says more.",
                )
            sys.stderr.write(f"aura: process {worker.pid} ended ({worker.exit_code}); another one takes its place\n")
            mark_process_dead(worker.pid, str(folder))  # type: ignore[no-untyped-call]
            worker.end(0.0)
            self._workers[number] = self._start(number, folder)

    def _stop(self) -> None:
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for worker in self._workers:
            worker.end(deadline - time.monotonic())
