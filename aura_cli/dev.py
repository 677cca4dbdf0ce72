"""``aura dev``: the API and the pipelines together on one home, in one terminal, until Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aura_cli.home import RUN_FILE, Running, running
from aura_cli.options import REPO_HELP
from aura_cli.output import say, speak_at_once
from aura_cli.processes import Children, free_port
from aura_cli.session import named, registered
from aura_core.errors import AuraError, StoreUnavailable

if TYPE_CHECKING:
    from aura_core.model.repository import Repository
    from aura_core.service import Aura
    from aura_core.settings import Settings

LOCK_FILE = "dev.lock"
START_SECONDS = 120.0
QUEUE_SECONDS = 0.3
QUESTION = "Where does the program start, and what are its main parts?"
SAMPLE_TOKENS = 2_000
SHOWN_LINES = 14
_WORKSPACE = (
    "load_from:\n  - grpc_server:\n      host: localhost\n      socket: {socket}\n      location_name: {location}\n"
)


def dev(
    repo: Annotated[str, typer.Option("--repo", metavar="PATH|URL|ID", help=REPO_HELP, show_default=False)] = "",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65_535,
            metavar="N",
            help="Port of the API. Default: AURA_PORT, 8321.",
            show_default=False,
        ),
    ] = None,
    dagster_port: Annotated[
        int | None,
        typer.Option(
            "--dagster-port",
            min=0,
            max=65_535,
            metavar="N",
            help="Port of the Dagster UI. Default: AURA_DAGSTER_PORT, 8322.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="In a temporary home: index, answer one question, stop everything.")
    ] = False,
) -> None:
    """Run the API and Dagster until Ctrl-C.

    Registers a repository, indexes it through the Dagster job and asks a sample question; then follows changes.
    """
    _need_dagster()
    speak_at_once()
    with ExitStack() as stack:
        if once:
            stack.enter_context(_own_home())
        from aura_core.settings import Settings
        from aura_core.wiring import make_home

        wanted: dict[str, Any] = {"port": port, "dagster_port": dagster_port}
        settings = Settings(**{name: value for name, value in wanted.items() if value is not None})
        make_home(settings)
        lock = stack.enter_context((settings.home / LOCK_FILE).open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _point_to_the_first(settings.home)
            return
        _Dev(settings, stack).run(named(repo), once=once)


@dataclass(frozen=True, slots=True)
class _Servers:
    api: str
    dagster: str


class _Dev:
    """One ``aura dev`` that holds the lock of its home."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.settings = settings
        self.home = settings.home
        self.stack = stack
        self.children = Children(self.home / "logs", _environment(settings), self.line)
        self.stopping = False

    def run(self, text: str, *, once: bool) -> None:
        """Start, index, ask; serve until a signal unless ``once``."""
        serving = False
        try:
            with _signals_interrupt():
                self.stack.callback(self._stop)
                servers = self._start()
                aura, repository = self._repository(text)
                if self._index(aura, repository, servers, patient=not once):
                    self._ask(repository, servers)
                self._closing_words(repository, servers, once=once)
                if once:
                    return
                serving = True
                self._serve(aura, servers)
        except KeyboardInterrupt:
            if not serving:
                raise
            say("")

    # ---- the servers

    def _start(self) -> _Servers:
        from aura_pipelines import dagster_client

        folder = _dagster_home(self.home)
        sockets = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-")))
        socket, workspace, record = sockets / "code", folder / "workspace.yaml", sockets / "api.json"
        workspace.write_text(_WORKSPACE.format(socket=socket, location=dagster_client.LOCATION))
        api, dagster = self._port("API", self.settings.port), self._port("Dagster UI", self.settings.dagster_port)
        say(f"Starting on {self.home} …")
        code = [
            "api",
            "grpc",
            "--module-name",
            "aura_pipelines.definitions",
            "--socket",
            str(socket),
            "--location-name",
            dagster_client.LOCATION,
        ]
        self.children.start("code", "dagster", *code, "--log-level", "warning", "--empty-working-directory")
        self.children.start("api", "aura_api", "--port", str(api), "--record", str(record), "--watch", loud=False)
        self.children.wait(socket.exists, "The code server", START_SECONDS)
        self.children.start("daemon", "dagster._daemon", "run", "--workspace", str(workspace), "--log-level", "warning")
        web = [
            "--host",
            "127.0.0.1",
            "--port",
            str(dagster),
            "--workspace",
            str(workspace),
            "--dagster-log-level",
            "warning",
        ]
        self.children.start("dagster", "dagster_webserver", *web)
        url = f"http://127.0.0.1:{dagster}"
        self.children.wait(record.exists, "The API", START_SECONDS)
        self.children.wait(lambda: dagster_client.ready(url), "Dagster", START_SECONDS)
        servers = _Servers(json.loads(record.read_text())["url"], url)
        _write_run_file(self.home, servers)
        return servers

    def _port(self, what: str, wanted: int) -> int:
        port = free_port(wanted)
        if wanted not in (0, port):
            say(f"Port {wanted} is taken; the {what} uses {port} instead.")
        return port

    def _stop(self) -> None:
        say("Stopping …")
        _remove_run_file(self.home)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self.children.stop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        say("Stopped.")

    # ---- the repository

    def _repository(self, text: str) -> tuple[Aura, Repository]:
        from aura_core.service import Aura
        from aura_core.wiring import open_stores

        stores = open_stores(self.settings)
        self.stack.callback(stores.close)
        aura = Aura(stores)
        return aura, registered(aura, text)

    def _index(self, aura: Aura, repository: Repository, servers: _Servers, *, patient: bool) -> bool:
        """Whether the repository is indexed now. A run that fails is said, and tried again by the pipelines; an error
        when not ``patient``.
        """
        from aura_cli.run_follow import follow
        from aura_pipelines import dagster_client

        if aura.status(repository.id).current:
            say(f"{repository.id} is indexed already: nothing to do.")
            return True
        say(f"Indexing {repository.origin} as {repository.id}:")
        started = time.monotonic()
        aura.sync(repository.id, source="dev")
        run = dagster_client.launch(servers.dagster, repository.id)
        how = follow(self.home, servers.dagster, run, lambda text: say(f"  {text}"), self.children.check)
        if how == "SUCCESS" and not aura.stores.catalog.publisher.refs(repository.id):
            say("There is no commit to index yet; the first one is brought in when it comes.")
            return False
        if how == "SUCCESS":
            say(f"Indexed in {time.monotonic() - started:.1f} s.")
            return True
        last = aura.stores.catalog.publisher.last_run(repository.id)
        why = (last.message if last is not None else "") or "its process was ended, or it never began"
        error = f"The run {run[:8]} ended as {how}: {why}."
        logs = self.home / "logs" / "runs"
        if not patient:
            raise StoreUnavailable(error, remedy=f"`aura index` says more, as do the files under {logs}.")
        say(f"{error} It is tried again; the UI and the files under {logs} say more.")
        return False

    def _ask(self, repository: Repository, servers: _Servers) -> None:
        from aura_cli.server_client import ask

        server = Running(servers.api, servers.dagster, os.getpid(), self.home / "token")
        say(f'\nA sample question: "{QUESTION}" in {SAMPLE_TOKENS:,} tokens')
        try:
            answer = ask(server, "context", {"repo": repository.id, "task": QUESTION, "max_tokens": SAMPLE_TOKENS})
        except AuraError as error:
            say(f"  it was not answered: {error}")
            return
        if answer is None:
            say(f"  it was not answered; see {self.home / 'logs' / 'api.log'}")
            return
        for line in answer["text"].splitlines()[:SHOWN_LINES]:
            say(f"  │ {line}")
        say(f"  └ {answer['tokens']:,} tokens, {len(answer['items'])} symbols, commit {answer['sha'][:12]}")

    def _closing_words(self, repository: Repository, servers: _Servers, *, once: bool) -> None:
        say(f"\nDagster UI   {servers.dagster}")
        say(f"API docs     {servers.api}/docs")
        if not once:
            say("\nThree things to try in another shell:")
            at = shlex.quote(repository.origin)
            say(f"  {_command()} context {shlex.quote(QUESTION)} --repo {at} --budget 4000")
            say(f"  {_over_http(servers.api, repository.id) or f'{_command()} search main --repo {at}'}")
            say(f"  {_command()} mcp --print-config")
            say("\nCtrl-C stops everything; changes are followed until then.")

    def _serve(self, aura: Aura, servers: _Servers) -> None:
        from aura_cli.run_follow import Poker

        poker = Poker(aura.stores, servers.dagster, lambda text: self.line("aura", text))
        while True:
            self.children.check()
            poker.tick()
            time.sleep(QUEUE_SECONDS)

    def line(self, name: str, text: str) -> None:
        """One line of one server's output."""
        say(f"{name:8}│ {text}")


