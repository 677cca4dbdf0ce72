"""Latency of a context answer: warm over HTTP, cold from the command line, and from the command line while a server
runs.

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
        command = [
            sys.executable,
            "-m",
            "aura_cli",
            "context",
            TASKS[0],
            "--repo",
            str(repository),
            "--budget",
            str(options.tokens),
        ]
        cold = [run(command, env) for _ in range(5)]
        with served(home, env) as port:
            walls, cpu = warm(port, repository, options.tokens, options.requests)
            asked = [run(command, env) for _ in range(5)]
    load = os.getloadavg()[0]
    print(
        f"{options.package}, {options.tokens} tokens, {options.requests} warm requests over {len(TASKS)} tasks, load average {load:.1f}"
    )
    print(
        f"  warm POST /context  p50 {quantile(walls, 0.5):6.1f} ms  p95 {quantile(walls, 0.95):6.1f} ms wall   (bars: 60, 150 at load < 1)"
    )
    print(f"  of it in the server     {cpu:6.1f} ms CPU a request")
    print(
        f"  aura context, cold      {statistics.median(m.cpu for m in cold):6.2f} CPU-s                       (bar: 2.0)"
    )
    print(
        f"  aura context, served    {statistics.median(m.cpu for m in asked):6.2f} CPU-s                       (bar: 0.5)"
    )


def warm(port: int, repository: Path, tokens: int, requests: int) -> tuple[list[float], float]:
    """Wall milliseconds of each request after one round of warming, and the server's CPU milliseconds a request."""
    bodies = [json.dumps({"repo": str(repository), "task": t, "max_tokens": tokens}).encode() for t in TASKS]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body in bodies:
        ask(connection, body)
    walls, before = [], server_cpu()
    for i in range(requests):
        started = time.perf_counter()
        ask(connection, bodies[i % len(bodies)])
        walls.append((time.perf_counter() - started) * 1e3)
    return walls, (server_cpu() - before) * 1e3 / requests


def ask(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/api/v1/context", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {text.decode()[:500]}")


_server: list[int] = []


def server_cpu() -> float:
    """CPU seconds of the server so far."""
    fields = Path(f"/proc/{_server[0]}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(home: str, env: dict[str, str]) -> Iterator[int]:
    """`aura serve` on a free port, stopped at the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "aura_cli", "serve", "--port", "0"], env=environment(env), stdout=subprocess.DEVNULL
    )
    _server[:] = [child.pid]
    try:
        state = Path(home) / "run.json"
        for _ in range(300):
            if state.exists():
                break
            time.sleep(0.1)
        yield int(json.loads(state.read_text())["api"].rstrip("/").rsplit(":", 1)[1])
    finally:
        child.terminate()
        child.wait(30)


def quantile(values: list[float], q: float) -> float:
    """The value below which a share ``q`` lies."""
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


if __name__ == "__main__":
    main()
