"""Real processes for tests, forked from a server that has loaded the stores, so that each starts in milliseconds."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import PATIENCE_SECONDS

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.core.adapters.processes", "aura_core.indexing"])


def together(home: Path, work: Callable[[Stores, int], Any], number: int) -> list[Any]:
    """What ``work(stores, index)`` returned in each of ``number`` processes that opened the home at the same moment."""
    barrier, answers = CONTEXT.Barrier(number), CONTEXT.Queue()
    processes = [CONTEXT.Process(target=_answer, args=(home, work, index, barrier, answers)) for index in range(number)]
    for process in processes:
        process.start()
    got = dict(answers.get(timeout=PATIENCE_SECONDS) for _ in processes)
    for process in processes:
        process.join(PATIENCE_SECONDS)
        process.close()
    for answer in got.values():
        if isinstance(answer, Exception):
            raise answer
    return [got[index] for index in range(number)]


def begin(home: Path, work: Callable[[Stores, Any], None], ready: Any) -> BaseProcess:
    """A process that runs ``work(stores, ready)`` until somebody kills it."""
    process = CONTEXT.Process(target=_run, args=(home, work, ready))
    process.start()
    return process


def _run(home: Path, work: Callable[[Stores, Any], None], ready: Any) -> None:
    work(open_stores(Settings(home=home)), ready)


def _answer(home: Path, work: Callable[[Stores, int], Any], index: int, barrier: Any, answers: Any) -> None:
    barrier.wait(PATIENCE_SECONDS)
    try:
        stores = open_stores(Settings(home=home))
        answers.put((index, work(stores, index)))
        stores.close()
    except Exception as error:  # noqa: BLE001 - the parent raises it
        answers.put((index, RuntimeError(f"process {index}: {error!r}")))