def _need_dagster() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("dagster", "dagster_webserver")):
        raise StoreUnavailable(
            "Dagster is not installed.",
            remedy="Install it: pip install 'aura[dagster]'; `aura serve` runs the API alone.",
        )


@contextmanager
def _own_home() -> Iterator[None]:
    """A temporary home, whatever the variables say about stores."""
    before = {name: os.environ.pop(name, None) for name in ("AURA_HOME", "AURA_CACHE", "AURA_DATABASE_URL")}
    with tempfile.TemporaryDirectory(prefix="aura-once-", ignore_cleanup_errors=True) as folder:
        os.environ["AURA_HOME"] = os.path.join(folder, "home")
        try:
            yield
        finally:
            del os.environ["AURA_HOME"]
            os.environ.update({name: value for name, value in before.items() if value is not None})


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal end us as Ctrl-C does, also where a shell started us with Ctrl-C ignored."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


def _environment(settings: Settings) -> Mapping[str, str]:
    """What the servers get: our variables and Dagster's, and no module from the folder they stand in, which may be
    anybody's repository.
    """
    ours = {
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "PYTHONUNBUFFERED": "1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONSAFEPATH": "1",
    }
    return {"PYTHONWARNINGS": "ignore", **os.environ, **ours}


def _dagster_home(home: Path) -> Path:
    """Dagster's folder in the home, with our settings in it."""
    folder = home / "dagster"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = files("aura_pipelines").joinpath("dagster.yaml").read_text()
    (folder / "dagster.yaml").write_text(settings)
    return folder


