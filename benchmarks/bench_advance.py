"""What a change costs from commit to answer, on a tree of Django's size, and whether an advanced view answers like one
built from nothing.

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

from aura_core import indexing
from aura_core.indexing import StepContext
from aura_core.indexing.runs import finish, keep_lease, plan_run
from aura_core.indexing.steps.report import Progress, silent
from aura_core.indexing.view_cache import view_file
from aura_core.model.context import ContextRequest
from aura_core.service import Aura, CheckoutFollower
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from benchmarks.bench_context import TASKS
from benchmarks.bench_index import PARSE_ALL
from benchmarks.corpus import archive_repository
from benchmarks.editing import Checkout
from benchmarks.measure import Measured, run

STEPS = (indexing.parse, indexing.graph, indexing.embed, indexing.snapshot)
"""After these a commit is queryable: graph, search and vectors. Clusters come later and change no answer."""

FAR = 32
"""Commits between a cached view and the one that is asked for."""

SAVES = 11
"""Edits of a followed checkout; the first is made to get warm."""

PATIENCE_SECONDS = 120.0


class Bench:
    """One checkout under one home, and the figures taken."""

    def __init__(self, checkout: Checkout, settings: Settings) -> None:
        self.checkout, self.settings = checkout, settings
        self.stores = open_stores(settings)
        self.aura = Aura(self.stores, local=True)
        self.repo = self.aura.add(str(checkout.path), from_cli=True).id
        self.floors: list[float] = []
        self.differ: list[str] = []
        self.compared = 0

    def floor(self) -> float:
        """CPU seconds of `ast.parse` over the tree's Python files, measured now too."""
        listing = self.settings.home / "files"
        listing.write_text("\n".join(str(self.checkout.path / path) for path in self.checkout.python()))
        self.floors.append(run([sys.executable, "-c", PARSE_ALL, str(listing)]).cpu)
        return self.floors[-1]

    def bring_in(self) -> list[float]:
        """Index HEAD in this process; CPU seconds of the plan, of each step, and of opening the view."""
        times = [time.process_time()]
        made = plan_run(self.stores, self.repo, f"bench-{uuid.uuid4().hex}")
        if made is None:
            raise SystemExit("HEAD is published already: nothing was measured")
        times.append(time.process_time())
        context = StepContext.open(self.stores, made)
        with keep_lease(self.stores, made):
            for step in STEPS:
                step(context)
                times.append(time.process_time())
        indexing.ensure_view(self.stores, self.repo, made.targets[0][1])
        times.append(time.process_time())
        finish(self.stores, made)
        indexing.cluster(context)
        return [end - start for start, end in pairwise(times)]

    def compare(self) -> None:
        """Ask the advanced view of HEAD and one built from nothing."""
        sha = self.checkout.git("rev-parse", "HEAD")
        with tempfile.TemporaryDirectory(prefix="aura-bench-") as folder:
            empty = replace(self.stores, settings=replace(self.settings, cache=Path(folder)))
            mine, clean = Aura(self.stores), Aura(empty)
            for task in TASKS:
                self.compared += 1
                one, other = (
                    replace(aura.at(self.repo, sha).context(ContextRequest(task)), lag={}) for aura in (mine, clean)
                )
                if one != other:
                    self.differ.append(f"{sha}: {task}")
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
        checkout = Checkout(options.repository or archive_repository(options.package), Path(folder) / "checkout")
        bench = Bench(checkout, Settings(home=Path(folder) / "home", workers=1))
        try:
            measure(bench, options)
        finally:
            bench.stores.close()
    print(f"{bench.compared} contexts of advanced views compared with rebuilt ones, {len(bench.differ)} differ")
    sys.exit(1 if bench.differ else 0)


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """Everything, one after the other; the process gets warm with the first whole index."""
    after = (
        bench.checkout.git("rev-list", "--first-parent", f"--max-count={options.history}", "HEAD").split()[::-1]
        if options.repository
        else []
    )
    if after:
        bench.checkout.git("checkout", "--quiet", f"{after[0]}~1")
    first = sum(bench.bring_in())
    floor = bench.floor()
    print(
        f"{options.repository or options.package}: {len(bench.checkout.python())} .py files, `ast.parse` over them {floor:.2f} CPU-s"
    )
    say(bench, "whole index, warm", [first], None)
    if after:
        replay(bench, after, options.equal)
    warm(bench, options)
    views(bench)
    cold(bench)
    watched(bench)
    say(bench, "`ast.parse` alone", bench.floors, None)


