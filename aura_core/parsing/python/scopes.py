"""Scopes while a file is read in one pass: which bindings of a name reach the place that is being read."""

from __future__ import annotations

from aura_core.parsing.python.ir import (
    B_FUNCTION,
    B_UNKNOWN,
    B_VALUE,
    E_IN,
    S_CLASS,
    S_COMPREHENSION,
    S_FUNCTION,
    S_MODULE,
)
from aura_core.parsing.python.tables import Row, Tables

MAX_BINDINGS = 24
"""More bindings of one name in one scope than this, and the rest are unknown together."""

MAX_LINES = 8_000
"""In a body of more lines than this a name has any of its bindings: what reaches where is copied at every branch."""

Env = dict[str, tuple[int, ...]]
"""Name → places of the bindings that reach here. A name that is bound but missing may have any of its bindings.
``x.y``, only in a function or comprehension, is an attribute of which a condition said something; when it is missing,
it is like any other attribute."""


class Scope:
    """One module, class body, function, lambda or comprehension. ``flows``: which bindings reach a place is followed;
    ``blocks``: how many blocks of statements around the place that is being read are its own.
    """

    __slots__ = (
        "attributes", "binds", "blocks", "declared", "env", "flows", "function", "inside_loops", "kind", "lambdas", "log", "parent", "place",
        "reads", "row", "self_class", "self_name", "sites", "sticky", "unit",
    )  # fmt: skip

    def __init__(self, kind: int, place: int, unit: int, row: int, parent: Scope | None, lines: int) -> None:
        self.kind, self.place, self.unit, self.row, self.parent = kind, place, unit, row, parent
        self.binds: dict[str, list[Row]] = {}
        self.env: Env = {}
        self.flows = lines <= MAX_LINES
        self.log: list[tuple[str, int]] = []
        self.sticky: dict[str, set[int]] = {}
        self.declared: dict[str, Scope] = {}
        self.sites: list[object] = []
        self.reads: list[int] = []
        self.blocks = 0
        self.inside_loops = 0
        self.lambdas = 0
        self.attributes = False
        inner = parent is not None and kind in (S_FUNCTION, S_COMPREHENSION)
        self.self_name: str = parent.self_name if parent is not None and inner else ""
        self.self_class: int = parent.self_class if parent is not None and inner else -1
        self.function: int = parent.function if parent is not None and kind == S_COMPREHENSION else -1

    def bind(self, name: str, binding: Row, tables: Tables) -> None:
        """``name`` has this binding from here on, in the scope that a ``global`` or ``nonlocal`` statement says."""
        if name in self.declared:
            scope = self.declared[name]
            if scope is not self and binding[0] in (B_VALUE, B_FUNCTION) and binding[-1]:
                binding = (*binding[:-1], tables.intern((E_IN, self.place, binding[-1])))
            scope.sticky.setdefault(name, set()).add(scope.place_of(name, binding))
            return
        place = self.place_of(name, binding)
        if not self.flows:
            return
        if self.attributes:
            self._forget_attributes(name)
        self.env[name] = (place,)
        self.log.append((name, place))

    def reach(self, name: str) -> tuple[int, ...] | None:
        """The places of the bindings of a name that reach here, those that inner functions may make included; None
        when any may.
        """
        places = self.env.get(name)
        if places is None or not self.sticky or name not in self.sticky:
            return places
        return (*places, *sorted(self.sticky[name].difference(places)))

    def _forget_attributes(self, name: str) -> None:
        """What was known of the attributes of a name that is bound anew."""
        for known in [known for known in self.env if known.startswith(f"{name}.")]:
            del self.env[known]

    def place_of(self, name: str, binding: Row) -> int:
        """Where the binding stands among those of its name; the last place is for all that are too many."""
        found = self.binds.setdefault(name, [])
        if binding in found:
            return found.index(binding)
        if len(found) < MAX_BINDINGS - 1:
            found.append(binding)
        elif len(found) < MAX_BINDINGS:
            found.append((B_UNKNOWN,))
        return len(found) - 1

    def begin_loop(self) -> tuple[Env, int]:
        """Inside a loop an earlier iteration's bindings reach too, so nothing is known until it is bound again."""
        saved = self.env, len(self.log)
        self.env = {}
        self.inside_loops += 1
        return saved

    def end_loop(self, saved: tuple[Env, int]) -> None:
        """After a loop what was bound before it and anything bound in it reach."""
        self.inside_loops -= 1
        self.env = self.reaching(saved)

    def reaching(self, saved: tuple[Env, int]) -> Env:
        """An earlier state and everything bound since, any of which may have happened."""
        before, mark = saved
        env = dict(before)
        for name, place in self.log[mark:]:
            known = env.get(name)
            if known is None:
                if not self.inside_loops:
                    env[name] = (place,)
            elif place not in known:
                env[name] = (*known, place)
        return env

    def join(self, branches: list[Env]) -> None:
        """After alternatives: what reaches the end of any of them. No branch left means that the place is not reached."""
        if not branches:
            return
        merged = dict(branches[0])
        for branch in branches[1:]:
            for name, places in branch.items():
                known = merged.get(name)
                if known is None:
                    if not self.inside_loops and "." not in name:
                        merged[name] = places
                elif known != places:
                    merged[name] = known + tuple(p for p in places if p not in known)
            if self.inside_loops or self.attributes:
                for name in [name for name in merged if name not in branch and (self.inside_loops or "." in name)]:
                    del merged[name]
        self.env = merged

    def final(self) -> dict[str, tuple[int, ...]]:
        """Names of which not every binding reaches the end, and those that do. Functions are left at any place, so
        they have none.
        """
        if self.kind not in (S_MODULE, S_CLASS):
            return {}
        out = {}
        for name, places in self.env.items():
            reach = tuple(sorted({*places, *self.sticky.get(name, ())}))
            if len(reach) < len(self.binds[name]):
                out[name] = reach
        return out
