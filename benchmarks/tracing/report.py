"""Prints the figures: recall and precision side by side, the calibration table, the commonest misses, wrong edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aura_core.model.graph import Resolution
from benchmarks.tracing.calls import Caller, Pair, Place, Trace
from benchmarks.tracing.definitions import Definition, Span, Tree
from benchmarks.tracing.graph import Edge, Graph
from benchmarks.tracing.judge import HEADLINE_SORTS, Score, Verdict, happened, verdicts
from benchmarks.tracing.packages import Package

RESOLUTIONS = tuple(Resolution)


@dataclass(slots=True)
class Result:
    """One package: its trace, Aura's graph with its verdicts, and all scores, by (who, view)."""

    package: Package
    tree: Tree
    trace: Trace
    graph: Graph
    verdicts: list[Verdict] = field(default_factory=list)
    scores: dict[tuple[str, str], Score] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.verdicts = verdicts(self.trace, self.graph)

    def true_pairs(self, view: str) -> set[Pair]:
        """Return the pairs of a view that happened.

        Views are ``headline``, ``product`` (callers that are no tests) and ``all`` (special methods, properties too).
        """
        pairs = happened(self.trace)
        if view == "all":
            return set(pairs)
        return {
            ((path, function), callee)
            for ((path, function), callee), sorts in pairs.items()
            if sorts & HEADLINE_SORTS and not (view == "product" and self.package.is_test(path))
        }


VIEWS = ("headline", "product", "all")


def totals(results: Iterable[Result]) -> dict[tuple[str, str], Score]:
    """Return the scores summed over packages."""
    sums: dict[tuple[str, str], Score] = defaultdict(Score)
    for result in results:
        for key, score in result.scores.items():
            sums[key].add(score)
    return dict(sums)


def calibration(results: Iterable[Result]) -> dict[str, Score]:
    """Return the score of the edges of each resolution whose site was executed."""
    scores = {resolution.value: Score() for resolution in RESOLUTIONS}
    for result in results:
        for edge, is_right, _ in result.verdicts:
            if is_right is not None:
                scores.setdefault(edge.resolution, Score()).add(Score(right=int(is_right), verdicts=1))
    return scores


def calibration_table(results: Sequence[Result]) -> str:
    """Return the Markdown table of docs/graph.md."""
    lines = ["| resolution | edges executed | of them right | precision |", "| --- | --- | --- | --- |"]
    for resolution, score in calibration(results).items():
        share = f"{score.precision:.3f}" if score.verdicts else "not seen"
        lines.append(f"| `{resolution}` | {score.verdicts} | {score.right} | {share} |")
    return "\n".join(lines)


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Yield recall by package and view, and the precision of each answer."""
    answers = list(dict.fromkeys(who for result in results for who, _ in result.scores))
    yield (
        f"{'package':24}{'calls':>7}"
        + "".join(f"{who:>12}" for who in answers)
        + "     recall without special methods and properties"
    )
    for result in results:
        yield _row(result.package.requirement, result.scores, answers, "headline")
    scores = totals(results)
    yield _row("total", scores, answers, "headline")
    yield _row("  called by product code", scores, answers, "product")
    yield _row("  with special, property", scores, answers, "all")
    yield f"{'precision':24}{'':7}" + "".join(f"{scores[who, 'headline'].precision:12.3f}" for who in answers)
    yield f"{'edges executed':24}{'':7}" + "".join(f"{scores[who, 'headline'].verdicts:12}" for who in answers)


def _row(name: str, scores: dict[tuple[str, str], Score], answers: Sequence[str], view: str) -> str:
    first, *_ = answers
    calls = scores[first, view].true_pairs
    return f"{name:24}{calls:7}" + "".join(f"{scores[who, view].recall:12.3f}" for who in answers)


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return the same figures for programs."""

    def plain(scores: dict[tuple[str, str], Score]) -> list[dict[str, Any]]:
        return [
            {
                "who": who,
                "calls": view,
                "wanted": s.true_pairs,
                "found": s.hits,
                "recall": round(s.recall, 4),
                "judged": s.verdicts,
                "right": s.right,
            }
            for (who, view), s in scores.items()
        ]

    return {
        "packages": {r.package.requirement: plain(r.scores) for r in results},
        "total": plain(totals(results)),
        "calibration": {
            k: {"judged": s.verdicts, "right": s.right, "precision": round(s.precision, 4)}
            for k, s in calibration(results).items()
        },
    }


def text_of(tree: Tree, path: str, line: int) -> str:
    """Return a line of source, stripped."""
    source = tree.source(path)
    return source.text[line - 1].strip()[:140] if source is not None and 0 < line <= len(source.text) else ""


