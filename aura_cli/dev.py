"""``aura dev``: the API and the pipelines together on one home, in one terminal, until Ctrl-C."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aura_cli.dev_servers import START_SECONDS, Addresses, DevServers, interrupt_on_signals
from aura_cli.first_index import SAMPLE_TOKENS, FirstIndex, require_readable
from aura_cli.home import running_server
from aura_cli.options import REPO_HELP
from aura_cli.output import flush_every_line, say
from aura_cli.sample_question import ANY_REPOSITORY
from aura_cli.session import repository_text
from aura_core.errors import StoreUnavailable
from aura_core.files import locked

if TYPE_CHECKING:
    from aura_core.model.repository import Repository
    from aura_core.service import Aura
    from aura_core.settings import Settings

LOCK_FILE = "dev.lock"
QUEUE_SECONDS = 0.3
"""How often the event queue is checked."""


def _port_option(name: str, server: str, default: str) -> typer.models.OptionInfo:
    text = f"Port of the {server}. Default: {default}."
    option: typer.models.OptionInfo = typer.Option(name, min=0, max=65_535, metavar="N", help=text, show_default=False)
    return option


def dev(
    repo: Annotated[str, typer.Option("--repo", metavar="PATH|URL|ID", help=REPO_HELP, show_default=False)] = "",
    port: Annotated[int | None, _port_option("--port", "API", "AURA_PORT, 8321")] = None,
    dagster_port: Annotated[int | None, _port_option("--dagster-port", "Dagster UI", "AURA_DAGSTER_PORT, 8322")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="In a temporary home: index, answer one question, stop everything.")
    ] = False,
) -> None:
    """Run the API and Dagster until Ctrl-C.

    Registers a repository, indexes it through the Dagster job and asks a sample question; then follows changes.
    """
    _require_dagster()
    flush_every_line()
    with ExitStack() as stack:
        if once:
            stack.enter_context(_temporary_home())
        from aura_core.settings import Settings
        from aura_core.wiring import make_home

        ports = {"port": port, "dagster_port": dagster_port}
        settings = Settings(**{name: number for name, number in ports.items() if number is not None})  # type: ignore[arg-type]
        make_home(settings)
        try:
            stack.enter_context(locked(settings.home / LOCK_FILE, seconds=0))
        except TimeoutError:
            _use_first_instance(settings, stack, repo)
            return
        _Dev(settings, stack).run(repository_text(repo), once=once)


class _Dev:
    """One ``aura dev`` that holds the lock of its home."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self._settings = settings
        self._home = settings.home
        self._stack = stack
        self._servers = DevServers(settings, _show_line)

    def run(self, text: str, *, once: bool) -> None:
        """Start the servers, index the repository, ask a question; then serve until a signal unless ``once``."""
        is_serving = False
        try:
            interrupt_on_signals()
            aura, repository = _open_repository(self._settings, self._stack, text)
            self._stack.callback(self._servers.stop)
            addresses = self._servers.start(self._stack)
            first = FirstIndex(self._settings, aura, repository, addresses, self._servers.keep_alive)
            _index_and_ask(first, retry=not once)
            if once:
                return
            say("\nCtrl-C stops everything; changes are followed until then.")
            is_serving = True
            self._serve(aura, addresses)
        except KeyboardInterrupt:
            if not is_serving:
                raise
            say("")
            for failure in self._servers.children.failures.values():  # what was said when it happened
                raise typer.Exit(failure.exit_code) from None

    def _serve(self, aura: Aura, addresses: Addresses) -> None:
        from aura_cli.run_follow import RunLauncher

        launcher = RunLauncher(aura.stores, addresses.dagster, lambda text: _show_line("aura", text))
        while True:
            if self._servers.has_pipelines():
                launcher.tick()
            time.sleep(QUEUE_SECONDS)


def _open_repository(settings: Settings, stack: ExitStack, text: str) -> tuple[Aura, Repository]:
    """Open the stores and return the repository that the text names. Raises what keeps it from being read."""
    from aura_core.service import Aura
    from aura_core.wiring import open_stores

    stores = open_stores(settings)
    stack.callback(stores.close)
    aura = Aura(stores)
    return aura, require_readable(aura, text)


