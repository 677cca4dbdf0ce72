"""Steps of a large tree in a process with other threads, as Dagster's runs have them: real processes and stores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aura_core.indexing.isolation import MIN_CHANGED_FILES
from tests.support import PATIENCE_SECONDS, SHOP, GitRepository

SYNC = """
import multiprocessing, os, signal, sys, threading
from aura_core import indexing
from aura_core.errors import RowsGone, WorkerLost
from aura_core.workers.children import may_fork
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores

def where(context):
    if os.environ.get("ENDS") == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("ENDS") == "raises":
        raise RowsGone("No rows.", remedy="Parse.", missing=3)
    context.progress("where", 1, 2)
    return indexing.StepReport("where", context.repo, "", {"pid": os.getpid(), "may_fork": may_fork()})

if __name__ == "__main__":
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
    stores = open_stores(Settings())
    repo = Aura(stores).add(sys.argv[1], from_cli=True).id
    plan = indexing.plan_run(stores, repo, "run")
    calls = []
    context = indexing.StepContext.open(stores, plan, lambda *progress: calls.append(progress))
    try:
        with indexing.keep_lease(stores, plan):
            report = indexing.isolate(where, open_stores)(context)
            print(report.counts["pid"] != os.getpid(), report.counts["may_fork"], calls)
            for step in (indexing.parse, indexing.graph, indexing.embed, indexing.snapshot, indexing.cluster):
                indexing.isolate(step, open_stores)(context)
            print(stores.catalog.publisher.refs(repo)[0].digest)
    except (RowsGone, WorkerLost) as error:
        print(type(error).__name__, error.details, multiprocessing.active_children())
    stop.set()
"""


def sync(repository: GitRepository, folder: Path, workers: str, **more: str) -> list[str]:
    """What the script prints, run from a folder whose modules it must not import."""
    (folder / "here").mkdir(parents=True)
    for name in ("multiprocessing", "pickle", "struct", "signal"):
        (folder / "here" / f"{name}.py").write_text("open('ran', 'w').close()\n")
    script = folder / "script.py"
    script.write_text(SYNC)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    env |= {"AURA_HOME": str(folder / "home"), "AURA_WORKERS": workers, **more}
    command = [sys.executable, str(script), str(repository.path)]
    done = subprocess.run(
        command, cwd=folder / "here", env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (folder / "here" / "ran").exists()
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    repository = GitRepository(tmp_path_factory.mktemp("large") / "tree")
    repository.commit(
        {
            **SHOP,
            **{
                f"many/m{n}.py": f"from shop.cart import Cart\ndef f{n}(x): return Cart().add(x)\n"
                for n in range(MIN_CHANGED_FILES)
            },
        }
    )
    return repository


@pytest.mark.slow
def test_steps_of_a_large_tree_run_in_a_process_with_one_thread_and_give_the_same_index(
    large: GitRepository, tmp_path: Path
) -> None:
    one, two = sync(large, tmp_path / "one", "1"), sync(large, tmp_path / "two", "2")
    assert (one[0], two[0]) == ("False False [('where', 1, 2)]", "True True [('where', 1, 2)]")
    assert one[1] == two[1]


def test_a_small_tree_is_worth_no_process(shop: GitRepository, tmp_path: Path) -> None:
    assert sync(shop, tmp_path / "small", "2")[0] == "False False [('where', 1, 2)]"


def test_what_a_step_raises_there_is_raised_here(large: GitRepository, tmp_path: Path) -> None:
    assert sync(large, tmp_path / "raised", "2", ENDS="raises") == ["RowsGone {'missing': 3} []"]


def test_a_process_of_a_step_that_is_killed_is_an_error(large: GitRepository, tmp_path: Path) -> None:
    assert sync(large, tmp_path / "killed", "2", ENDS="killed") == ["WorkerLost {'exit': -9} []"]
