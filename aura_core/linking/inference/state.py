"""Holds the state of one inference: what it has read and inferred, what flows inside a file, and its rules.

It knows no rule of Python: three tables of rules say what an expression, an attribute or a call stands for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, TypeVarTuple, cast

from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import ClassKey, MutableRef, Ref, Refs
from aura_core.parsing.python.ir import Binding, CallExpr

K = TypeVar("K")
V = TypeVar("V")
Ts = TypeVarTuple("Ts")

MAX_CHAIN: Final = 8
"""Longest chain of names, attributes and calls that is followed."""

MAX_VALUES: Final = 48
"""Most values that one expression may have: enough for the handlers of a registry, few enough for products of them."""

NO_VALUES: Refs = ()

_NO_FLOWS: tuple[int, ...] = ()

FILE_STEPS: Final = 1_000_000
"""Steps in which the values of one file are followed: 20 times what the file of Django takes that takes most. What is
over them becomes unresolved (``too-complex``).
"""

MIN_STEPS: Final = 500
"""Steps that every call site may take, also when the budget of its file is spent: enough for names and imports."""

MAX_STEPS: Final = 20_000
"""Most steps for one answer about another file, what it asks again not counted."""

MAX_READS: Final = 1_024
"""Most dependency keys that one answer about another file may depend on: modules that import everything from each other
in circles would depend on all of them.
"""

Rule = Callable[..., Sequence[Ref]]
"""A function of a table of rules. It begins with the state and ends with the remaining depth."""

HeapKey = (
    tuple[int, int]
    | tuple[Literal["A"], ClassKey | tuple[Literal["f"], str, int], str]
    | tuple[Literal["E"], MutableRef]
)
"""What values flow into: ``function place, position`` is a parameter, ``"A", owner, name`` an attribute of a class or
function, ``"E", container`` what a container holds.
"""

Key = str | int | None
"""A key of a dict or a place in a sequence; None when it is not known."""

Store = tuple[Key, Ref, int]
"""``key, value, number``: what flows into a container. The number is that of a store which takes the place of what the
container held under the key before, else 0.
"""

Location = tuple[SourceFile, int, int]
"""The file, the scope and the place of an expression."""

CallContext = tuple[SourceFile, int, CallExpr]
"""The file, the scope and the row of a call, for what depends on its arguments."""


M_BOUND: Final = "b"
BoundMember = tuple[Literal["b"], SourceFile, int, Sequence[Binding]]
"""``file, scope, bindings``: what the body of a class binds."""

M_ASSIGNMENT: Final = "a"
AssignmentMember = tuple[Literal["a"], SourceFile, Sequence[int]]
"""``file, values``: what methods assign to ``self.name``, as alternating scopes and expressions."""

M_FLOW: Final = "h"
FlowMember = tuple[Literal["h"], Refs]
"""``values``: what flows into the attribute in the own file."""

M_EXTERNAL: Final = "x"
ExternalMember = tuple[Literal["x"], str]
"""``dotted``: what a base outside the tree may have."""

Member = BoundMember | AssignmentMember | FlowMember | ExternalMember
"""What a class has under a name."""


class TooComplex(Exception):
    """An answer takes more steps than there are left."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that answer for expressions by opcode, for attributes by the kind of their owner, and for calls by the
    kind of the callee.
    """

    expressions: Mapping[int, Rule]
    attributes: Mapping[str, Rule]
    calls: Mapping[str, Rule]


class InferenceState:
    """Answers what expressions, attributes and calls stand for, and remembers the answers.

    ``plain`` leaves calls and inheritance out: that is how bases are resolved. ``reads`` collects the numbers of the
    dependency keys that were read. While ``own_file`` is set, values that flow inside that file (``heap``) are seen in
    it, ``callbacks`` and ``passed_objects`` hold by parameter what other files pass to its functions, and ``trail``
    collects the numbers of what the answers depend on in the heap: an answer holds until more has flowed into one of
    those.

    An answer about another file is remembered there, with the keys that were read for it. In the own file a key that
    was read once is read, whichever expression asks first. Chains are of bounded depth, and the remaining depth is
    part of every memo's key. So the answer and its reads depend on nothing but the tree.

    ``steps`` counts the work: a step for each question and for each value and flow of an answer. More than ``limit``
    raise ``TooComplex``, and so do more reads than ``max_reads``. The steps for an answer about another file are
    counted apart; whoever asks for it takes as many whether it was remembered or not. So what is too complex does not
    depend on the order of files either.
    """

    def __init__(self, program: Program, rules: Rules, *, plain: bool = False) -> None:
        self.program, self.plain = program, plain
        self.number = program.keys.number
        self.reads: set[int] = set()
        self.own_file: SourceFile | None = None
        self.memo: dict[object, tuple[Any, tuple[int, ...]]] = {}
        self.heap: dict[HeapKey, dict[Any, None]] = {}
        self.heap_numbers: dict[HeapKey, int] = {}
        self.trail: list[int] = []
        self.steps, self.limit, self.max_reads = 0, FILE_STEPS, sys.maxsize
        self.members: dict[object, list[Member]] = {}
        self.callbacks: dict[tuple[int, int], list[CallbackFlow]] = {}
        self.passed_objects: dict[tuple[int, int], Refs] = {}
        self._expressions, self._attributes, self._calls = rules.expressions, rules.attributes, rules.calls

    # Questions

    def infer(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        """Return the values of an expression, in order, without repeats."""
        if not place or depth <= 0:
            return NO_VALUES
        key = scope, place, depth
        if file is not self.own_file:
            return self.memoize_other(file.memos[self.plain], key, self._infer, file, scope, place, depth)
        entry: tuple[Refs, tuple[int, ...]] | None = self.memo.get(key)
        if entry is not None:  # as memoize_own does, without a call: nothing is asked more often
            refs, flows = entry
            self.steps += 1 + len(refs)
            if flows:
                self.steps += len(flows)
                self.trail += flows
            return refs
        self.steps += 1
        if self.steps > self.limit:
            raise TooComplex
        mark = len(self.trail)
        out = self._infer(file, scope, place, depth)
        # most answers depend on nothing in the heap: one shared empty tuple stands for that
        self.memo[key] = out, self._flows_since(mark) if len(self.trail) != mark else _NO_FLOWS
        return out

    def _infer(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        row = file.exprs[place]
        if row is None:
            return NO_VALUES
        # one look-up by opcode, not a chain of comparisons: this runs some 200,000 times for 900 files
        refs = self._expressions[row[0]](self, (file, scope, place), row, depth)
        return tuple(refs) if len(refs) < 2 else tuple(dict.fromkeys(refs))[:MAX_VALUES]

    def infer_alone(self, file: SourceFile, scope: int, place: int) -> Refs:
        """Return the values of an expression as a piece of work of its own; none when that takes too many steps."""
        self.begin()
        try:
            return self.infer(file, scope, place, MAX_CHAIN)
        except TooComplex:
            return NO_VALUES

    def attribute(self, base: Ref, name: str, depth: int) -> Sequence[Ref]:
        """Return what an attribute of a value stands for."""
        return self._attributes[base[0]](self, base, name, depth)

    def call(self, function: Ref, depth: int, site: CallContext | None = None) -> Sequence[Ref]:
        """Return what a call of a value returns; ``site`` is where it stands, if anywhere."""
        return self._calls[function[0]](self, function, site, depth)

    # Records

    def read(self, *key: str) -> None:
        """Record a dependency key. The busiest callers write ``state.reads.add(state.number((…)))`` themselves."""
        self.reads.add(self.number(key))

    def flowing(self, key: HeapKey) -> Refs:
        """Return the values that have flowed so far into a parameter or an attribute of the own file."""
        self.trail.append(self.heap_number(key))
        return tuple(self.heap.get(key, ()))

    def stores(self, key: HeapKey) -> tuple[Store, ...]:
        """Return the stores that have flowed so far into a container of the own file."""
        self.trail.append(self.heap_number(key))
        return tuple(self.heap.get(key, ()))

    def heap_number(self, key: HeapKey) -> int:
        """Return the small number that stands for a heap entry."""
        return self.heap_numbers.setdefault(key, len(self.heap_numbers))

    def _flows_since(self, mark: int) -> tuple[int, ...]:
        """Return what the trail holds since it was ``mark`` long, each once."""
        trail = self.trail
        since = tuple(dict.fromkeys(trail[mark:]))  # shortened in place, or it would grow with every answer
        trail[mark:] = since
        return since

    # Budget

    def begin_file(self) -> None:
        """Begin to work for another file: with no reads and with a whole budget."""
        self.reads = set()
        self.steps, self.limit = 0, FILE_STEPS

    def begin(self) -> None:
        """Begin a piece of work, such as a call site, which may take some steps whatever was spent before."""
        # no ``max``: this runs for every call site and every argument
        least = self.steps + MIN_STEPS
        self.limit = least if least > FILE_STEPS else FILE_STEPS

    @property
    def is_spent(self) -> bool:
        """Whether the file's budget is spent, so that only ``MIN_STEPS`` are left for each piece of work."""
        return self.steps > FILE_STEPS

    def spend(self, steps: int) -> None:
        """Count steps. Raises ``TooComplex`` when there are none left."""
        self.steps += steps
        if self.steps > self.limit:
            raise TooComplex

    # Memory

    def memoize(self, path: str, key: tuple[object, ...], make: Callable[[*Ts], V], *arguments: *Ts) -> V:
        """Return an answer about a class of the file at a path, which may depend on what flows in the own file."""
        if self.own_file is not None:
            return self.memoize_own(key, make, *arguments)
        memo = self.program.files[path].memos[self.plain]
        value: V = self.memoize_other(memo, key, make, *arguments)
        return value

    def memoize_own(self, key: object, make: Callable[[*Ts], V], *arguments: *Ts) -> V:
        """Return what ``make`` returns in the own file. It is remembered with what it depends on in the heap."""
        entry = self.memo.get(key)
        if entry is not None:
            value: V
            value, flows = entry
            self.steps += 1 + len(flows)
            self.trail += flows
            return value
        self.spend(1)
        mark = len(self.trail)
        out = make(*arguments)
        self.memo[key] = out, self._flows_since(mark) if len(self.trail) != mark else _NO_FLOWS
        return out

    def memoize_other(
        self,
        memo: dict[K, tuple[V, tuple[int, ...]]],
        key: K,
        make: Callable[[*Ts], V],
        *arguments: *Ts,
    ) -> V:
        """Return what ``make`` returns outside of the own file, where nothing is known to flow. It is remembered in
        ``memo`` with what was read for it, for whoever asks next.
        """
        entry = memo.get(key)
        if entry is None:
            # what flows in the own file must not show in an answer that others will read too
            memo[key] = entry = self._answer_apart(make, *arguments)
        value, numbers = entry
        self.reads.update(numbers)
        if value is TooComplex or len(self.reads) > self.max_reads:
            raise TooComplex
        self.steps += 1 + len(numbers)
        if self.steps > self.limit:
            raise TooComplex
        return value

    def _answer_apart(self, make: Callable[[*Ts], V], *arguments: *Ts) -> tuple[V, tuple[int, ...]]:
        """Return what ``make`` returns, and what was read for it; ``TooComplex`` in its place when it takes too many
        steps of its own.
        """
        before = self.own_file, self.reads, self.steps, self.limit, self.max_reads
        self.own_file, self.reads, self.steps, self.limit, self.max_reads = None, set(), 0, MAX_STEPS, MAX_READS
        try:
            value = make(*arguments)
        except TooComplex:
            value = cast("V", TooComplex)
        numbers = tuple(self.reads)
        self.own_file, self.reads, self.steps, self.limit, self.max_reads = before
        return value, numbers
