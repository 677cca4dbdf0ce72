"""A recorded trace, mapped to definitions and call sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.tracing.definitions import CONSTRUCTORS, Definition, Site, Source, Span, Tree

OUTSIDE = None
"""The callee when code outside the tree, in C or of a lambda was called."""

Caller = tuple[str, Definition | None]
"""A file and the function in it; None for the module itself."""

Pair = tuple[Caller, Definition]


@dataclass(frozen=True, slots=True)
class Place:
    """An instruction that called something: its caller, its position, and the call as written, if there is one.

    An operator is no written call.
    """

    caller: Caller
    span: Span
    site: Site | None
    operation: str

    @property
    def path(self) -> str:
        """Return the caller's file."""
        path, _ = self.caller
        return path

    @property
    def line(self) -> int:
        """Return the first line of the instruction."""
        line, *_ = self.span
        return line


@dataclass(slots=True)
class Trace:
    """A run's calls.

    ``direct`` has the callees of each place, ``far`` those that were reached through code outside the tree,
    ``native`` the functions in C. ``constructors`` are by the file and name of their class.
    """

    direct: dict[Place, set[Definition | None]] = field(default_factory=lambda: defaultdict(set))
    far: dict[Place, set[Definition]] = field(default_factory=lambda: defaultdict(set))
    native: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    constructors: dict[tuple[str, str], Definition] = field(default_factory=dict)

    def happened(self) -> Iterator[tuple[Place, Definition, str]]:
        """Yield each direct call of a definition in the tree, with its sort.

        Sorts are ``plain``, ``constructor``, ``special`` and ``property``.
        """
        for place, callees in self.direct.items():
            for callee in callees:
                if callee is not None:
                    yield place, callee, sort_of(place, callee, callees)


def sort_of(place: Place, callee: Definition, callees: Iterable[Definition | None]) -> str:
    """Return the sort of a call; ``callees`` are all that the place called."""
    if callee.last == "__init__" and (place.site is not None or place.operation.startswith("RAISE")):
        return "constructor"
    if (
        callee.last == "__new__"
        and place.site is not None
        and not any(c is not None and c.last == "__init__" for c in callees)
    ):
        return "constructor"
    if callee.special or callee.last in CONSTRUCTORS:
        return "special"
    if callee.accessor or place.site is None:
        return "property"
    return "plain"


def read_trace(tree: Tree, rows: dict[str, Any]) -> Trace:
    """Map a recorded run to definitions.

    Class bodies, comprehensions and lambdas are no callees; their calls belong to the function or module around them.
    """
    trace = Trace()
    places: dict[tuple[Any, ...], Place | None] = {}
    for path, span, operation, kind, callee_path, name, line in rows["calls"]:
        key = path, *span, operation
        if key not in places:
            places[key] = _place(tree, path, span, operation)
        place = places[key]
        if place is None or (name.endswith(">") and kind in ("direct", "far") and not name.endswith("<lambda>")):
            continue
        if kind == "native":
            trace.native[place].add(name)
        elif kind == "outside" or name.endswith("<lambda>"):
            trace.direct[place].add(OUTSIDE)
        elif (callee := _definition(tree, callee_path, name, line)) is not None and callee.kind != "class":
            (trace.direct if kind == "direct" else trace.far)[place].add(callee)
    for path, qualname, callee_path, name, line in rows["classes"]:
        constructor = _definition(tree, callee_path, name, line)
        if constructor is not None:
            trace.constructors[path, qualname] = constructor
    return trace


def _definition(tree: Tree, path: str, name: str, line: int) -> Definition | None:
    source = tree.source(path)
    _, _, last_name = name.rpartition(".")
    return source.definition(last_name, line) if source is not None else None


def _place(tree: Tree, path: str, span: list[int | None], operation: str) -> Place | None:
    source = tree.source(path)
    line, column, end_line, end_column = span
    if source is None or line is None or column is None or end_line is None or end_column is None:
        return None
    where = line, column, end_line, end_column
    return Place((path, source.owner(where[:2])), where, _site(source, where, operation), operation)


def _site(source: Source, where: Span, operation: str) -> Site | None:
    """Return the call as written at an instruction.

    A method call's instruction begins at the method's name, so only its end is the end of the call.
    """
    if not operation.startswith("CALL"):
        return None
    site = source.by_end.get(where[2:])
    if site is not None and where[:2] in (site.span[:2], _name_start(site)):
        return site
    return source.decorators.get(where)


def _name_start(site: Site) -> tuple[int, int]:
    line, column = site.name_end
    return line, column + 1 - len(site.name.encode())
