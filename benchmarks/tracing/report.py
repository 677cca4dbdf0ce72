"""What the benchmark prints: recall and precision side by side, the calibration table, the commonest misses, the wrong
edges.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.tracing.calls import Caller, Pair, Place, Trace
from benchmarks.tracing.definitions import Definition, Tree
from benchmarks.tracing.graph import Edge, Graph
from benchmarks.tracing.judge import COUNTED, Score, happened, verdicts
from benchmarks.tracing.packages import Package

KINDS = ("exact", "inferred", "override", "unique", "pattern")


@dataclass(slots=True)
class Result:
    """One package: its trace, Aura's graph and everybody's scores. ``scores`` go by (who, which calls)."""

    package: Package
    tree: Tree
    trace: Trace
    graph: Graph
    judged: list[tuple[Edge, bool | None, list[Place]]] = field(default_factory=list)
    scores: dict[tuple[str, str], Score] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.judged = verdicts(self.trace, self.graph)

    def wanted(self, view: str) -> set[Pair]:
        """The pairs of a view: ``headline``, ``product`` (callers that are no tests) or ``all`` (special methods and
        properties too).
        """
        pairs = happened(self.trace)
        if view == "all":
            return set(pairs)
        return {
            pair for pair, sorts in pairs.items() if sorts & COUNTED and not (view == "product" and self.package.is_test(pair[0][0]))
        }  # fmt: skip


VIEWS = ("headline", "product", "all")


def totals(results: Iterable[Result]) -> dict[tuple[str, str], Score]:
    """Scores summed over packages."""
    out: dict[tuple[str, str], Score] = defaultdict(Score)
    for result in results:
        for key, score in result.scores.items():
            out[key].add(score)
    return dict(out)


def calibration(results: Iterable[Result]) -> dict[str, Score]:
    """How often edges of each kind called what they say, over edges whose site was executed."""
    out = {kind: Score() for kind in KINDS}
    for result in results:
        for edge, right, _ in result.judged:
            if right is not None:
                out.setdefault(edge.how, Score()).add(Score(right=int(right), judged=1))
    return out


def calibration_table(results: Sequence[Result]) -> str:
    """The Markdown table of docs/graph.md."""
    lines = ["| how | edges executed | of them right | precision |", "| --- | --- | --- | --- |"]
    for kind, score in calibration(results).items():
        share = f"{score.precision:.3f}" if score.judged else "not seen"
        lines.append(f"| `{kind}` | {score.judged} | {score.right} | {share} |")
    return "\n".join(lines)


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Recall by package and view, precision of each answer."""
    asked = list(dict.fromkeys(who for result in results for who, _ in result.scores))
    yield (
        f"{'package':24}{'calls':>7}"
        + "".join(f"{who:>12}" for who in asked)
        + "     recall without special methods and properties"
    )
    for result in results:
        yield _row(result.package.requirement, result.scores, asked, "headline")
    scores = totals(results)
    yield _row("total", scores, asked, "headline")
    yield _row("  called by product code", scores, asked, "product")
    yield _row("  with special, property", scores, asked, "all")
    yield f"{'precision':24}{'':7}" + "".join(f"{scores[who, 'headline'].precision:12.3f}" for who in asked)
    yield f"{'edges executed':24}{'':7}" + "".join(f"{scores[who, 'headline'].judged:12}" for who in asked)


