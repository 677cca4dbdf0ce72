"""Which of the calls that happened an answer holds, and which of an answer's edges were wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.tracing.calls import Caller, Pair, Place, Trace
from benchmarks.tracing.definitions import Definition
from benchmarks.tracing.graph import Edge, Graph

COUNTED = frozenset({"plain", "constructor"})
"""The sorts of calls that the headline counts: no special methods, no properties."""


def happened(trace: Trace) -> dict[Pair, set[str]]:
    """Each (caller, callee) that was seen, with the sorts of its calls."""
    pairs: dict[Pair, set[str]] = defaultdict(set)
    for place, callee, sort in trace.happened():
        pairs[place.caller, callee].add(sort)
    return pairs


@dataclass(slots=True)
class Places:
    """What was executed, by caller and line."""

    trace: Trace
    by_line: dict[tuple[Caller, int], list[Place]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for place in {*self.trace.direct, *self.trace.far, *self.trace.native}:
            self.by_line[place.caller, place.site.span[0] if place.site else place.span[0]].append(place)

    def at(self, edge: Edge) -> list[Place]:
        """The executed places of an edge's caller on the edge's lines."""
        return [p for line in edge.lines for p in self.by_line.get((edge.caller, line), ())]


def verdicts(trace: Trace, graph: Graph) -> list[tuple[Edge, bool | None, list[Place]]]:
    """Each edge with whether it was right, None when its site was not executed, and the executed places that decide.

    A line may hold several calls. The edge's are those that are written with the target's name; without one, those
    whose callees no other edge of the caller names.
    """
    places = Places(trace)
    claimed: dict[Caller, set[Definition]] = defaultdict(set)
    for edge in graph.edges:
        claimed[edge.caller].add(edge.target)
    return [(edge, *_verdict(trace, edge, places.at(edge), claimed[edge.caller])) for edge in graph.edges]


def _verdict(
    trace: Trace, edge: Edge, places: Sequence[Place], claimed: set[Definition]
) -> tuple[bool | None, list[Place]]:
    right = [p for p in places if _called(trace, p, edge.target)]
    if right:
        return True, right
    if edge.target.special or edge.target.accessor:
        wrong = [
            p for p in places if any(c is not None and c.last == edge.target.last for c in trace.direct.get(p, ()))
        ]
    else:
        written = [p for p in places if p.site is not None and (trace.direct.get(p) or trace.native.get(p))]
        named = [p for p in written if p.site is not None and p.site.name in (edge.target.name, edge.target.last)]
        wrong = named or [
            p
            for p in written
            if claimed.isdisjoint(c for c in trace.direct.get(p, ()) if c is not None) and trace.direct.get(p)
        ]
    return (False, wrong) if wrong else (None, [])


def _called(trace: Trace, place: Place, target: Definition) -> bool:
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
    """Counts of one way of resolving calls. Recall is over pairs that happened, precision over pairs whose caller
    executed such a site.
    """

    found: int = 0
    wanted: int = 0
    right: int = 0
    judged: int = 0

    def add(self, other: Score) -> None:
        """Add another's counts."""
        self.found += other.found
        self.wanted += other.wanted
        self.right += other.right
        self.judged += other.judged

    @property
    def recall(self) -> float:
        """The share of calls that happened which are in the answer."""
        return self.found / max(self.wanted, 1)

    @property
    def precision(self) -> float:
        """The share of executed edges of the answer that called what they say."""
        return self.right / max(self.judged, 1)


def score_pairs(answer: Iterable[Pair], wanted: Iterable[Pair], seen: set[Pair]) -> Score:
    """A rival's answer, given only for executed sites: every pair in it is judged."""
    answer, wanted = set(answer), set(wanted)
    judged = {(c, t) for c, t in answer if t.kind != "class"}
    return Score(len(answer & wanted), len(wanted), len(judged & seen), len(judged))


def seen_pairs(trace: Trace) -> set[Pair]:
    """Pairs that were seen directly or through code outside the tree."""
    return {
        (p.caller, c)
        for calls in (trace.direct, trace.far)
        for p, callees in calls.items()
        for c in callees
        if c is not None
    }
