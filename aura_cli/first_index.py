"""The first steps of ``aura dev`` with a repository: fetch it, index it in a Dagster run, ask a sample question."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aura_cli.dev_servers import Addresses
from aura_cli.home import RunningServer
from aura_cli.output import say
from aura_cli.progress import progress
from aura_cli.sample_question import ANY_REPOSITORY, sample_question
from aura_cli.session import new_repository
from aura_core.errors import AuraError, StoreUnavailable
from aura_core.model.words import plural

if TYPE_CHECKING:
    from aura_core.model.repository import Repository
    from aura_core.service import Aura
    from aura_core.settings import Settings

SAMPLE_TOKENS = 2_000
SAMPLE_LINES = 14


def require_readable(aura: Aura, text: str) -> Repository:
    """Return the repository of a path, address or id, registered. A new address is fetched here, before anything is
    started for it, so that one that cannot be read is a short error and leaves nothing behind.
    """
    ids = {repository.id for repository in aura.repositories()}
    with new_repository(aura, text) as repository:
        if repository.id not in ids and repository.kind.value == "mirror":
            say(f"Fetching {repository.origin} …")
            start = time.monotonic()
            with progress() as report:
                aura.stores.sources.open(repository).fetch(report)
            say(f"Fetched in {time.monotonic() - start:.1f} s.")
    return repository


@dataclass(frozen=True)
class FirstIndex:
    """Indexes one repository through the servers of a home and asks about it. ``check`` raises when they have ended."""

    settings: Settings
    aura: Aura
    repository: Repository
    addresses: Addresses
    check: Callable[[], None]

    def index(self, *, retry: bool) -> bool:
        """Index the repository in a Dagster run and return whether it is indexed now.

        A run that fails is reported. With ``retry`` the pipelines try again; otherwise raises ``StoreUnavailable``.
        """
        from aura_cli.run_follow import follow

        repo = self.repository.id
        if self.aura.status(repo).current:
            say(f"{repo} is indexed already: nothing to do.")
            return True
        say(f"\nIndexing {self.repository.origin} as {repo} (Dagster first starts a process for it):")
        start = time.monotonic()
        run = self._launch()
        outcome, in_steps = follow(
            self.settings.home, self.addresses.dagster, run, lambda text: say(f"  {text}"), self.check
        )
        seconds = time.monotonic() - start
        if outcome != "SUCCESS":
            return self._report_failure(run, outcome, retry=retry)
        if not self.aura.stores.catalog.publisher.refs(repo):
            say("There is no commit to index yet. The first commit will be indexed when it arrives.")
            return False
        say(f"  {'Dagster':9} {seconds - in_steps:6.2f} s  its queue, its process for the run, its own records")
        say(f"Indexed in {seconds:.2f} s.")
        return True

    def question(self) -> str:
        """Return the sample question for the repository."""
        try:
            return sample_question(self.aura.at(self.repository.id, local=False))
        except AuraError:
            return ANY_REPOSITORY

    def ask(self, question: str) -> None:
        """Ask the API a question and print the beginning of the answer."""
        from aura_cli.server_client import ask

        home = self.settings.home
        server = RunningServer(self.addresses.api, self.addresses.dagster, os.getpid(), home / "token")
        say(f'\nA sample question: "{question}" in {SAMPLE_TOKENS:,} tokens')
        try:
            answer = ask(server, "context", {"repo": self.repository.id, "task": question, "max_tokens": SAMPLE_TOKENS})
        except AuraError as error:
            say(f"  there was no answer: {error}")
            return
        if answer is None:
            say(f"  there was no answer; see {home / 'logs' / 'api.log'}")
            return
        lines = answer["text"].splitlines()
        for line in lines[:SAMPLE_LINES]:
            say(f"  │ {line}")
        if len(lines) > SAMPLE_LINES:
            say(f"  │ … and {plural(len(lines) - SAMPLE_LINES, 'more line')}")
        symbols = plural(len(answer["items"]), "symbol")
        say(f"  └ {answer['tokens']:,} tokens, {symbols}, commit {answer['sha'][:12]}")

    def _launch(self) -> str:
        """Launch the run, or return the one that works already: a second run would find nothing to do."""
        from aura_pipelines import dagster_client

        dagster, repo = self.addresses.dagster, self.repository.id
        if (active_run := dagster_client.active(dagster, repo)) is not None:
            return active_run
        self.aura.stores.catalog.heartbeats.beat(dagster_client.LAUNCHER)
        self.aura.sync(repo, source="dev")
        return dagster_client.launch(dagster, repo, "`aura dev` was started on it")

    def _report_failure(self, run: str, outcome: str, *, retry: bool) -> bool:
        last_run = self.aura.stores.catalog.publisher.last_run(self.repository.id)
        reason = (last_run.message if last_run is not None else "") or "its process was killed, or it never started"
        error = f"The run {run[:8]} ended as {outcome}: {reason.rstrip('.')}."
        logs: Path = self.settings.home / "logs" / "runs"
        if not retry:
            raise StoreUnavailable(error, remedy=f"`aura index` and the files under {logs} say more.")
        say(f"{error} The pipelines will try again; the UI and the files under {logs} say more.")
        return False
