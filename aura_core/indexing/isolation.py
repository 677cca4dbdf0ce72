"""Runs a step over a large tree in a process of its own, which has one thread and so may fork workers, where this
process has more threads. `docs/adr/0012` says what that gains.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from aura_core.errors import WorkerLost
from aura_core.indexing.snapshot_reader import entries_of
from aura_core.indexing.steps.context import Step, StepContext
from aura_core.indexing.steps.report import StepReport
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.workers.children import may_fork
from aura_core.workers.parent import end_with_parent

MIN_CHANGED_FILES = 1_000
"""Files that differ from what is published. Fewer are parsed or linked before another interpreter has started."""

StoreOpener = Callable[[Settings], Stores]


def isolate(step: Step, open_stores: StoreOpener) -> Step:
    """Return ``step`` in a form that runs in a process of its own where that makes several workers useful. Both
    arguments are functions of a module, because the other process imports them.
    """

    def run(context: StepContext) -> StepReport:
        if may_fork() or not _is_worth_a_process(context):
            return step(context)
        return _run_in_process(step, open_stores, context)

    return run


def _is_worth_a_process(context: StepContext) -> bool:
    stores, repo = context.stores, context.repo
    if sys.platform != "linux" or context.settings.workers == 1 or multiprocessing.current_process().daemon:
        return False
    newest = max(stores.catalog.publisher.refs(repo), key=lambda ref: ref.published_at, default=None)
    entries = entries_of(stores, repo, newest.sha) if newest is not None else {}
    files = context.tree(context.first_sha).files
    changed = sum((entry := entries.get(file.path)) is None or entry.blob != file.blob for file in files)
    return changed >= MIN_CHANGED_FILES


def _run_in_process(step: Step, open_stores: StoreOpener, context: StepContext) -> StepReport:
    """Run the step in a spawned process and pass its progress on. Raises what the step raised, and ``WorkerLost``."""
    # A spawned interpreter would import modules of the current folder, which may be the repository's.
    os.environ["PYTHONSAFEPATH"] = "1"
    spawn = multiprocessing.get_context("spawn")
    pipe, child_pipe = spawn.Pipe(duplex=False)
    arguments = (step, open_stores, context.settings, context.plan, child_pipe, os.getpid())
    process = spawn.Process(target=_serve, args=arguments)
    process.start()
    child_pipe.close()
    try:
        while isinstance(message := pipe.recv(), tuple):
            context.progress(*message)
    except EOFError as error:
        process.join()
        code = process.exitcode
        raise WorkerLost(f"The process of a step ended with {code}.", remedy="Sync again.", exit=code) from error
    finally:
        process.kill()
        process.join()
        pipe.close()
    if isinstance(message, Exception):
        raise message
    report: StepReport = message
    return report


def _serve(step: Step, open_stores: StoreOpener, settings: Settings, plan: Plan, pipe: Connection, parent: int) -> None:
    """Run the step in the spawned process. Sends its progress as tuples, then its report or its error."""
    end_with_parent(parent, signal.SIGKILL)
    # Ctrl-C reaches this process too; the parent answers it and kills this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stores = open_stores(settings)
    message: StepReport | Exception
    try:
        message = step(StepContext.open(stores, plan, lambda *progress: pipe.send(progress)))
    except Exception as error:  # noqa: BLE001  raised again in the parent
        error.add_note("".join(traceback.format_exception(error)))
        message = error
    stores.close()
    pipe.send(message)