def _point_to_the_first(home: Path) -> None:
    """Print the addresses of the ``aura dev`` that has this home, waiting for one that is just starting."""
    until = time.monotonic() + START_SECONDS
    while (first := running(home)) is None or first.dagster is None:
        if time.monotonic() > until:
            raise StoreUnavailable(f"Another `aura dev` is starting on {home}.", remedy="Wait for it, or end it.")
        time.sleep(QUEUE_SECONDS)
    say(f"`aura dev` runs already on {home} (process {first.pid}).")
    say(f"Dagster UI   {first.dagster}")
    say(f"API docs     {first.api}/docs")


def _write_run_file(home: Path, servers: _Servers) -> None:
    state = {
        "api": servers.api,
        "dagster": servers.dagster,
        "pid": os.getpid(),
        "token_file": str(home / "token"),
        "started_at": time.time(),
    }
    made = home / f".{RUN_FILE}.{os.getpid()}"
    made.write_text(json.dumps(state))
    made.chmod(0o600)
    made.replace(home / RUN_FILE)


def _remove_run_file(home: Path) -> None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads((home / RUN_FILE).read_bytes())["pid"] == os.getpid():
            (home / RUN_FILE).unlink()


def _over_http(api: str, repo: str) -> str:
    """How to ask the API from another shell, past a proxy where there is one; "" when this machine has no ``curl``."""
    from urllib.request import getproxies, proxy_bypass

    if shutil.which("curl") is None:
        return ""
    past = "" if "http" not in getproxies() or proxy_bypass("127.0.0.1") else " --noproxy '*'"
    body = json.dumps({"repo": repo, "task": QUESTION, "max_tokens": SAMPLE_TOKENS})
    return f"curl -s{past} {api}/api/v1/context -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _command() -> str:
    """How to call ``aura`` from another shell: by a path when the shell would not find this one, with the home when it
    is not the default.
    """
    here = Path(sys.executable).with_name("aura")
    found = shutil.which("aura")
    name = (
        "aura"
        if found and Path(found) == here
        else shlex.quote(str(here))
        if here.exists()
        else f"{shlex.quote(sys.executable)} -m aura_cli"
    )
    home = os.environ.get("AURA_HOME")
    return f"AURA_HOME={shlex.quote(os.path.abspath(home))} {name}" if home else name
