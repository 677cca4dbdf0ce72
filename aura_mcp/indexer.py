"""Bringing a repository's index up to a question: wait a little, then say how far it is."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import anyio

from aura_core.errors import SnapshotNotReady, Stopped
from aura_core.indexing.steps.report import Progress
from aura_core.service import Aura
from aura_core.service.status import INDEXER_SILENT_SECONDS

T = TypeVar("T", covariant=True)

WAIT_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.2
STEPS: Final = ("parse", "graph", "embed", "snapshot", "cluster")
Report = Callable[[float, float, str], Awaitable[None]]


class Runner(Protocol):
    """Runs blocking work in a thread."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """The work's result."""
        ...


@dataclass(frozen=True, slots=True)
class Far:
    """How far an indexing is: ``done`` of ``total``, in words, and whether it is over."""

    done: float
    total: float
    text: str
    over: bool = False


class Indexer(Protocol):
    """Makes a repository answerable, here or elsewhere."""

    def look(self, aura: Aura, repo: str, revision: str) -> Far:
        """Begin if it has not begun, and say how far it is. Raises what made it fail, once."""
        ...

    def stop(self) -> None:
        """Give up what runs."""
        ...


async def bring_up(
    indexer: Indexer, aura: Aura, repo: str, revision: str, run: Runner, report: Report, seconds: float = WAIT_SECONDS
) -> None:
    """Return when the repository can be asked. Raises ``SnapshotNotReady`` saying how far it is when that takes longer
    than ``seconds``.
    """
    until = anyio.current_time() + seconds
    while not (far := await run(lambda: indexer.look(aura, repo, revision))).over:
        if anyio.current_time() >= until:
            raise SnapshotNotReady(
                f"{repo} is being indexed: {far.text}.",
                remedy="Ask again in a moment; the work goes on.",
                repo=repo,
                progress=far.text,
            )
        await report(far.done, far.total, f"Indexing {repo}: {far.text}")
        await anyio.sleep(LOOK_SECONDS)


class InThisProcess:
    """Indexes in threads of this process, one per repository and revision; questions that come meanwhile share it."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._lock = threading.Lock()

    def index_now(self, aura: Aura, repo: str, progress: Progress) -> None:
        """Index the present state, or wait for the indexing of it that runs. Raises what made it fail."""
        with self._lock:
            job = self._begin(aura, repo, "")
        while job.is_alive():
            progress("wait", 0, 0)
            job.join(LOOK_SECONDS)
        with self._lock:
            if self._jobs.get((repo, "")) is job:
                del self._jobs[repo, ""]
        if job.error is not None:
            raise job.error

    def _begin(self, aura: Aura, repo: str, revision: str) -> _Job:
        job = self._jobs.get((repo, revision))
        if job is None:
            job = self._jobs[repo, revision] = _Job(aura, repo, revision)
            job.start()
        return job

    def look(self, aura: Aura, repo: str, revision: str) -> Far:
        """Begin or look."""
        with self._lock:
            job = self._begin(aura, repo, revision)
            if not job.is_alive():
                del self._jobs[repo, revision]
                if job.error is not None:
                    raise job.error
                return Far(len(STEPS), len(STEPS), "indexed", over=True)
        return job.far

    def stop(self) -> None:
        """Ask every job to end at its next step, and wait a moment for the lease to be given back."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stopping.set()
        for job in jobs:
            job.join(timeout=3.0)


class _Job(threading.Thread):
    """One run of ``Aura.index``, watched."""

    def __init__(self, aura: Aura, repo: str, revision: str) -> None:
        super().__init__(name=f"index-{repo}", daemon=True)
        self._aura, self._repo, self._revision = aura, repo, revision
        self.stopping = threading.Event()
        self.error: Exception | None = None
        self.far = Far(0, len(STEPS), "starting")

    def run(self) -> None:
        try:
            self._aura.index(self._repo, revision=self._revision, progress=self._progress)
        except Exception as error:  # noqa: BLE001 - carried to the question that waits for it
            self.error = error

    def _progress(self, step: str, done: int, total: int) -> None:
        if self.stopping.is_set():
            raise Stopped("The server is ending.")
        before = STEPS.index(step) if step in STEPS else 0
        part = min(1.0, done / total) if total else 0.0
        words = f"{step} {done:,} of {total:,}" if total else step
        self.far = Far(max(self.far.done, before + part), len(STEPS), f"{words} (step {before + 1} of {len(STEPS)})")


class ThroughTheQueue:
    """Asks the pipelines, and looks whether they have published."""

    def __init__(self) -> None:
        self._asked: set[tuple[str, str]] = set()

    def look(self, aura: Aura, repo: str, revision: str) -> Far:
        """Ask once, then look."""
        try:
            aura.at(repo, revision)
        except SnapshotNotReady as missing:
            return self._waiting(aura, repo, revision, missing)
        self._asked.discard((repo, revision))
        return Far(1, 1, "indexed", over=True)

    def stop(self) -> None:
        """Nothing runs here."""

    def _waiting(self, aura: Aura, repo: str, revision: str, missing: SnapshotNotReady) -> Far:
        age = aura.health()["indexer_age_seconds"]
        if age is None or age > INDEXER_SILENT_SECONDS:
            raise SnapshotNotReady(
                missing.message, remedy="No indexer is running: start `aura dev`.", **missing.details
            )
        if (repo, revision) not in self._asked:
            aura.sync(repo, source="mcp", sha=revision or None)
            self._asked.add((repo, revision))
        status = aura.status(repo)
        if not status.events.get("due") and not status.events.get("claimed"):
            self._asked.discard((repo, revision))  # done without it, or given up: ask again
        failed = (
            f"; the last run said: {status.last_run.message}"
            if status.last_run is not None and status.last_run.message
            else ""
        )
        return Far(
            0, 1, f"a run has begun{failed}" if status.events.get("claimed") else f"waiting for a run to begin{failed}"
        )
