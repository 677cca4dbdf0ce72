"""Measures the latency of a context answer: warm over HTTP, cold by a command, and by a command while a server runs.

python -m benchmarks.bench_context [--package Django==5.1.4] [--tokens 8000] [--requests 60]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import archive_repository
from benchmarks.measure import environment, run

TASKS = (
    "QuerySet.delete() does not cascade through a generic relation",
    "template filter `date` ignores the active time zone for aware datetimes",
    "Admin changelist search with several words builds one join per word",
    "FileField upload_to callable is called twice when the form is invalid",
    "migration autodetector renames a field and loses the index on it",
    "CSRF check fails when the Referer header has a port",
    "how are signals disconnected when the receiver is garbage collected",
    "session cookie is not refreshed with SESSION_SAVE_EVERY_REQUEST",
    "parse_http_date accepts two-digit years that are in the future",
    "the ORM's Subquery annotation drops ordering inside Exists",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default="Django==5.1.4")
    parser.add_argument("--tokens", type=int, default=8_000)
    parser.add_argument("--requests", type=int, default=60)
    options = parser.parse_args()
    repository = archive_repository(options.package)
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as home:
        env = {"AURA_HOME": home}
        run([sys.executable, "-m", "aura_cli", "index", str(repository)], env)
        task, *_ = TASKS
        arguments = ["context", task, "--repo", str(repository), "--budget", str(options.tokens)]
        command = [sys.executable, "-m", "aura_cli", *arguments]
        cold = [run(command, env) for _ in range(5)]
        with served(home, env) as server:
            walls, cpu = warm(server, repository, options.tokens, options.requests)
            by_server = [run(command, env) for _ in range(5)]
    load, *_ = os.getloadavg()
    print(
        f"{options.package}, {options.tokens} tokens, {options.requests} warm requests over {len(TASKS)} tasks, "
        f"load average {load:.1f}"
    )
    print(
        f"  warm POST /context  p50 {quantile(walls, 0.5):6.1f} ms  p95 {quantile(walls, 0.95):6.1f} ms wall   "
        "(bars: 60, 150 at load < 1)"
    )
    print(f"  of it in the server     {cpu:6.1f} ms CPU a request")
    for label, costs, bar in (("cold", cold, 2.0), ("served", by_server, 0.5)):
        cpu_seconds = statistics.median(cost.cpu for cost in costs)
        print(f"  aura context, {label:9} {cpu_seconds:6.2f} CPU-s                       (bar: {bar})")


def warm(server: Server, repository: Path, tokens: int, requests: int) -> tuple[list[float], float]:
    """Return wall milliseconds of each request after one round of warming, and the server's CPU milliseconds each."""
    bodies = [json.dumps({"repo": str(repository), "task": t, "max_tokens": tokens}).encode() for t in TASKS]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for body in bodies:
        ask(connection, body)
    walls, cpu_before = [], server.cpu()
    for i in range(requests):
        start = time.perf_counter()
        ask(connection, bodies[i % len(bodies)])
        walls.append((time.perf_counter() - start) * 1e3)
    return walls, (server.cpu() - cpu_before) * 1e3 / requests


def ask(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/api/v1/context", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {text.decode()[:500]}")


class Server(NamedTuple):
    """A running `aura serve`."""

    pid: int
    port: int

    def cpu(self) -> float:
        """Return the CPU seconds of the server so far (proc_pid_stat(5): fields 14 and 15)."""
        _, _, fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(home: str, env: dict[str, str]) -> Iterator[Server]:
    """Run `aura serve` on a free port, and stop it at the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "aura_cli", "serve", "--port", "0"], env=environment(env), stdout=subprocess.DEVNULL
    )
    try:
        state = Path(home) / "run.json"
        for _ in range(300):
            if state.exists():
                break
            time.sleep(0.1)
        _, _, port = json.loads(state.read_text())["api"].rstrip("/").rpartition(":")
        yield Server(child.pid, int(port))
    finally:
        child.terminate()
        child.wait(30)


def quantile(values: list[float], q: float) -> float:
    """Return the value below which a share ``q`` of the values is."""
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


if __name__ == "__main__":
    main()
