"""Measures a server under load: clients that ask mixed questions about one repository, for some minutes.

python -m benchmarks.bench_load [--package Django==5.1.4] [--minutes 10] [--clients 8] [--workers 2] [--home FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.bench_context import TASKS, quantile
from benchmarks.corpus import archive_repository
from benchmarks.measure import environment, memory_mb, run

HEALTH_SECONDS = 0.2
START_SECONDS = 60.0
SYMBOLS = ("django/db/models/query.py::QuerySet.filter", "django/http/response.py::HttpResponse")
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Question:
    """One request: its kind for the table, and what is sent."""

    kind: str
    method: str
    path: str
    body: bytes | None = None


@dataclass
class Answers:
    """Milliseconds of the answers, and the statuses, of one kind of question."""

    walls: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, status: int, wall: float) -> None:
        """Count one answer. Only answers to the question have a time that counts."""
        self.statuses[status] += 1
        if status == 200:
            self.walls.append(wall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default="Django==5.1.4")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--home", type=Path, help="a home in which the repository is indexed; else a new one is made")
    options = parser.parse_args()
    repository = archive_repository(options.package)
    with _home(options.home) as home:
        env = {"AURA_HOME": str(home)}
        run([sys.executable, "-m", "aura_cli", "index", str(repository)], env, quiet=True)
        with served(home, env, options.workers) as (pid, address):
            repo = _only_repository(address)
            questions = mixed_questions(repo)
            for question in questions:
                _ask(http.client.HTTPConnection(address, timeout=120), question)
            before = memory_mb(pid)
            started = time.monotonic()
            answers, health = load(address, questions, options.clients, options.minutes * 60)
            seconds = time.monotonic() - started
            report(options, answers, health, seconds, before, memory_mb(pid))


def mixed_questions(repo: str) -> list[Question]:
    """Return questions as agents mix them: six contexts, two searches and three walks in the graph."""
    contexts = [
        Question(
            "context", "POST", "/api/v1/context", json.dumps({"repo": repo, "task": task, "max_tokens": n}).encode()
        )
        for task, n in zip(TASKS, itertools.cycle((2_000, 8_000)), strict=False)
    ]
    searches = [
        Question("search", "GET", f"/api/v1/repos/{repo}/search?q={quote(words)}")
        for words in ("cascade delete", "session cookie", "upload_to callable", "changelist search")
    ]
    walks = [
        Question("graph", "GET", f"/api/v1/repos/{repo}/graph/{walk}?symbol={quote(symbol)}")
        for symbol in SYMBOLS
        for walk in ("callers", "expand", "node")
    ]
    return contexts + searches + walks


def load(address: str, questions: list[Question], clients: int, seconds: float) -> tuple[dict[str, Answers], Answers]:
    """Ask for so many seconds with so many clients at once, and ``/health`` beside them. Returns the answers by kind,
    and those of ``/health``.
    """
    answers = {question.kind: Answers() for question in questions}
    health, lock, end = Answers(), threading.Lock(), time.monotonic() + seconds

    def ask_in_turn(number: int) -> None:
        connection = http.client.HTTPConnection(address, timeout=120)
        for question in itertools.cycle(questions[number % len(questions) :] + questions[: number % len(questions)]):
            if time.monotonic() > end:
                return
            status, wall = _ask(connection, question)
            with lock:
                answers[question.kind].add(status, wall)

    def ask_health() -> None:
        while time.monotonic() < end:
            health.add(*_ask(http.client.HTTPConnection(address, timeout=120), Question("health", "GET", "/health")))
            time.sleep(HEALTH_SECONDS)

    threads = [threading.Thread(target=ask_in_turn, args=(number,)) for number in range(clients)]
    for thread in (*threads, health_thread := threading.Thread(target=ask_health)):
        thread.start()
    for thread in (*threads, health_thread):
        thread.join()
    return answers, health


def report(
    options: argparse.Namespace,
    answers: dict[str, Answers],
    health: Answers,
    seconds: float,
    before: float,
    after: float,
) -> None:
    """Print the table."""
    one, *_ = os.getloadavg()
    print(
        f"{options.package}, {options.clients} clients, {options.workers} workers, {seconds / 60:.1f} minutes, "
        f"{os.cpu_count()} cores, load average {one:.1f}"
    )
    everything = Answers()
    for kind_answers in answers.values():
        everything.walls += kind_answers.walls
        everything.statuses += kind_answers.statuses
    print(f"  {'':8}{'answers/s':>10}{'p50':>9}{'p95':>9}{'p99':>9}  ms   statuses")
    for kind, row in (*answers.items(), ("all", everything), ("health", health)):
        times = "".join(f"{quantile(row.walls, q):9.1f}" if row.walls else f"{'-':>9}" for q in (0.5, 0.95, 0.99))
        print(f"  {kind:8}{len(row.walls) / seconds:10.1f}{times}       {dict(row.statuses)}")
    total = sum(everything.statuses.values())
    print(f"  refused (429, 503): {everything.statuses[429] + everything.statuses[503]} of {total}")
    print(f"  memory of all processes (PSS): {before:.0f} MB before, {after:.0f} MB after")


def _ask(connection: http.client.HTTPConnection, question: Question) -> tuple[int, float]:
    """Return the status of the answer (0 when there was none) and the milliseconds until it was whole."""
    start = time.perf_counter()
    try:
        connection.request(question.method, question.path, question.body, JSON if question.body else {})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        connection.close()
        status = 0
    return status, (time.perf_counter() - start) * 1e3


@contextmanager
def served(home: Path, env: dict[str, str], workers: int) -> Iterator[tuple[int, str]]:
    """Run `aura serve` on a free port; yields the process id and ``host:port``."""
    (home / "run.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "aura_cli", "serve", "--port", "0", "--workers", str(workers)]
    child = subprocess.Popen(command, env=environment(env), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (home / "run.json").exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield child.pid, urlsplit(json.loads((home / "run.json").read_text())["api"]).netloc
    finally:
        child.terminate()
        child.wait(30)


@contextmanager
def _home(folder: Path | None) -> Iterator[Path]:
    with contextlib.ExitStack() as stack:
        yield folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-bench-")))


def _only_repository(address: str) -> str:
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/api/v1/repos")
    repositories = json.loads(connection.getresponse().read())["repos"]
    return str(repositories[0]["id"])


if __name__ == "__main__":
    main()
