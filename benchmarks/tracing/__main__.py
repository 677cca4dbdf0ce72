"""Measures recall and precision of the graph on calls that happened: ``python -m benchmarks.tracing [PACKAGE…]``.

See benchmarks/README.md.
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
    RESOLUTIONS,
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

MIN_RECALL, MIN_LEAD, MAX_WRONG = 0.82, 0.06, 0.02
"""The bars: recall in total, lead over jedi, share of wrong exact edges."""


def main() -> None:
    options = arguments()
    results = [
        measure(p, rivals=not (options.calibrate or options.alone))
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
    for resolution in RESOLUTIONS if options.wrong else ():
        print("\n".join(["", *wrong(results, resolution, options.wrong)]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracing", description=__doc__)
    parser.add_argument(
        "packages", nargs="*", metavar="PACKAGE", help=f"only these of {', '.join(p.name for p in PACKAGES)}"
    )
    parser.add_argument("--calibrate", action="store_true", help="print only the table of precision by resolution")
    parser.add_argument("--alone", action="store_true", help="do not ask jedi and the bare names")
    parser.add_argument(
        "--misses", type=int, default=0, metavar="N", help="N examples of each group of calls that no edge holds"
    )
    parser.add_argument(
        "--wrong", type=int, default=0, metavar="N", help="N edges of each resolution that called something else"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    if unknown := set(options.packages) - {p.name for p in PACKAGES}:
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    return options


def measure(package: Package, *, rivals: bool) -> Result:
    """Trace a package (or read the cached trace), index it, and score Aura and the rivals."""
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
    ours = {(edge.caller, edge.target) for edge in result.graph.edges}
    decisions = [verdict.is_right for verdict in result.verdicts if verdict.is_right is not None]
    for view in VIEWS:
        true_pairs = result.true_pairs(view)
        result.scores["aura", view] = Score(len(ours & true_pairs), len(true_pairs), sum(decisions), len(decisions))
        for who, pairs in others.items():
            result.scores[who, view] = score_pairs(pairs, true_pairs, seen)
    return result


def say(message: str) -> None:
    """Print progress, on standard error."""
    print(message, file=sys.stderr, flush=True)


def bars(results: list[Result]) -> str:
    """Return the bars and whether they are met."""
    scores = totals(results)
    ours = scores["aura", "headline"].recall
    exact = [
        verdict.is_right
        for result in results
        for verdict in result.verdicts
        if verdict.is_right is not None and verdict.edge.resolution == "exact"
    ]
    share = exact.count(False) / max(len(exact), 1)
    rows = [
        (f"recall {ours:.3f}", f"at least {MIN_RECALL}", ours >= MIN_RECALL),
        (f"wrong exact edges {share:.4f}", f"at most {MAX_WRONG}", share <= MAX_WRONG),
    ]
    if ("jedi", "headline") in scores:
        lead = ours - scores["jedi", "headline"].recall
        rows.append((f"ahead of jedi by {lead:.3f}", f"at least {MIN_LEAD}", lead >= MIN_LEAD))
    return "\n".join(f"{figure:28} (bar: {bar}) {'met' if is_met else 'NOT met'}" for figure, bar, is_met in rows)


if __name__ == "__main__":
    main()
