"""What an evaluator keeps, and the questions that its parts ask each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aura_core.linking.dependency_keys import KEY_LOCAL
from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.source_file import Memo, SourceFile
from aura_core.linking.values import Ref, Refs

K = TypeVar("K")
V = TypeVar("V")

DEPTH = 8
"""Longest chain of names, attributes and calls that is followed."""

WIDTH = 48
"""Most values that one expression may have: enough for the handlers of a registry, few enough for products of them."""

NOTHING: Refs = ()

NO_FLOWS: tuple[int, ...] = ()

Found = tuple[str, Any, int, Any]
"""``("b", file, scope, bindings)``, ``("a", file, 0, [scope, expr, …])`` or ``("x", None, 0, dotted)``."""


class Questions(ABC):
    """``plain`` leaves calls and inheritance out, which is what bases are resolved with.

    ``reads`` collects the numbers of the keys read. While ``own`` is set, values that flow inside that file (``heap``)
    are seen in it, and
    ``arrived`` holds what other files pass for its parameters, and
    ``trail`` collects the numbers of what they flow into: what was evaluated there holds until more has flowed into
    one of those. All else that is read while a file is linked is read for that file, whichever expression asks first.
    """

    def __init__(self, program: Program, *, plain: bool = False) -> None:
        self.program = program
        self.plain = plain
        self.number = program.keys.number
        self.reads: set[int] = set()
        self.own: SourceFile | None = None
        self.memo: Memo = {}
        self.heap: dict[tuple[Any, ...], dict[Ref, None]] = {}
        self.trail: list[int] = []
        self.members: dict[tuple[Any, str], list[Found]] = {}
        self.arrived: dict[tuple[int, int], list[CallbackFlow]] = {}

    def read(self, *key: Any) -> None:
        """Record a key. Where it happens most, ``self.reads.add(self.number((…)))`` stands for this."""
        self.reads.add(self.number(key))

    def flowing(self, *key: Any) -> Refs:
        """What is known to flow into something of the file that is being linked."""
        self.trail.append(self.number((KEY_LOCAL, *key)))
        return tuple(self.heap.get(key, ()))

    def flowed(self, mark: int) -> tuple[int, ...]:
        """What the trail holds since it was ``mark`` long, each once."""
        trail = self.trail
        since = tuple(dict.fromkeys(trail[mark:]))
        trail[mark:] = since
        return since

    def here(self, memo: dict[K, tuple[V, tuple[int, ...]]], key: K, make: Callable[..., V], *arguments: Any) -> V:
        """What ``make`` gives in the file that is being linked. It is kept in ``memo`` with what it depends on that
        values flow into.
        """
        hit = memo.get(key)
        if hit is not None:
            self.trail += hit[1]
            return hit[0]
        mark = len(self.trail)
        out = make(*arguments)
        memo[key] = out, self.flowed(mark) if len(self.trail) != mark else NO_FLOWS
        return out

    def elsewhere(self, memo: dict[K, tuple[V, tuple[int, ...]]], key: K, make: Callable[..., V], *arguments: Any) -> V:
        """What ``make`` gives outside of the file that is being linked, where nothing is known to flow. It is kept in
        ``memo`` with what was read for it, for whoever asks next.
        """
        hit = memo.get(key)
        if hit is None:
            outside, self.own = self.own, None
            saved, self.reads = self.reads, set()
            memo[key] = hit = make(*arguments), tuple(self.reads)
            self.reads, self.own = saved, outside
        self.reads.update(hit[1])
        return hit[0]

    @abstractmethod
    def evaluate(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        """The values of an expression, in order, without repeats."""

    @abstractmethod
    def instances(self, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
        """Values of an annotated type."""

    @abstractmethod
    def attribute(self, base: Ref, name: str, depth: int) -> Any:
        """What an attribute of a value stands for."""

    @abstractmethod
    def is_enum(self, base: Ref) -> bool:
        """Whether a class makes its members from what it is assigned."""

    @abstractmethod
    def metaclasses(self, base: Ref, depth: int) -> Refs:
        """A class as an instance of its metaclass, if that is one of the tree."""

    @abstractmethod
    def order(self, base: Ref) -> Sequence[Ref]:
        """The classes in which a member is looked up."""

    @abstractmethod
    def call(self, function: Ref, depth: int, site: tuple[SourceFile, int, Any] | None = None) -> Any:
        """What calling a value gives; ``site`` is where, with the call's row, for what depends on its arguments."""
