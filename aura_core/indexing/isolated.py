"""A step of a large tree in a process of its own: it has one thread, and so may fork, where this one has more."""

from __future__ import annotations

import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from aura_core.errors import WorkerLost
from aura_core.indexing.redoing import Verb
from aura_core.indexing.runs import require
from aura_core.indexing.steps.parse import named_at
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.trees import tree_of
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.workers.forking import end_with_parent, may_fork

LARGE = 1_000
"""Files that differ from what is published: fewer are parsed or linked before another interpreter has started."""

Opener = Callable[[Settings], Stores]


def apart(verb: Verb, open_stores: Opener) -> Verb:
    """``verb``, in a process of its own where that makes several of use. Both are functions of a module: the other
    process imports them.
    """

    def run(stores: Stores, plan: Plan, progress: Progress | None = None) -> StepReport:
        if may_fork() or not _worth(stores, plan):
            return verb(stores, plan, progress)
        return _elsewhere(verb, open_stores, stores.settings, plan, progress or silent)

    return run


def _worth(stores: Stores, plan: Plan) -> bool:
    if sys.platform != "linux" or stores.settings.workers == 1 or multiprocessing.current_process().daemon:
        return False
    newest = max(stores.catalog.publisher.refs(plan.repo), key=lambda ref: ref.published_at, default=None)
    before = named_at(stores, plan.repo, newest.sha) if newest is not None else {}
    tree = tree_of(stores, stores.sources.open(require(stores, plan.repo)), plan.repo, plan.targets[0][1])
    return sum((entry := before.get(f.path)) is None or entry.blob != f.blob for f in tree.files) >= LARGE


def _elsewhere(verb: Verb, open_stores: Opener, settings: Settings, plan: Plan, progress: Progress) -> StepReport:
    os.environ["PYTHONSAFEPATH"] = (
        "1"  # a spawned interpreter would import modules of the current folder, which may be the repository's
    )
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(verb, open_stores, settings, plan, theirs, os.getpid()))
    process.start()
    theirs.close()
    try:
        while (said := ours.recv())[0] is None:
            progress(*said[1])
    except EOFError as ended:
        process.join()
        raise WorkerLost(
            f"The process of a step ended with {process.exitcode}.", remedy="Sync again.", exit=process.exitcode
        ) from ended
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(said[1], Exception):
        raise said[1]
    report: StepReport = said[0]
    return report


def _work(verb: Verb, open_stores: Opener, settings: Settings, plan: Plan, pipe: Connection, parent: int) -> None:
    """In the other process: how far it is, then a report or an error."""
    end_with_parent(parent)
    stores = open_stores(settings)
    said: tuple[Any, Any]
    try:
        said = verb(stores, plan, lambda *at: pipe.send((None, at))), None
    except Exception as error:  # noqa: BLE001  raised again in the parent
        error.add_note("".join(traceback.format_exception(error)))
        said = False, error
    stores.close()
    pipe.send(said)
