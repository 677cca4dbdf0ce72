"""Checkouts that a server follows: watched, and indexed as they change, so that the next question finds its answer
ready.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from aura_core.errors import AuraError, Stopped, SyncInProgress, UnknownRepository
from aura_core.indexing.steps.report import Progress
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.ports.sources import Watcher

if TYPE_CHECKING:
    from aura_core.service.facade import Aura

MOST = 8
"""Checkouts followed at once; the one that was asked about longest ago makes room."""

QUIET_SECONDS = 0.1
"""Edits are brought in when there was none for this long, so that a burst is brought in once."""

BURST_SECONDS = 1.0
"""Edits are brought in after this long though more come."""

IDLE_SECONDS = 60.0
SCAN_SECONDS = 5.0
"""Where changes are not heard everything is looked at this often, and at most a twentieth of the time."""

AGAIN_SECONDS = 0.5
"""A sync of the repository that is in the way is waited for in steps of this."""

ROLL_CALL_SECONDS = 3.0
STOP_SECONDS = 3.0

BringIn = Callable[["Aura", str, Progress], None]
"""Makes a repository's present state answerable; the progress raises ``Stopped`` when the server ends."""

_log = logging.getLogger("aura.watch")


class Keeper:
    """What one server follows. ``everything`` follows all registered checkouts, else those that ``follow`` names, as
    questions do.
    """

    def __init__(self, aura: Aura, bring_in: BringIn, *, everything: bool = False) -> None:
        self._aura = aura
        self._bring_in = bring_in
        self._followed: OrderedDict[str, _Followed] = OrderedDict()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._roll_call = (
            threading.Thread(target=self._call_the_roll, name="follow-all", daemon=True) if everything else None
        )
        if self._roll_call is not None:
            self._roll_call.start()

    def follow(self, repository: Repository) -> None:
        """Follow a local checkout from now on; nothing for others. Cheap when it is followed already."""
        if repository.kind is not RepositoryKind.LOCAL or self._stopping.is_set():
            return
        with self._lock:
            found = self._followed.get(repository.id)
            if found is None or not found.is_alive():
                found = self._followed[repository.id] = _Followed(self._aura, repository, self._bring_in)
                found.start()
            self._followed.move_to_end(repository.id)
            leaving = [self._followed.popitem(last=False)[1] for _ in range(len(self._followed) - MOST)]
        for old in leaving:
            old.leave()

    def problems(self) -> dict[str, str]:
        """Why changes of a followed checkout are not heard, by repository id."""
        with self._lock:
            return {repo: found.watch.problem for repo, found in self._followed.items() if found.watch.problem}

    def stop(self) -> None:
        """Follow nothing more, and wait a moment for what is being brought in."""
        self._stopping.set()
        with self._lock:
            leaving = list(self._followed.values())
            self._followed.clear()
        for old in leaving:
            old.leave()
        for thread in (*leaving, *([self._roll_call] if self._roll_call is not None else ())):
            thread.join(STOP_SECONDS)

    def _call_the_roll(self) -> None:
        while not self._stopping.is_set():
            try:
                known = {r.id: r for r in self._aura.repositories() if r.kind is RepositoryKind.LOCAL}
            except AuraError as error:
                _log.warning("the repositories cannot be listed: %s", error)
                known = {}
            with self._lock:
                followed = {repo for repo, found in self._followed.items() if found.is_alive()}
                new = [r for repo, r in known.items() if repo not in followed][: max(0, MOST - len(followed))]
            for repository in new:
                self.follow(repository)
            self._stopping.wait(ROLL_CALL_SECONDS)


class _Followed(threading.Thread):
    """One checkout: waits for changes and brings them in."""

    def __init__(self, aura: Aura, repository: Repository, bring_in: BringIn) -> None:
        super().__init__(name=f"follow-{repository.id}", daemon=True)
        self._aura, self._repository, self._bring_in = aura, repository, bring_in
        self._leaving = threading.Event()
        self._said: dict[str, str] = {}
        self.watch: Watcher = aura.stores.sources.watch(repository)

    def leave(self) -> None:
        """End, and watch no more."""
        self._leaving.set()
        self._aura.stores.sources.unwatch(self._repository)

    def run(self) -> None:
        ready = ""
        while not self._leaving.is_set():
            started = time.monotonic()
            ready = self._refresh(ready)
            self._rest(time.monotonic() - started)

    def _refresh(self, ready: str) -> str:
        """Bring in what the checkout is now, unless it is ``ready``; what is ready then."""
        try:
            wanted = self._aura.target(self._repository.id)
            self._say("its files are looked at one by one: ", self.watch.problem)
            if wanted in ("", ready):
                return ready
            if self._aura.stores.snapshots.info(self._repository.id, wanted) is None:
                self._patiently()
            self._say("", "")
            return wanted
        except Stopped:
            return ready
        except UnknownRepository:
            self.leave()
            return ready
        except (AuraError, OSError) as error:
            self._say("", str(error))
            return ""

    def _patiently(self) -> None:
        while not self._leaving.is_set():
            try:
                return self._bring_in(self._aura, self._repository.id, self._progress)
            except SyncInProgress:
                self._leaving.wait(AGAIN_SECONDS)
        return None

    def _rest(self, took: float) -> None:
        """Wait for a change, and for the end of the burst that it belongs to."""
        if self.watch.problem:
            self._leaving.wait(max(SCAN_SECONDS, 20 * took))
            return
        self.watch.wait(IDLE_SECONDS)
        until = time.monotonic() + BURST_SECONDS
        while not self._leaving.is_set() and time.monotonic() < until and self.watch.wait(QUIET_SECONDS):
            pass

    def _progress(self, _step: str, _done: int, _total: int) -> None:
        if self._leaving.is_set():
            raise Stopped("The server is ending.")

    def _say(self, what: str, text: str) -> None:
        """Log a problem of one kind, once while it lasts."""
        if text and text != self._said.get(what):
            _log.warning("%s: %s%s", self._repository.id, what, text)
        self._said[what] = text
