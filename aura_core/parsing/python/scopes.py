"""Tracks scopes while a Python file is read in one pass: which bindings of a name reach the present line."""

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
    Binding,
    ScopeRow,
)
from aura_core.parsing.python.tables import Intern

MAX_BINDINGS = 24
"""A name that has more bindings in one scope than this keeps the first ones; the rest are one unknown binding."""

MAX_LINES = 8_000
"""A body of more lines than this is not flow sensitive, because an environment is copied at every branch."""

Env = dict[str, tuple[int, ...]]
"""Maps a name to the indexes of its bindings that reach the present line. A name that is bound but missing here may
have any of its bindings. ``x.y``, only in a function or comprehension, is an attribute that a condition has narrowed;
when it is missing, it is an attribute like any other."""

Checkpoint = tuple[Env, int]
"""An environment and the length of the log at one line."""


class Scope:
    """One module, class body, function, lambda or comprehension.

    ``unit`` is the place of its function or class, ``definition`` the row of the definition around it.
    ``is_flow_sensitive``: the scope follows which bindings reach a line. ``block_depth`` counts the blocks of its own
    statements around the present line, ``loop_depth`` the loops. ``late_bindings`` are made by inner scopes with
    ``global`` or ``nonlocal`` and may reach any line. ``declarations`` maps names that such a statement declares here
    to the scope that they belong to. ``prefix`` stands before the qualified names of definitions inside; ``owner`` is
    the row of the definition that owns their text, -1 where each owns its own.
    """

    __slots__ = (
        "bindings", "block_depth", "declarations", "definition", "env", "function", "has_narrowed_attributes",
        "is_flow_sensitive", "kind", "lambda_count", "late_bindings", "log", "loop_depth", "owner", "parent", "place",
        "prefix", "reads", "self_class", "self_name", "sites", "unit",
    )  # fmt: skip

    def __init__(self, kind: int, place: int, unit: int, definition: int, parent: Scope | None, lines: int) -> None:
        self.kind, self.place, self.unit, self.definition, self.parent = kind, place, unit, definition, parent
        self.bindings: dict[str, list[Binding]] = {}
        self.env: Env = {}
        self.is_flow_sensitive = lines <= MAX_LINES
        self.log: list[tuple[str, int]] = []
        self.late_bindings: dict[str, set[int]] = {}
        self.declarations: dict[str, Scope] = {}
        self.sites: list[int | str] = []
        self.reads: list[int] = []
        self.block_depth = self.loop_depth = self.lambda_count = 0
        self.has_narrowed_attributes = False
        self.prefix = ""
        self.owner = self.function = self.self_class = -1
        self.self_name = ""
        if parent is not None and kind in (S_FUNCTION, S_COMPREHENSION):
            self.self_name, self.self_class = parent.self_name, parent.self_class
            if kind == S_COMPREHENSION:
                self.function = parent.function

    def bind(self, name: str, binding: Binding, intern: Intern) -> None:
        """Bind a name from here on, in the scope that a ``global`` or ``nonlocal`` statement declares for it."""
        if name in self.declarations:
            self._bind_elsewhere(name, binding, intern)
            return
        index = self.add_binding(name, binding)
        if not self.is_flow_sensitive:
            return
        if self.has_narrowed_attributes:
            # ``x = …`` ends what a condition said about ``x.y``
            for attribute in [key for key in self.env if key.startswith(f"{name}.")]:
                del self.env[attribute]
        self.env[name] = (index,)
        self.log.append((name, index))

    def _bind_elsewhere(self, name: str, binding: Binding, intern: Intern) -> None:
        scope = self.declarations[name]
        if scope is not self:  # the value is an expression of this scope
            if binding[0] == B_VALUE:
                _, value = binding
                binding = (B_VALUE, intern((E_IN, self.place, value)) if value else 0)
            elif binding[0] == B_FUNCTION:
                _, function, value = binding
                binding = (B_FUNCTION, function, intern((E_IN, self.place, value)) if value else 0)
        scope.late_bindings.setdefault(name, set()).add(scope.add_binding(name, binding))

    def add_binding(self, name: str, binding: Binding) -> int:
        """Return the index of a binding among those of its name. All bindings above the limit share the last index."""
        bindings = self.bindings.setdefault(name, [])
        if binding in bindings:
            return bindings.index(binding)
        if len(bindings) < MAX_BINDINGS - 1:
            bindings.append(binding)
        elif len(bindings) < MAX_BINDINGS:
            bindings.append((B_UNKNOWN,))
        return len(bindings) - 1

    def reaching_bindings(self, name: str) -> tuple[int, ...] | None:
        """Return the indexes of a name's bindings that reach this line, late ones included; None when any may."""
        indexes = self.env.get(name)
        if indexes is None or name not in self.late_bindings:
            return indexes
        # Sorted, because equal sources must have equal facts.
        return (*indexes, *sorted(self.late_bindings[name].difference(indexes)))

    def begin_loop(self) -> Checkpoint:
        """Enter a loop: bindings of an earlier iteration reach too, so nothing is certain until it is bound again."""
        checkpoint = self.env, len(self.log)
        self.env = {}
        self.loop_depth += 1
        return checkpoint

    def end_loop(self, checkpoint: Checkpoint) -> None:
        """Leave a loop: what was bound before it reaches, and anything bound in it."""
        self.loop_depth -= 1
        self.env = self.env_since(checkpoint)

    def env_since(self, checkpoint: Checkpoint) -> Env:
        """Return an earlier environment joined with every binding made since, each of which may have been executed."""
        before, log_length = checkpoint
        env = dict(before)
        for name, index in self.log[log_length:]:
            indexes = env.get(name)
            if indexes is None:
                # In a loop a missing name may have any of its bindings, this one included.
                if not self.loop_depth:
                    env[name] = (index,)
            elif index not in indexes:
                env[name] = (*indexes, index)
        return env

    def join(self, branches: list[Env]) -> None:
        """Join the environments at the ends of alternatives: what reaches any of them reaches here. Without branches
        the present line is never reached, and the environment stays.
        """
        if not branches:
            return
        joined = dict(branches[0])
        for branch in branches[1:]:
            for name, indexes in branch.items():
                others = joined.get(name)
                if others is None:
                    if not self.loop_depth and "." not in name:
                        joined[name] = indexes
                elif others != indexes:
                    joined[name] = others + tuple(index for index in indexes if index not in others)
            if self.loop_depth or self.has_narrowed_attributes:
                # What one branch leaves open is open after all of them.
                for name in [name for name in joined if name not in branch and (self.loop_depth or "." in name)]:
                    del joined[name]
        self.env = joined

    def row(self) -> ScopeRow:
        """Return the scope's row."""
        parent = self.parent.place if self.parent is not None else -1
        return self.kind, self.unit, parent, self.bindings, self._final_bindings()

    def _final_bindings(self) -> Env:
        """Return the bindings that reach the end, for names of which not all do. A function may be left at any line,
        so it has none.
        """
        if self.kind not in (S_MODULE, S_CLASS):
            return {}
        final = {}
        for name, indexes in self.env.items():
            reaching = tuple(sorted({*indexes, *self.late_bindings.get(name, ())}))
            if len(reaching) < len(self.bindings[name]):
                final[name] = reaching
        return final
