"""Indexes what a question needs: waits a little, then says how far the indexing is."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import anyio

from aura_core.errors import SnapshotNotReady, Stopped
from aura_core.indexing import Progress as ReportStep
from aura_core.service import Aura
from aura_core.service.status import INDEXER_SILENT_SECONDS

T = TypeVar("T", covariant=True)

WAIT_SECONDS: Final = 20.0
"""How long a question waits for an indexing before it says how far that is."""

POLL_SECONDS: Final = 0.2
STOP_SECONDS: Final = 3.0
STEPS: Final = ("parse", "graph", "embed", "snapshot", "cluster")
Report = Callable[[float, float, str], Awaitable[None]]


class Runner(Protocol):
    """Runs blocking work in a thread."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """Return the result of the work."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing is: ``done`` of ``total`` steps, in words, and whether it is over."""

    done: float
    total: float
    text: str
    over: bool = False


class RisingProgress:
    """Reports progress that only rises, over one indexing after another: MCP asks for that."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._base = 0.0
        self._last = -1.0

    def begin(self) -> None:
        """Begin the next indexing where the one before it ended."""
        self._base = max(0.0, self._last)

    async def __call__(self, done: float, total: float, text: str) -> None:
        """Report how far the present indexing is, unless that was reported already."""
        progress = self._base + done
        if progress > self._last:
            self._last = progress
            await self._report(progress, self._base + total, text)


class Indexer(Protocol):
    """Makes a repository answerable, here or elsewhere."""

    def poll(self, aura: Aura, repo: str, revision: str) -> Progress:
        """Begin the indexing if it has not begun, and return how far it is. Raises what made it fail, once."""
        ...

    def stop(self) -> None:
        """Give up what runs."""
        ...


async def ensure_indexed(
    indexer: Indexer, aura: Aura, repo: str, revision: str, run: Runner, report: Report, seconds: float = WAIT_SECONDS
) -> None:
    """Return when the revision of the repository can be asked. Raises ``SnapshotNotReady``, which says how far the
    indexing is, when that takes longer than ``seconds``.
    """
    deadline = anyio.current_time() + seconds
    while not (progress := await run(lambda: indexer.poll(aura, repo, revision))).over:
        if anyio.current_time() >= deadline:
            raise SnapshotNotReady(
                f"{repo} is being indexed: {progress.text}.",
                remedy="Ask again in a moment; the work goes on.",
                repo=repo,
                progress=progress.text,
            )
        await report(progress.done, progress.total, f"Indexing {repo}: {progress.text}")
        await anyio.sleep(POLL_SECONDS)


class LocalIndexer:
    """Indexes in threads of this process, one for each repository and revision; questions that come meanwhile share
    it.
    """

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], _Job] = {}
        self._lock = threading.Lock()

    def index_now(self, aura: Aura, repo: str, report: ReportStep) -> None:
        """Index the present state, or wait for the indexing of it that runs. Raises what made it fail, and what
        ``report`` raises.
        """
        with self._lock:
            job = self._job(aura, repo, "")
        while job.is_alive():
            report("wait", 0, 0)
            job.join(POLL_SECONDS)
        with self._lock:
            # Another question may have put a new job in its place.
            if self._jobs.get((repo, "")) is job:
                del self._jobs[repo, ""]
        if job.error is not None:
            raise job.error

    def poll(self, aura: Aura, repo: str, revision: str) -> Progress:
        """Begin the indexing if it has not begun, and return how far it is. Raises what made it fail, once."""
        with self._lock:
            job = self._job(aura, repo, revision)
            if job.is_alive():
                return job.progress
            # Taken out, so that a later question begins anew and an error is said once.
            del self._jobs[repo, revision]
        if job.error is not None:
            raise job.error
        return Progress(len(STEPS), len(STEPS), "indexed", over=True)

    def stop(self) -> None:
        """Ask every job to end at its next step, and wait a moment for it to give its lease back."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stopping.set()
        for job in jobs:
            job.join(STOP_SECONDS)

    def _job(self, aura: Aura, repo: str, revision: str) -> _Job:
        """Return the job that runs, or start a new one."""
        job = self._jobs.get((repo, revision))
        if job is None:
            job = self._jobs[repo, revision] = _Job(aura, repo, revision)
            job.start()
        return job


class _Job(threading.Thread):
    """One run of ``Aura.index``, and how far it is."""

    def __init__(self, aura: Aura, repo: str, revision: str) -> None:
        super().__init__(name=f"index-{repo}", daemon=True)
        self._aura, self._repo, self._revision = aura, repo, revision
        self.stopping = threading.Event()
        self.error: Exception | None = None
        self.progress = Progress(0, len(STEPS), "starting")

    def run(self) -> None:
        try:
            self._aura.index(self._repo, revision=self._revision, progress=self._report)
        except Exception as error:  # noqa: BLE001 - carried to the question that waits for it
            self.error = error

    def _report(self, step: str, done: int, total: int) -> None:
        if self.stopping.is_set():
            raise Stopped("The server is ending.")
        index = STEPS.index(step) if step in STEPS else 0
        part = min(1.0, done / total) if total else 0.0
        words = f"{step} {done:,} of {total:,}" if total else step
        # Never backwards: a step may learn of more work while it runs.
        steps_done = max(self.progress.done, index + part)
        self.progress = Progress(steps_done, len(STEPS), f"{words} (step {index + 1} of {len(STEPS)})")


class QueueIndexer:
    """Requests snapshots from the pipelines, and looks whether they have published them."""

    def __init__(self) -> None:
        self._requests: set[tuple[str, str]] = set()

    def poll(self, aura: Aura, repo: str, revision: str) -> Progress:
        """Request the snapshot if that was not done, and return how far it is. Raises ``SnapshotNotReady`` when no
        indexer runs.
        """
        try:
            aura.at(repo, revision)
        except SnapshotNotReady as error:
            return self._waiting(aura, repo, revision, error)
        self._requests.discard((repo, revision))
        return Progress(1, 1, "indexed", over=True)

    def stop(self) -> None:
        """Do nothing: the pipelines index, not this process."""

    def _waiting(self, aura: Aura, repo: str, revision: str, error: SnapshotNotReady) -> Progress:
        # Nobody would take the request out of the queue: say so at once instead of waiting in vain.
        age = aura.health()["indexer_age_seconds"]
        if age is None or age > INDEXER_SILENT_SECONDS:
            raise SnapshotNotReady(error.message, remedy="No indexer is running: start `aura dev`.", **error.details)
        if (repo, revision) not in self._requests:
            aura.sync(repo, source="mcp", sha=revision or None)
            self._requests.add((repo, revision))
        status = aura.status(repo)
        if not any(status.events.get(stage) for stage in ("received", "taken", "failed")):
            self._requests.discard((repo, revision))  # done without it, or given up: request it again
        message = status.last_run.message if status.last_run is not None else ""
        failure = f"; the last run said: {message}" if message else ""
        state = "a run has begun" if status.events.get("taken") else "waiting for a run to begin"
        return Progress(0.5 if status.events.get("taken") else 0.0, 1, f"{state}{failure}")
