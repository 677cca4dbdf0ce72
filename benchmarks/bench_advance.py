"""Measures a change from commit to answer on a tree of Django's size, and checks that an advanced view answers like
one that is built from nothing.

python -m benchmarks.bench_advance [REPO] [--package Django==5.1.4] [--commits 20] [--equal 5] [--history 40]

Figures are CPU seconds of whole processes, beside their bars, and in times of `ast.parse` over the same files in the
same run, which is what can be compared between machines. Without REPO the package's source archive is one commit, and
functions are written into files of a clone of it. With REPO, a git repository on this machine that is read and never
written, its newest first-parent commits are replayed too. The exit code is 1 when a context differs, whatever the
times.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import NamedTuple

from aura_core import indexing
from aura_core.indexing import StepContext
from aura_core.indexing.runs import finish, keep_lease, plan_run
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.view_cache import view_file
from aura_core.model.context import ContextRequest
from aura_core.model.repository import Lag
from aura_core.service import Aura, CheckoutFollower
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from benchmarks.bench_context import TASKS
from benchmarks.bench_index import PARSE_ALL
from benchmarks.corpus import archive_repository
from benchmarks.measure import ProcessCost, run
from benchmarks.random_edits import EditedCheckout

STEPS = (indexing.parse, indexing.graph, indexing.embed, indexing.snapshot)
"""After these a commit is queryable: graph, search and vectors. Clusters come later and change no answer."""

FAR = 32
"""Commits between a cached view and the one that is asked for."""

SAVES = 11
"""Edits of a followed checkout; the first is made to get warm."""

PATIENCE_SECONDS = 120.0


class Bench:
    """One checkout under one home, and the figures measured so far.

    ``floors`` are CPU seconds of `ast.parse`, ``differences`` the commits and tasks whose contexts differed.
    """

    def __init__(self, checkout: EditedCheckout, settings: Settings) -> None:
        self.checkout, self.settings = checkout, settings
        self.stores = open_stores(settings)
        self.aura = Aura(self.stores, local=True)
        self.repo = self.aura.add(str(checkout.path), from_cli=True).id
        self.floors: list[float] = []
        self.differences: list[str] = []
        self.comparisons = 0

    def floor(self) -> float:
        """Measure `ast.parse` over the tree's Python files now, and return its CPU seconds."""
        listing = self.settings.home / "files"
        listing.write_text("\n".join(str(self.checkout.path / path) for path in self.checkout.python()))
        cpu = run([sys.executable, "-c", PARSE_ALL, str(listing)]).cpu
        self.floors.append(cpu)
        return cpu

    def bring_in(self) -> list[float]:
        """Index HEAD in this process; return the CPU seconds of the plan, of each step, and of opening the view."""
        times = [time.process_time()]
        plan = plan_run(self.stores, self.repo, f"bench-{uuid.uuid4().hex}")
        if plan is None:
            raise SystemExit("HEAD is published already: nothing was measured")
        times.append(time.process_time())
        context = StepContext.open(self.stores, plan)
        with keep_lease(self.stores, plan):
            for step in STEPS:
                step(context)
                times.append(time.process_time())
        (_, sha), *_ = plan.targets
        indexing.ensure_view(self.stores, self.repo, sha)
        times.append(time.process_time())
        finish(self.stores, plan)
        indexing.cluster(context)
        return [end - start for start, end in pairwise(times)]

    def compare(self) -> None:
        """Compare the answers of HEAD's advanced view with those of a view that is built from nothing."""
        sha = self.checkout.git("rev-parse", "HEAD")
        with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
            empty = self.stores.with_settings(cache=Path(folder))
            warm_aura, clean_aura = Aura(self.stores), Aura(empty)
            for task in TASKS:
                self.comparisons += 1
                context, rebuilt = (
                    replace(aura.at(self.repo, sha).context(ContextRequest(task)), lag=Lag())
                    for aura in (warm_aura, clean_aura)
                )
                if context != rebuilt:
                    self.differences.append(f"{sha}: {task}")
                    print(f"  DIFFERS at {sha}: {task}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path, nargs="?")
    parser.add_argument("--package", default="Django==5.1.4")
    parser.add_argument("--commits", type=int, default=20, help="one-file commits by a warm process")
    parser.add_argument(
        "--equal", type=int, default=5, help="so many of the commits are compared with a view from nothing"
    )
    parser.add_argument("--history", type=int, default=40, help="real commits to replay, of REPO")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
        checkout = EditedCheckout(options.repository or archive_repository(options.package), Path(folder) / "checkout")
        bench = Bench(checkout, Settings(home=Path(folder) / "home", workers=1))
        try:
            measure(bench, options)
        finally:
            bench.stores.close()
    print(f"{bench.comparisons} contexts of advanced views compared with rebuilt ones, {len(bench.differences)} differ")
    sys.exit(1 if bench.differences else 0)


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """Measure everything, one after the other; the first whole index warms the process."""
    shas = (
        bench.checkout.git("rev-list", "--first-parent", f"--max-count={options.history}", "HEAD").split()[::-1]
        if options.repository
        else []
    )
    if shas:
        oldest, *_ = shas
        bench.checkout.git("checkout", "--quiet", f"{oldest}~1")
    first = sum(bench.bring_in())
    floor = bench.floor()
    name, count = options.repository or options.package, len(bench.checkout.python())
    print(f"{name}: {count} .py files, `ast.parse` over them {floor:.2f} CPU-s")
    print_figures(bench, "whole index, warm", [first], None)
    if shas:
        replay(bench, shas, options.equal)
    measure_warm(bench, options)
    measure_views(bench)
    measure_cold(bench)
    measure_saved_edits(bench)
    print_figures(bench, "`ast.parse` alone", bench.floors, None)


def replay(bench: Bench, shas: Sequence[str], equal: int) -> None:
    """Index real commits, each updated from the one before."""
    rows: list[tuple[int, float]] = []
    for number, sha in enumerate(shas, 1):
        file_count = len(bench.checkout.git("diff", "--name-only", "HEAD", sha).splitlines())
        bench.checkout.git("checkout", "--quiet", sha)
        rows.append((file_count, sum(bench.bring_in())))
        if number % max(1, len(shas) // max(equal, 1)) == 0:
            bench.compare()
    print_figures(
        bench,
        f"{len(rows)} real commits",
        [cpu for _, cpu in rows],
        None,
        f"{statistics.median(n for n, _ in rows):g} files at the median",
    )
    if single := [cpu for file_count, cpu in rows if file_count == 1]:
        print_figures(bench, f"{len(single)} real commits of one file", single, 0.10)


def measure_warm(bench: Bench, options: argparse.Namespace) -> None:
    """Measure commits of some files by this process, which has indexed the commit before."""
    for size, bar, commits in ((1, 0.10, options.commits), (10, 0.5, 5), (100, None, 3)):
        files = min(size, len(bench.checkout.python()))
        rows = []
        bench.floor()
        for number in range(commits):
            bench.checkout.commit(files)
            rows.append(bench.bring_in())
            if files == 1 and number % max(1, commits // max(options.equal, 1)) == 0:
                bench.compare()
        print_figures(bench, f"{files} file{'s' * (files > 1)}, warm", [sum(row) for row in rows], bar)
        medians = [statistics.median(column) * 1e3 for column in zip(*rows, strict=True)]
        names = zip(("plan", *(step.__name__ for step in STEPS), "view"), medians, strict=True)
        print(f"    ms of it, medians: {', '.join(f'{name} {median:.1f}' for name, median in names)}", flush=True)
        bench.compare()


def measure_views(bench: Bench) -> None:
    """Measure the view of HEAD when the nearest cached view is some commits away, and when there is none."""
    folder = bench.settings.cache_folder / "views"
    for _ in range(FAR):
        bench.checkout.commit(1)
        bench.bring_in()
    newest, *_, oldest = bench.checkout.git("rev-list", "--first-parent", f"--max-count={FAR + 1}", "HEAD").split()
    costs = []
    bench.floor()
    for file in folder.glob("*.view"):
        file.unlink()
    indexing.ensure_view(bench.stores, bench.repo, oldest)
    head = bench.stores.snapshots.info(bench.repo, newest)
    assert head is not None
    for _ in range(3):
        costs.append(cpu_seconds(lambda: indexing.ensure_view(bench.stores, bench.repo, newest)))
        view_file(bench.stores, head.digest).unlink()
    print_figures(bench, f"view from {FAR} commits away", costs, 1.0)
    for file in folder.glob("*.view"):
        file.unlink()
    print_figures(
        bench, "view from nothing", [cpu_seconds(lambda: indexing.ensure_view(bench.stores, bench.repo, newest))], 6.0
    )


def measure_cold(bench: Bench) -> None:
    """Measure a whole `aura index` process: its start, clusters and scan of the working tree count too."""
    env = {"AURA_HOME": str(bench.settings.home), "AURA_WORKERS": "1"}
    bench.floor()
    command = [sys.executable, "-m", "aura_cli", "index", str(bench.checkout.path), "--json"]
    idle = [cpu_or_exit(run(command, env, quiet=True)) for _ in range(3)]
    rows = []
    for _ in range(5):
        bench.checkout.commit(1)
        rows.append(cpu_or_exit(run(command, env, quiet=True)))
    start = statistics.median(idle)
    print_figures(bench, "1 file, cold", rows, 0.6, f"{start:.2f} of it for a process with nothing to do")


def measure_saved_edits(bench: Bench) -> None:
    """Measure from a saved edit of a followed checkout to an answer that has it."""
    done = Event()

    def index_checkout(repo: str, progress: Progress) -> None:
        bench.aura.index_edits(repo, progress)
        done.set()

    bench.floor()
    bench.aura.index(bench.repo, progress=silent)
    bench.aura.follower = CheckoutFollower(bench.stores, index_checkout)
    try:
        bench.aura.at(bench.repo).context(ContextRequest(TASKS[0]))
        _first, *costs = _measure_edits(bench, done)
    finally:
        bench.aura.follower.stop()
    print_figures(bench, "1 file saved, watched, indexed", [cost.index for cost in costs], None)
    print_figures(bench, "  and answered", [cost.index + cost.answer for cost in costs], None)
    print_figures(bench, "  of it the answer asked again", [cost.same_answer for cost in costs], None)


class EditCost(NamedTuple):
    """CPU seconds until an edit is indexed, of the answer, and of the same answer again."""

    index: float
    answer: float
    same_answer: float


def _measure_edits(bench: Bench, done: Event) -> Iterator[EditCost]:
    for _ in range(SAVES):
        time.sleep(0.3)
        done.clear()
        [name] = bench.checkout.edit(1)
        start = time.process_time()
        if not done.wait(PATIENCE_SECONDS):
            raise SystemExit("an edit of a followed checkout was not brought in")
        index_cost = time.process_time() - start
        answers = [cpu_seconds(lambda name=name: _ask(bench, name)) for _ in range(2)]
        yield EditCost(index_cost, *answers)


def _ask(bench: Bench, name: str) -> None:
    if name not in bench.aura.at(bench.repo).context(ContextRequest(f"`{name}` fails")).text:
        raise SystemExit(f"{name} was saved and is not in the answer")


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes in this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def cpu_or_exit(cost: ProcessCost) -> float:
    """Return the CPU seconds of a command, and exit when it failed."""
    if cost.code:
        raise SystemExit(f"a command ended with {cost.code}: {cost.out[-500:]}")
    return cost.cpu


def print_figures(bench: Bench, label: str, rows: Sequence[float], bar: float | None, note: str = "") -> None:
    """Print one line: median, mean and maximum, the bar, and the ratio of the median to `ast.parse`.

    The ratio is to the `ast.parse` that was measured last, since other programs use the machine too.
    """
    *_, floor = bench.floors
    middle = statistics.median(rows)
    bar_text = f"(bar: {bar:g})" if bar is not None else ""
    print(
        f"  {label:31} {middle:7.3f} CPU-s  {bar_text:11} mean {statistics.mean(rows):.3f}, most {max(rows):.3f}; "
        f"{middle / floor:.4f} ast.parse"
        f"{f'; {note}' if note else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
