"""Judges an answer: which of the calls that happened it has, and which of its edges were wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.tracing.calls import Caller, Pair, Place, Trace
from benchmarks.tracing.definitions import Definition
from benchmarks.tracing.graph import Edge, Graph

HEADLINE_SORTS = frozenset({"plain", "constructor"})
"""The sorts of calls that the headline counts: no special methods, no properties."""


def happened(trace: Trace) -> dict[Pair, set[str]]:
    """Return each (caller, callee) that was seen, with the sorts of its calls."""
    pairs: dict[Pair, set[str]] = defaultdict(set)
    for place, callee, sort in trace.happened():
        pairs[place.caller, callee].add(sort)
    return pairs


@dataclass(slots=True)
class Places:
    """The places that were executed, by caller and line."""

    trace: Trace
    by_line: dict[tuple[Caller, int], list[Place]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for place in {*self.trace.direct, *self.trace.far, *self.trace.native}:
            line, *_ = place.site.span if place.site else place.span
            self.by_line[place.caller, line].append(place)

    def of(self, edge: Edge) -> list[Place]:
        """Return the executed places of an edge's caller on the edge's lines."""
        return [p for line in edge.lines for p in self.by_line.get((edge.caller, line), ())]


class Verdict(NamedTuple):
    """Whether an edge was right (None: its site was not executed), and the executed places that decide."""

    edge: Edge
    is_right: bool | None
    places: list[Place]


def verdicts(trace: Trace, graph: Graph) -> list[Verdict]:
    """Judge each edge.

    A line may have several calls. The edge's calls are those that are written with the target's name; when there is
    none, those whose callees are in no other edge of the caller.
    """
    places = Places(trace)
    targets: dict[Caller, set[Definition]] = defaultdict(set)
    for edge in graph.edges:
        targets[edge.caller].add(edge.target)
    return [_verdict(trace, edge, places.of(edge), targets[edge.caller]) for edge in graph.edges]


def _verdict(trace: Trace, edge: Edge, places: Sequence[Place], targets: set[Definition]) -> Verdict:
    """Judge one edge; ``targets`` are those of all edges of its caller."""
    right = [p for p in places if _has_called(trace, p, edge.target)]
    if right:
        return Verdict(edge, True, right)
    if edge.target.special or edge.target.accessor:
        wrong = [
            p for p in places if any(c is not None and c.last == edge.target.last for c in trace.direct.get(p, ()))
        ]
    else:
        calls = [p for p in places if p.site is not None and (trace.direct.get(p) or trace.native.get(p))]
        same_name = [p for p in calls if p.site is not None and p.site.name in (edge.target.name, edge.target.last)]
        wrong = same_name or [
            p
            for p in calls
            if targets.isdisjoint(c for c in trace.direct.get(p, ()) if c is not None) and trace.direct.get(p)
        ]
    return Verdict(edge, False, wrong) if wrong else Verdict(edge, None, [])


def _has_called(trace: Trace, place: Place, target: Definition) -> bool:
    seen = trace.direct.get(place, set())
    if target in seen or target in trace.far.get(place, ()):
        return True
    if target.kind != "class":
        return False
    return (
        place.site is not None
        and place.site.name == target.last
        and all(c is None or c.last.startswith("__") for c in seen)
    )


@dataclass(slots=True)
class Score:
    """Counts of one way of resolving calls.

    Recall is the share ``hits`` of the ``true_pairs`` that happened, precision the share ``right`` of the
    ``verdicts``: the pairs whose caller executed such a site.
    """

    hits: int = 0
    true_pairs: int = 0
    right: int = 0
    verdicts: int = 0

    def add(self, other: Score) -> None:
        """Add another's counts."""
        self.hits += other.hits
        self.true_pairs += other.true_pairs
        self.right += other.right
        self.verdicts += other.verdicts

    @property
    def recall(self) -> float:
        """Return the share of the calls that happened which are in the answer."""
        return self.hits / max(self.true_pairs, 1)

    @property
    def precision(self) -> float:
        """Return the share of the answer's executed edges that are right."""
        return self.right / max(self.verdicts, 1)


def score_pairs(answer: Iterable[Pair], true_pairs: Iterable[Pair], seen: set[Pair]) -> Score:
    """Score a rival's answer. It was asked at executed sites only, so every pair in it is judged."""
    answer, true_pairs = set(answer), set(true_pairs)
    calls = {(caller, target) for caller, target in answer if target.kind != "class"}
    return Score(len(answer & true_pairs), len(true_pairs), len(calls & seen), len(calls))


def seen_pairs(trace: Trace) -> set[Pair]:
    """Return the pairs that were seen directly or through code outside the tree."""
    return {
        (p.caller, c)
        for calls in (trace.direct, trace.far)
        for p, callees in calls.items()
        for c in callees
        if c is not None
    }