def replay(bench: Bench, shas: Sequence[str], equal: int) -> None:
    """Real commits, each from what the last one left."""
    rows: list[tuple[int, float]] = []
    for place, sha in enumerate(shas, 1):
        changed = len(bench.checkout.git("diff", "--name-only", "HEAD", sha).splitlines())
        bench.checkout.git("checkout", "--quiet", sha)
        rows.append((changed, sum(bench.bring_in())))
        if place % max(1, len(shas) // max(equal, 1)) == 0:
            bench.compare()
    say(
        bench,
        f"{len(rows)} real commits",
        [cpu for _, cpu in rows],
        None,
        f"{statistics.median(n for n, _ in rows):g} files at the median",
    )
    if single := [cpu for changed, cpu in rows if changed == 1]:
        say(bench, f"{len(single)} real commits of one file", single, 0.10)


def warm(bench: Bench, options: argparse.Namespace) -> None:
    """Commits of some files by this process, which has indexed the commit before."""
    for wanted, bar, commits in ((1, 0.10, options.commits), (10, 0.5, 5), (100, None, 3)):
        files = min(wanted, len(bench.checkout.python()))
        rows = []
        bench.floor()
        for place in range(commits):
            bench.checkout.commit(files)
            rows.append(bench.bring_in())
            if files == 1 and place % max(1, commits // max(options.equal, 1)) == 0:
                bench.compare()
        say(bench, f"{files} file{'s' * (files > 1)}, warm", [sum(row) for row in rows], bar)
        parts = [statistics.median(column) * 1e3 for column in zip(*rows, strict=True)]
        named = zip(("plan", *(step.__name__ for step in STEPS), "view"), parts, strict=True)
        print(f"    ms of it, medians: {', '.join(f'{name} {part:.1f}' for name, part in named)}", flush=True)
        bench.compare()


def views(bench: Bench) -> None:
    """The view of HEAD when the nearest at hand is some commits away, and when there is none."""
    kept = bench.settings.cache_folder / "views"
    for _ in range(FAR):
        bench.checkout.commit(1)
        bench.bring_in()
    shas = bench.checkout.git("rev-list", "--first-parent", f"--max-count={FAR + 1}", "HEAD").split()
    far = []
    bench.floor()
    for file in kept.glob("*.view"):
        file.unlink()
    indexing.ensure_view(bench.stores, bench.repo, shas[-1])
    head = bench.stores.snapshots.info(bench.repo, shas[0])
    assert head is not None
    for _ in range(3):
        far.append(spent(lambda: indexing.ensure_view(bench.stores, bench.repo, shas[0])))
        view_file(bench.stores, head.digest).unlink()
    say(bench, f"view from {FAR} commits away", far, 1.0)
    for file in kept.glob("*.view"):
        file.unlink()
    say(bench, "view from nothing", [spent(lambda: indexing.ensure_view(bench.stores, bench.repo, shas[0]))], 6.0)


def cold(bench: Bench) -> None:
    """The same by a process of its own: `aura index`, with its start, its clusters, and its look at the working tree."""
    env = {"AURA_HOME": str(bench.settings.home), "AURA_WORKERS": "1"}
    bench.floor()
    command = [sys.executable, "-m", "aura_cli", "index", str(bench.checkout.path), "--json"]
    idle = [checked(run(command, env, quiet=True)) for _ in range(3)]
    rows = []
    for _ in range(5):
        bench.checkout.commit(1)
        rows.append(checked(run(command, env, quiet=True)))
    start = statistics.median(idle)
    say(bench, "1 file, cold", rows, 0.6, f"{start:.2f} of it for a process with nothing to do")


def watched(bench: Bench) -> None:
    """From a saved edit of a followed checkout to an answer that has it."""
    done = Event()

    def index_checkout(repo: str, progress: Progress) -> None:
        bench.aura.index_edits(repo, progress)
        done.set()

    bench.floor()
    bench.aura.index(bench.repo, progress=silent)
    bench.aura.follower = CheckoutFollower(bench.stores, index_checkout)
    try:
        bench.aura.at(bench.repo).context(ContextRequest(TASKS[0]))
        rows = list(_saved(bench, done))
    finally:
        bench.aura.follower.stop()
    say(bench, "1 file saved, watched, indexed", [row[0] for row in rows[1:]], None)
    say(bench, "  and answered", [row[0] + row[1] for row in rows[1:]], None)
    say(bench, "  of it the answer asked again", [row[2] for row in rows[1:]], None)


def _saved(bench: Bench, done: Event) -> Iterator[tuple[float, float, float]]:
    """CPU seconds until an edit is indexed, of the answer, and of the same answer again."""
    for _ in range(SAVES):
        time.sleep(0.3)
        done.clear()
        [name] = bench.checkout.edit(1)
        started = time.process_time()
        if not done.wait(PATIENCE_SECONDS):
            raise SystemExit("an edit of a followed checkout was not brought in")
        indexed = time.process_time() - started
        answers = [spent(lambda name=name: _ask(bench, name)) for _ in range(2)]
        yield indexed, *answers


def _ask(bench: Bench, name: str) -> None:
    if name not in bench.aura.at(bench.repo).context(ContextRequest(f"`{name}` fails")).text:
        raise SystemExit(f"{name} was saved and is not in the answer")


def spent(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


def checked(measured: Measured) -> float:
    """CPU seconds of a command that did not fail."""
    if measured.code:
        raise SystemExit(f"a command ended with {measured.code}: {measured.out[-500:]}")
    return measured.cpu


def say(bench: Bench, what: str, rows: Sequence[float], bar: float | None, more: str = "") -> None:
    """One line: median, mean and maximum, the bar, and the median in times of the `ast.parse` that was measured last:
    others use the machine too.
    """
    middle, floor = statistics.median(rows), bench.floors[-1]
    wanted = f"(bar: {bar:g})" if bar is not None else ""
    print(
        f"  {what:31} {middle:7.3f} CPU-s  {wanted:11} mean {statistics.mean(rows):.3f}, most {max(rows):.3f}; {middle / floor:.4f} ast.parse"
        f"{f'; {more}' if more else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
