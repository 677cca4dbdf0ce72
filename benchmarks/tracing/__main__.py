"""Recall and precision of the graph on calls that happened: ``python -m benchmarks.tracing [PACKAGE…]``. See
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.corpus import archive_repository
from benchmarks.tracing.calls import Pair, read_trace
from benchmarks.tracing.definitions import Tree
from benchmarks.tracing.graph import ask_aura
from benchmarks.tracing.judge import Score, score_pairs, seen_pairs
from benchmarks.tracing.packages import PACKAGES, Package
from benchmarks.tracing.report import (
    KINDS,
    VIEWS,
    Result,
    as_json,
    calibration_table,
    callees_missed,
    misses,
    summary,
    totals,
    wrong,
)
from benchmarks.tracing.rivals import jedi, same_name
from benchmarks.tracing.traces import trace

RECALL, AHEAD, WRONG = 0.82, 0.06, 0.02
"""The bars: recall in total, lead over jedi, wrong exact edges at most."""


def main() -> None:
    options = arguments()
    results = [
        measured(p, rivals=not (options.calibrate or options.alone))
        for p in PACKAGES
        if not options.packages or p.name in options.packages
    ]
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(results), indent=1) + "\n")
    if options.calibrate:
        print(calibration_table(results))
        return
    for line in summary(results):
        print(line)
    print()
    print(calibration_table(results))
    print()
    print(bars(results))
    if options.misses:
        print("\n".join(["", "Misses by what Aura says", *misses(results, options.misses)]))
        print("\n".join(["", "Callees missed most", *callees_missed(results, 3 * options.misses)]))
    for kind in KINDS if options.wrong else ():
        print("\n".join(["", *wrong(results, kind, options.wrong)]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracing", description=__doc__)
    parser.add_argument(
        "packages", nargs="*", metavar="PACKAGE", help=f"only these of {', '.join(p.name for p in PACKAGES)}"
    )
    parser.add_argument("--calibrate", action="store_true", help="print only the table of precision by kind")
    parser.add_argument("--alone", action="store_true", help="do not ask jedi and the bare names")
    parser.add_argument(
        "--misses", type=int, default=0, metavar="N", help="N examples of each group of calls that no edge holds"
    )
    parser.add_argument(
        "--wrong", type=int, default=0, metavar="N", help="N edges of each kind that called something else"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    if unknown := set(options.packages) - {p.name for p in PACKAGES}:
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    return options


def measured(package: Package, *, rivals: bool) -> Result:
    """Trace a package (or take the kept trace), index it, ask the rivals."""
    say(f"{package.requirement}: source archive")
    tree = Tree(archive_repository(package.requirement))
    say(f"{package.requirement}: its own tests, traced (kept for the next run)")
    calls = read_trace(tree, trace(package, tree.root))
    say(f"{package.requirement}: aura index, aura graph export")
    result = Result(package, tree, calls, ask_aura(tree))
    seen = seen_pairs(calls)
    others: dict[str, set[Pair]] = {}
    if rivals:
        say(f"{package.requirement}: jedi (kept for the next run), bare names")
        others = {"jedi": jedi(package, tree, calls), "same name": same_name(tree, calls)}
    ours = {(e.caller, e.target) for e in result.graph.edges}
    verdicts = [right for _, right, _ in result.judged if right is not None]
    for view in VIEWS:
        wanted = result.wanted(view)
        result.scores["aura", view] = Score(len(ours & wanted), len(wanted), sum(verdicts), len(verdicts))
        for who, pairs in others.items():
            result.scores[who, view] = score_pairs(pairs, wanted, seen)
    return result


def say(what: str) -> None:
    """Progress, apart from the results."""
    print(what, file=sys.stderr, flush=True)


def bars(results: list[Result]) -> str:
    """The bars and whether they are met."""
    scores = totals(results)
    ours = scores["aura", "headline"].recall
    exact = [right for r in results for edge, right, _ in r.judged if right is not None and edge.how == "exact"]
    share = exact.count(False) / max(len(exact), 1)
    rows = [
        (f"recall {ours:.3f}", f"at least {RECALL}", ours >= RECALL),
        (f"wrong exact edges {share:.4f}", f"at most {WRONG}", share <= WRONG),
    ]
    if ("jedi", "headline") in scores:
        ahead = ours - scores["jedi", "headline"].recall
        rows.append((f"ahead of jedi by {ahead:.3f}", f"at least {AHEAD}", ahead >= AHEAD))
    return "\n".join(f"{what:28} (bar: {bar}) {'met' if met else 'NOT met'}" for what, bar, met in rows)


if __name__ == "__main__":
    main()
