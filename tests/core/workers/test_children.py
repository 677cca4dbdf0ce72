"""Work in forked children: real processes, each test in one of its own, because pytest's have threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import PATIENCE_SECONDS, children_of

HEAD = """
import os, signal, threading, time
from pathlib import Path
from aura_core.errors import SourceGone, WorkerLost
from aura_core.workers.ticker import PeriodicThread
from aura_core.workers.children import map_in_children, may_fork, run_in_child
from aura_core.workers.pool import MIN_JOBS, workers_for
here = os.getpid()
def left():
    return Path(f"/proc/self/task/{here}/children").read_text().split()
"""


def run(code: str) -> str:
    """What a script prints that ends well, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", HEAD + code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_every_batch_has_its_result_whatever_the_number_of_children(workers: int) -> None:
    code = f"""
squares_of = {{n: n * n for n in range(20)}}
def work(batch):
    return os.getpid() != here, [squares_of[n] for n in batch]
results = list(map_in_children(work, ([n] for n in squares_of), {workers}))
print(sorted(squares[0] for _, squares in results) == sorted(squares_of.values()))
print(all(in_child for in_child, _ in results), left())
"""
    assert run(code).split() == ["True", "True", "[]"]


def test_results_and_batches_larger_than_a_pipe_holds_stop_nobody() -> None:
    code = """
found = map_in_children(lambda batch: batch + b"!" * 3_000_000, (bytes([n]) * 3_000_000 for n in range(8)), 3)
print(sorted((some[0], len(some)) for some in found) == [(n, 6_000_000) for n in range(8)])
"""
    assert run(code) == "True"


def test_what_a_child_raises_is_raised_here_with_what_it_says_and_where_it_was() -> None:
    code = """
def work(batch):
    if batch == 3:
        raise SourceGone("It is gone.", remedy="Look elsewhere.", blob="b")
    return batch
try:
    list(map_in_children(work, range(9), 2))
except SourceGone as error:
    print(error.message, error.remedy, error.details, "in work" in error.__notes__[0], left())
"""
    assert run(code) == "It is gone. Look elsewhere. {'blob': 'b'} True []"


@pytest.mark.parametrize("workers", [1, 3])
def test_a_child_that_is_killed_is_an_error_and_leaves_no_other_behind(workers: int) -> None:
    code = f"""
def work(batch):
    if batch == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch
try:
    list(map_in_children(work, range(9), {workers}))
except WorkerLost as error:
    print(error.details, left())
"""
    assert run(code) == "{'exit': -9} []"


def test_whoever_wants_no_more_leaves_no_child_behind() -> None:
    code = """
def use():
    for found in map_in_children(lambda batch: batch, range(99), 3):
        raise KeyError(found)
try:
    use()
except KeyError:
    print(left())
"""
    assert run(code) == "[]"


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = HEAD + "list(map_in_children(lambda batch: time.sleep(600), range(3), 3))"
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while len(pids := children_of(parent.pid)) < 3:
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        parent.kill()
        parent.wait()
    while any(map(_lives, pids)):
        assert time.monotonic() < until, pids
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_an_end_that_is_asked_for_politely_reaches_a_child_whatever_its_parent_does_then() -> None:
    code = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    list(map_in_children(lambda batch: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(600)), range(2), 2))
except WorkerLost as error:
    print(error.details)
"""
    assert run(code) == f"{{'exit': {-signal.SIGTERM}}}"


def test_a_child_works_while_its_parent_does_something_else() -> None:
    code = """
with run_in_child(lambda: (os.getpid(), b"!" * 3_000_000)) as result:
    mine = os.getpid()
    there, large = result()
print(there != mine, len(large), left())
"""
    assert run(code) == "True 3000000 []"


def test_no_child_is_forked_beside_a_thread_or_from_a_daemonic_process() -> None:
    code = """
import multiprocessing
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
cores = len(os.sched_getaffinity(0))
print(may_fork(), workers_for(4, MIN_JOBS), workers_for(4, MIN_JOBS - 1), workers_for(0, 10**6) == cores)
thread.start()
print(may_fork(), workers_for(4, MIN_JOBS))
stop.set()
thread.join()
def say():
    print(may_fork(), workers_for(4, MIN_JOBS), flush=True)
daemon = multiprocessing.get_context("fork").Process(target=say, daemon=True)
daemon.start()
daemon.join()
"""
    assert run(code).splitlines() == ["True 3 1 True", "False 1", "False 1"]


def test_a_periodic_thread_pauses_while_children_are_forked_and_goes_on() -> None:
    code = """
calls = []
with PeriodicThread(lambda: calls.append(os.getpid()) or True, 0.01, "periodic"):
    print(may_fork(), threading.active_count())
    print(list(map_in_children(lambda batch: threading.active_count(), range(1), 1)), threading.active_count())
    before = len(calls)
    while len(calls) < before + 3:
        time.sleep(0.01)
print(set(calls) == {here}, threading.active_count())
"""
    assert run(code).splitlines() == ["True 2", "[1] 2", "True 1"]


def test_periodic_work_that_returns_false_ends_its_thread() -> None:
    code = """
calls = []
with PeriodicThread(lambda: bool(calls.append(1)), 0.01, "periodic"):
    while threading.active_count() > 1:
        time.sleep(0.01)
print(calls)
"""
    assert run(code) == "[1]"