def _index_and_ask(first: FirstIndex, *, retry: bool) -> None:
    question = ANY_REPOSITORY
    if first.index(retry=retry):
        question = first.question()
        first.ask(question)
    _show_closing_words(first.repository, first.addresses, question, is_short=not retry)


def _show_line(server: str, text: str) -> None:
    """Print one line of one server's output."""
    say(f"{server:8}│ {text}")


def _require_dagster() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("dagster", "dagster_webserver")):
        raise StoreUnavailable(
            "Dagster is not installed.",
            remedy="Install it: pip install 'aura[dagster]'; `aura serve` runs the API alone.",
        )


@contextmanager
def _temporary_home() -> Iterator[None]:
    """Use a temporary home, whatever the variables say about stores."""
    before = {name: os.environ.pop(name, None) for name in ("AURA_HOME", "AURA_CACHE", "AURA_DATABASE_URL")}
    with tempfile.TemporaryDirectory(prefix="aura-once-", ignore_cleanup_errors=True) as folder:
        os.environ["AURA_HOME"] = os.path.join(folder, "home")
        try:
            yield
        finally:
            del os.environ["AURA_HOME"]
            os.environ.update({name: value for name, value in before.items() if value is not None})


def _use_first_instance(settings: Settings, stack: ExitStack, text: str) -> None:
    """Print the addresses of the ``aura dev`` that runs on this home, and index a repository through it when ``text``
    names one. Waits for one that is just starting.
    """
    deadline = time.monotonic() + START_SECONDS
    while (first := running_server(settings.home)) is None or first.dagster is None:
        if time.monotonic() > deadline:
            raise StoreUnavailable(
                f"Another `aura dev` is starting on {settings.home}.", remedy="Wait for it, or end it."
            )
        time.sleep(QUEUE_SECONDS)
    say(f"`aura dev` runs already on {settings.home} (process {first.pid}).")
    addresses = Addresses(first.api, first.dagster)
    if not text:
        _show_addresses(addresses)
        return

    def check() -> None:
        if running_server(settings.home) is None:
            raise StoreUnavailable("The running `aura dev` has ended.", remedy="Start it again.")

    aura, repository = _open_repository(settings, stack, repository_text(text))
    _index_and_ask(FirstIndex(settings, aura, repository, addresses, check), retry=True)


def _show_addresses(addresses: Addresses) -> None:
    say(f"\nDagster UI   {addresses.dagster}")
    say(f"API docs     {addresses.api}/docs")


def _show_closing_words(repository: Repository, addresses: Addresses, question: str, *, is_short: bool) -> None:
    _show_addresses(addresses)
    if is_short:
        return
    origin = shlex.quote(repository.origin)
    say("\nThree things to try in another shell:")
    say(f"  {_aura_command()} context {shlex.quote(question)} --repo {origin} --budget 4000")
    curl = curl_command(addresses.api, repository.id, question)
    say(f"  {curl or f'{_aura_command()} search main --repo {origin}'}")
    say(f"  {_aura_command()} mcp --print-config")


def curl_command(api: str, repo: str, question: str) -> str:
    """Return a command that asks the API, without a proxy where one is set; "" when this machine has no ``curl``."""
    from urllib.request import getproxies, proxy_bypass

    if shutil.which("curl") is None:
        return ""
    bypass = "" if "http" not in getproxies() or proxy_bypass("127.0.0.1") else " --noproxy '*'"
    body = json.dumps({"repo": repo, "task": question, "max_tokens": SAMPLE_TOKENS})
    return f"curl -s{bypass} {api}/api/v1/context -H 'Content-Type: application/json' -d {shlex.quote(body)}"


def _aura_command() -> str:
    """Return how another shell calls this ``aura``: by a path when its PATH has another one or none, and with the home
    when it is not the default.
    """
    script = Path(sys.executable).with_name("aura")
    on_path = shutil.which("aura")
    if on_path and Path(on_path) == script:
        name = "aura"
    else:
        name = shlex.quote(str(script)) if script.exists() else f"{shlex.quote(sys.executable)} -m aura_cli"
    home = os.environ.get("AURA_HOME")
    return f"AURA_HOME={shlex.quote(os.path.abspath(home))} {name}" if home else name