def misses(results: Iterable[Result], limit: int) -> Iterator[str]:
    """Yield the calls that are in no edge, ``limit`` examples of each group of what Aura's graph has instead."""
    groups: dict[str, list[str]] = defaultdict(list)
    for result in results:
        done: set[Pair] = {(edge.caller, edge.target) for edge in result.graph.edges}
        edges_by_line = _edges_by_line(result.graph)
        for place, callee, sort in sorted(result.trace.happened(), key=_source_order):
            pair = place.caller, callee
            if pair in done or sort not in HEADLINE_SORTS:
                continue
            done.add(pair)
            path, line = place.path, place.line
            answer, group = _graph_answer(result, edges_by_line, place)
            groups[f"{group}, {sort}"].append(
                f"  {result.package.name}:{path}:{line}: {text_of(result.tree, path, line)}\n"
                f"      called {_id(callee)}; Aura: {answer}"
            )
    total = sum(map(len, groups.values()))
    for group, rows in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"{len(rows):5} of {total}  {group}"
        step = max(len(rows) // limit, 1)
        yield from rows[::step][:limit]


def _source_order(call: tuple[Place, Definition, str]) -> tuple[str, Span, str]:
    place, callee, _ = call
    return place.path, place.span, callee.qualname


def _graph_answer(result: Result, edges_by_line: dict[tuple[Caller, int], list[Edge]], place: Place) -> tuple[str, str]:
    """Return what the graph has at a place, and the name of the group of such misses."""
    site = place.site
    lines = site.lines if site is not None else range(place.line, place.line + 1)
    unresolved = [row for line in lines for row in result.graph.unresolved.get((place.path, line), ())]
    if site is not None:
        same_name = [row for row in unresolved if _last_part(row) == site.name] or (unresolved if not site.name else [])
        for text, reason in same_name[:1]:
            return f"unresolved {text!r}: {reason}", f"unresolved {reason}"
    edges = [edge for line in lines for edge in edges_by_line.get((place.caller, line), ())]
    same_name_edges = [e for e in edges if site is not None and site.name in (e.target.name, e.target.last)]
    if same_name_edges:
        return "edge to " + ", ".join(map(_edge_text, same_name_edges)), "another definition of that name"
    outside = [target for line in lines for target in result.graph.outside.get((place.path, line), ())]
    if site is not None and any(target.rpartition(".")[2] == site.name for target in outside):
        return f"outside: {', '.join(outside)}", "taken for outside"
    if site is not None and place in result.trace.native:
        return f"{sorted(result.trace.native[place])} called it back", "called back by code outside"
    others = (
        [f"edge to {_edge_text(edge)}" for edge in edges]
        + [f"outside {target}" for target in outside]
        + [f"unresolved {text!r}: {reason}" for text, reason in unresolved]
    )
    return "; ".join(others) or "nothing", "no site of that name"


def _last_part(unresolved: tuple[str, str]) -> str:
    text, _ = unresolved
    _, _, last = text.rpartition(".")
    return last


def _edge_text(edge: Edge) -> str:
    return f"{_id(edge.target)} ({edge.resolution})"


def _edges_by_line(graph: Graph) -> dict[tuple[Caller, int], list[Edge]]:
    edges: dict[tuple[Caller, int], list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        for line in edge.lines:
            edges[edge.caller, line].append(edge)
    return edges


def wrong(results: Iterable[Result], resolution: str, limit: int) -> Iterator[str]:
    """Yield the edges of a resolution whose site was executed and called something else."""
    rows = []
    for result in results:
        for edge, is_right, places in result.verdicts:
            if is_right is False and edge.resolution == resolution:
                place, *_ = places
                callees = sorted(
                    {_id(c) if c else "code outside or a lambda" for c in result.trace.direct.get(place, ())}
                )
                callees += sorted(result.trace.native.get(place, ()))
                path, line = place.path, place.line
                rows.append(
                    f"  {result.package.name}:{path}:{line}: {text_of(result.tree, path, line)}\n"
                    f"      Aura: {_id(edge.target)}; called {', '.join(callees)}"
                )
    yield f"{len(rows):5} wrong {resolution} edges"
    yield from rows[:limit]


def _id(definition: Definition) -> str:
    return f"{definition.path}:{definition.line} {definition.qualname}"


def callees_missed(results: Iterable[Result], limit: int) -> Iterator[str]:
    """Yield the callees that most missed calls lead to."""
    counts: Counter[str] = Counter()
    for result in results:
        edges = {(edge.caller, edge.target) for edge in result.graph.edges}
        for caller, callee in result.true_pairs("headline"):
            if (caller, callee) not in edges:
                counts[f"{result.package.name} {_id(callee)}"] += 1
    for name, count in counts.most_common(limit):
        yield f"{count:5}  {name}"
