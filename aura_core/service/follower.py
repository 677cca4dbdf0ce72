"""Checkouts that a server follows: watched, and indexed as they change, so that the next question finds its answer
ready.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from aura_core.errors import AuraError, Stopped, SyncInProgress, UnknownRepository
from aura_core.indexing.steps.report import Progress
from aura_core.lru import LruCache
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.ports.sources import Watcher
from aura_core.ports.stores import Stores
from aura_core.service.locate import OpenRepository, find_repository, local_target

MAX_CHECKOUTS = 8
"""Checkouts followed at once; the one that was asked about longest ago makes room."""

QUIET_SECONDS = 0.1
"""Edits are indexed when there was none for this long, so that a burst is indexed once."""

BURST_SECONDS = 1.0
"""Edits are indexed after this long though more come."""

IDLE_SECONDS = 60.0
"""Without any report of changes the checkout is looked at again after this long."""

SCAN_SECONDS = 5.0
"""Where the system reports no changes, all files are scanned this often, and for at most a twentieth of the time."""

RETRY_SECONDS = 0.5
"""Pause between attempts while another sync of the repository runs."""

DISCOVERY_SECONDS = 3.0
"""Pause between two looks for checkouts that were registered since."""

STOP_SECONDS = 3.0
"""How long the end of each thread is waited for."""

IndexCheckout = Callable[[str, Progress], None]
"""Indexes the present state of the repository with this id; the progress raises ``Stopped`` when the server ends."""

_log = logging.getLogger("aura.watch")


class CheckoutFollower:
    """The checkouts that one server follows: all registered ones with ``everything``, else those that ``follow`` names,
    as questions do.
    """

    def __init__(self, stores: Stores, index: IndexCheckout, *, everything: bool = False) -> None:
        self._stores = stores
        self._index = index
        self._checkouts: LruCache[str, _Checkout] = LruCache(MAX_CHECKOUTS)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._discovery: threading.Thread | None = None
        if everything:
            self._discovery = threading.Thread(target=self._discover, name="follow-all", daemon=True)
            self._discovery.start()

    def follow(self, repository: Repository) -> None:
        """Follow a local checkout from now on; do nothing for other repositories. Cheap when it is followed already."""
        if repository.kind is not RepositoryKind.LOCAL or self._stopping.is_set():
            return
        with self._lock:
            checkout = self._checkouts.get(repository.id)
            if checkout is not None and checkout.is_alive():
                return
            checkout = _Checkout(self._stores, repository, self._index)
            checkout.start()
            evicted = self._checkouts.put(repository.id, checkout)
        for surplus in evicted:
            surplus.leave()

    def followed(self) -> list[str]:
        """Return the ids of the repositories that are followed, the one asked about last at the end."""
        return [checkout.repository.id for checkout in self._checkouts.values() if checkout.is_alive()]

    def problems(self) -> dict[str, str]:
        """Return why the system does not report changes of a followed checkout, by repository id."""
        problems = {checkout.repository.id: checkout.watch.problem for checkout in self._checkouts.values()}
        return {repo: problem for repo, problem in problems.items() if problem}

    def stop(self) -> None:
        """Follow nothing more, and wait a moment for the indexing that runs."""
        self._stopping.set()
        checkouts = self._checkouts.clear()
        for checkout in checkouts:
            checkout.leave()
        for thread in (*checkouts, *([self._discovery] if self._discovery is not None else ())):
            thread.join(STOP_SECONDS)

    def _discover(self) -> None:
        """Follow registered checkouts that are not followed yet, again and again."""
        while not self._stopping.is_set():
            try:
                repositories = self._stores.catalog.repositories.list()
            except AuraError as error:
                _log.warning("the repositories cannot be listed: %s", error)
                repositories = []
            followed = set(self.followed())
            # Those that questions brought in keep their places; the rest fills what is left.
            new = [r for r in repositories if r.kind is RepositoryKind.LOCAL and r.id not in followed]
            for repository in new[: max(0, MAX_CHECKOUTS - len(followed))]:
                self.follow(repository)
            self._stopping.wait(DISCOVERY_SECONDS)


class _Checkout(threading.Thread):
    """One followed checkout: waits for changes and indexes them."""

    def __init__(self, stores: Stores, repository: Repository, index: IndexCheckout) -> None:
        super().__init__(name=f"follow-{repository.id}", daemon=True)
        self._stores, self.repository, self._index = stores, repository, index
        self._leaving = threading.Event()
        self._reports: dict[str, str] = {}
        self.watch: Watcher = stores.sources.watch(repository)

    def leave(self) -> None:
        """End the thread, and watch no more."""
        self._leaving.set()
        self._stores.sources.unwatch(self.repository)

    def run(self) -> None:
        indexed = ""
        while not self._leaving.is_set():
            started = time.monotonic()
            indexed = self._refresh(indexed)
            self._wait_for_edits(time.monotonic() - started)

    def _refresh(self, indexed: str) -> str:
        """Index what the checkout is now, unless that is ``indexed``. Returns what is indexed then."""
        try:
            repository = find_repository(self._stores, self.repository.id)
            target = local_target(OpenRepository(self._stores, repository))
            self._report("its files are looked at one by one: ", self.watch.problem)
            # "" is a checkout without a commit and without files.
            if target in ("", indexed):
                return indexed
            # A command may have indexed it meanwhile.
            if self._stores.snapshots.info(repository.id, target) is None:
                self._index_when_free()
            self._report("", "")
            return target
        except Stopped:
            return indexed
        except UnknownRepository:
            self.leave()
            return indexed
        except (AuraError, OSError) as error:
            self._report("", str(error))
            return ""  # what is indexed is not known, so the next change is tried again

    def _index_when_free(self) -> None:
        while not self._leaving.is_set():
            try:
                return self._index(self.repository.id, self._raise_when_leaving)
            except SyncInProgress:
                self._leaving.wait(RETRY_SECONDS)
        return None

    def _wait_for_edits(self, seconds_of_last_scan: float) -> None:
        """Wait for a change, and for the end of the burst that it belongs to."""
        if self.watch.problem:
            self._leaving.wait(max(SCAN_SECONDS, 20 * seconds_of_last_scan))
            return
        self.watch.wait(IDLE_SECONDS)
        end = time.monotonic() + BURST_SECONDS
        while not self._leaving.is_set() and time.monotonic() < end and self.watch.wait(QUIET_SECONDS):
            pass

    def _raise_when_leaving(self, _step: str, _done: int, _total: int) -> None:
        if self._leaving.is_set():
            raise Stopped("The server is ending.")

    def _report(self, prefix: str, problem: str) -> None:
        """Log a problem of one kind, told by its prefix, once while it lasts."""
        if problem and problem != self._reports.get(prefix):
            _log.warning("%s: %s%s", self.repository.id, prefix, problem)
        self._reports[prefix] = problem