def _row(name: str, scores: dict[tuple[str, str], Score], asked: Sequence[str], view: str) -> str:
    return f"{name:24}{scores[asked[0], view].wanted:7}" + "".join(f"{scores[who, view].recall:12.3f}" for who in asked)


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The same figures for programs."""

    def plain(scores: dict[tuple[str, str], Score]) -> list[dict[str, Any]]:
        return [
            {
                "who": who,
                "calls": view,
                "wanted": s.wanted,
                "found": s.found,
                "recall": round(s.recall, 4),
                "judged": s.judged,
                "right": s.right,
            }
            for (who, view), s in scores.items()
        ]

    return {
        "packages": {r.package.requirement: plain(r.scores) for r in results},
        "total": plain(totals(results)),
        "calibration": {
            k: {"judged": s.judged, "right": s.right, "precision": round(s.precision, 4)}
            for k, s in calibration(results).items()
        },
    }


def text_of(tree: Tree, path: str, line: int) -> str:
    """A line of source, stripped."""
    source = tree.source(path)
    return source.text[line - 1].strip()[:140] if source is not None and 0 < line <= len(source.text) else ""


def misses(results: Iterable[Result], limit: int) -> Iterator[str]:
    """Calls that happened and are in no edge, by what Aura said of their sites; ``limit`` examples of each group."""
    groups: dict[str, list[str]] = defaultdict(list)
    for result in results:
        known = {(e.caller, e.target) for e in result.graph.edges}
        edges_at = _edges_at(result.graph)
        shown: set[Pair] = set()
        for place, callee, sort in sorted(
            result.trace.happened(), key=lambda row: (row[0].caller[0], row[0].span, row[1].qualname)
        ):
            pair = place.caller, callee
            if pair in known or pair in shown or sort not in COUNTED:
                continue
            shown.add(pair)
            where = f"{result.package.name}:{place.caller[0]}:{place.span[0]}"
            said, kind = _said(result, edges_at, place)
            groups[f"{kind}, {sort}"].append(
                f"  {where}: {text_of(result.tree, place.caller[0], place.span[0])}\n      called {_id(callee)}; Aura: {said}"
            )
    total = sum(map(len, groups.values()))
    for kind, rows in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"{len(rows):5} of {total}  {kind}"
        step = max(len(rows) // limit, 1)
        yield from rows[::step][:limit]


def _said(result: Result, edges_at: dict[tuple[Caller, int], list[Edge]], place: Place) -> tuple[str, str]:
    """What the graph has at a place, and the group that puts the miss in."""
    path = place.caller[0]
    site = place.site
    lines = site.lines if site is not None else range(place.span[0], place.span[0] + 1)
    left = [row for line in lines for row in result.graph.unresolved.get((path, line), ())]
    if site is not None:
        mine = [row for row in left if row[0].rpartition(".")[2] == site.name] or [row for row in left if not site.name]
        if mine:
            return f"unresolved {mine[0][0]!r}: {mine[0][1]}", f"unresolved {mine[0][1]}"
    here = [e for line in lines for e in edges_at.get((place.caller, line), ())]
    named = [e for e in here if site is not None and site.name in (e.target.name, e.target.last)]
    if named:
        return "edge to " + ", ".join(f"{_id(e.target)} ({e.how})" for e in named), "another definition of that name"
    outside = [t for line in lines for t in result.graph.outside.get((path, line), ())]
    if site is not None and any(t.rpartition(".")[2] == site.name for t in outside):
        return f"outside: {', '.join(outside)}", "taken for outside"
    if site is not None and place in result.trace.native:
        return f"{sorted(result.trace.native[place])} called it back", "called back by code outside"
    rest = (
        [f"edge to {_id(e.target)} ({e.how})" for e in here]
        + [f"outside {t}" for t in outside]
        + [f"unresolved {t!r}: {r}" for t, r in left]
    )
    return "; ".join(rest) or "nothing", "no site of that name"


def _edges_at(graph: Graph) -> dict[tuple[Caller, int], list[Edge]]:
    out: dict[tuple[Caller, int], list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        for line in edge.lines:
            out[edge.caller, line].append(edge)
    return out


def wrong(results: Iterable[Result], kind: str, limit: int) -> Iterator[str]:
    """Edges of a kind whose site was executed and called something else."""
    rows = []
    for result in results:
        for edge, right, places in result.judged:
            if right is False and edge.how == kind:
                place = places[0]
                called = sorted(
                    {_id(c) if c else "code outside or a lambda" for c in result.trace.direct.get(place, ())}
                )
                called += sorted(result.trace.native.get(place, ()))
                line = place.span[0]
                rows.append(
                    f"  {result.package.name}:{edge.caller[0]}:{line}: {text_of(result.tree, edge.caller[0], line)}\n"
                    f"      Aura: {_id(edge.target)}; called {', '.join(called)}"
                )
    yield f"{len(rows):5} wrong {kind} edges"
    yield from rows[:limit]


def _id(definition: Definition) -> str:
    return f"{definition.path}:{definition.line} {definition.qualname}"


def callees_missed(results: Iterable[Result], limit: int) -> Iterator[str]:
    """The callees that most missed calls lead to."""
    counts: Counter[str] = Counter()
    for result in results:
        known = {(e.caller, e.target) for e in result.graph.edges}
        for pair in result.wanted("headline"):
            if pair not in known:
                counts[f"{result.package.name} {_id(pair[1])}"] += 1
    for name, count in counts.most_common(limit):
        yield f"{count:5}  {name}"
