"""The four servers of ``aura dev``: Dagster's code server, daemon and UI, and the API, and signals."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aura_cli.home import forget_server, record_server
from aura_cli.output import say
from aura_cli.processes import Children, free_port
from aura_core.errors import StoreUnavailable

if TYPE_CHECKING:
    from aura_core.settings import Settings

START_SECONDS = 120.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WORKSPACE = (
    "load_from:\n  - grpc_server:\n      host: localhost\n      socket: {socket}\n      location_name: {location}\n"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the API and of the Dagster UI."""

    api: str
    dagster: str


class DevServers:
    """Starts the servers on one home, watches them and stops them. ``show_line`` is called with a name and a line."""

    def __init__(self, settings: Settings, show_line: Callable[[str, str], None]) -> None:
        self._settings = settings
        self._home = settings.home
        self.children = Children(self._home / "logs", _environment(settings), show_line)

    def start(self, stack: ExitStack) -> Addresses:
        """Start all servers and wait until they answer. ``stack`` deletes their sockets at the end.

        Raises ``StoreUnavailable`` when one of them ends or does not answer in time.
        """
        from aura_pipelines import dagster_client

        folder = _dagster_home(self._home)
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-")))
        socket, workspace, record = sockets / "code", folder / "workspace.yaml", sockets / "api.json"
        workspace.write_text(_WORKSPACE.format(socket=socket, location=dagster_client.LOCATION))
        api_port, dagster_port = free_port(self._settings.port), free_port(self._settings.dagster_port)
        say(f"Starting Aura's servers on {self._home}; this takes some seconds:")
        ready = Ready()
        quiet = ("--log-level", "warning")
        module = ("--module-name", "aura_pipelines.definitions", "--location-name", dagster_client.LOCATION)
        start = self.children.start
        start(
            "code",
            "dagster",
            "api",
            "grpc",
            *module,
            "--socket",
            str(socket),
            *quiet,
            "--empty-working-directory",
            prepare=lambda: socket.unlink(missing_ok=True),
        )
        start("api", "aura_api", "--port", str(api_port), "--record", str(record), "--watch", loud=False)
        # The daemon and the UI load our definitions from the code server's socket, so they start after it.
        self.children.wait(socket.exists, "The code server", START_SECONDS)
        ready.say("Dagster's code server")
        start("daemon", "dagster._daemon", "run", "--workspace", str(workspace), *quiet)
        place = ("--host", "127.0.0.1", "--port", str(dagster_port), "--workspace", str(workspace))
        start("dagster", "aura_cli.dagster_ui", *place, "--dagster-log-level", "warning")
        dagster = f"http://127.0.0.1:{dagster_port}"
        self.children.wait(record.exists, "The API", START_SECONDS)
        addresses = Addresses(json.loads(record.read_text())["url"], dagster)
        ready.say("the API", addresses.api, self._settings.port)
        # Another home's UI may have taken the port since it was free: only ours knows this socket.
        self.children.wait(lambda: dagster_client.ready(dagster, str(socket)), "Dagster", START_SECONDS)
        if not dagster_client.refuses_strangers(dagster):
            raise StoreUnavailable(
                "Dagster's web server answers pages of other sites, so all servers were stopped.",
                remedy="Install the version of dagster-webserver that constraints.txt names.",
            )
        ready.say("Dagster's UI", dagster, self._settings.dagster_port)
        record_server(self._home, addresses.api, addresses.dagster)
        return addresses

    def keep_alive(self) -> None:
        """Start servers that have ended again. Raises ``StoreUnavailable`` when one ends too often."""
        self.children.keep_alive()
        for failure in self.children.failures.values():
            raise failure

    def has_pipelines(self) -> bool:
        """Start servers that have ended again, and return whether those of Dagster run. The reason is said once when
        one of them ends too often: the API goes on alone. Raises ``StoreUnavailable`` when the API does.
        """
        had_failed = bool(self.children.failures)
        self.children.keep_alive()
        failures = self.children.failures
        if "api" in failures:
            raise failures["api"]
        if failures and not had_failed:
            say(str(next(iter(failures.values()))))
            say("The API goes on without Dagster. Start `aura dev` again to index changes.")
        return not failures

    def stop(self) -> None:
        """Stop all servers. Further signals are ignored meanwhile."""
        say("Stopping …")
        forget_server(self._home)
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.children.stop()
        for number in STOP_SIGNALS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        say("Stopped.")


def interrupt_on_signals() -> None:
    """Let SIGTERM and a closed terminal act like Ctrl-C, also where a shell started this process without Ctrl-C."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)


class Ready:
    """Says which servers answer, and after how many seconds. An address is said when it is bound, not before."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def say(self, server: str, address: str = "", port: int = 0) -> None:
        """Say that a server answers, and why it is not at the ``port`` of the settings when it is elsewhere."""
        place = f" at {address}" if address else ""
        reason = f" (port {port} is taken)" if port and not address.endswith(f":{port}") else ""
        say(f"  {time.monotonic() - self._start:4.1f} s  {server} answers{place}{reason}")


def _environment(settings: Settings) -> Mapping[str, str]:
    """Return the servers' environment: our variables and Dagster's. PYTHONSAFEPATH keeps Python from importing modules
    of the current folder, which may be anybody's repository.
    """
    ours = {
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "PYTHONUNBUFFERED": "1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONSAFEPATH": "1",
    }
    return {"PYTHONWARNINGS": "ignore", **os.environ, **ours}


def _dagster_home(home: Path) -> Path:
    """Return Dagster's folder in the home, with our settings in it."""
    folder = home / "dagster"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "dagster.yaml").write_text(files("aura_pipelines").joinpath("dagster.yaml").read_text())
    return folder
