"""Holds the tables of one Python file while they grow; ``ir`` describes their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aura_core.model.facts import Definition
from aura_core.parsing.python.ir import (
    ClassRow,
    Expr,
    FunctionRow,
    ImportRow,
    MentionRow,
    ParameterRow,
    Place,
    StarRow,
    StoreRow,
)

Intern = Callable[[Expr], Place]
"""A function that returns the place of an expression's row, and adds the row when it is new."""


class _Interned(dict[Expr, Place]):
    """Maps a row to its place; a row that is looked up for the first time is appended to ``rows``.

    Most rows are looked up again, which costs no Python code here: only a missing key calls ``__missing__``.
    """

    def __init__(self, rows: list[Expr | None]) -> None:
        self._rows = rows

    def __missing__(self, row: Expr) -> Place:
        self[row] = place = len(self._rows)
        self._rows.append(row)
        return place


@dataclass(slots=True)
class FunctionDraft:
    """A function while its body is read. ``returns`` and ``yields`` are sets of expressions in order."""

    definition: int
    scope: int
    flags: int
    parameters: list[ParameterRow]
    annotation: Place = 0
    lambda_number: int = 0
    returns: dict[Place, None] = field(default_factory=dict)
    yields: dict[Place, None] = field(default_factory=dict)

    def row(self) -> FunctionRow:
        """Return the function's row."""
        return (
            self.definition, self.scope, self.flags, self.parameters, list(self.returns), list(self.yields),
            self.annotation, self.lambda_number,
        )  # fmt: skip


@dataclass(slots=True)
class ClassDraft:
    """A class while its body is read."""

    definition: int
    scope: int
    bases: list[Place]
    metaclass: Place
    attributes: dict[str, list[int]] = field(default_factory=dict)
    accessors: dict[str, list[str | int]] = field(default_factory=dict)

    def row(self) -> ClassRow:
        """Return the class's row."""
        return self.definition, self.scope, self.bases, self.attributes, self.metaclass, self.accessors


class Tables:
    """The rows of one file, without those of its scopes."""

    def __init__(self) -> None:
        self.expressions: list[Expr | None] = [None]
        self.intern: Intern = _Interned(self.expressions).__getitem__
        self.functions: list[FunctionDraft] = []
        self.classes: list[ClassDraft] = []
        self.stores: list[StoreRow] = []
        self.imports: list[ImportRow] = []
        self.stars: list[StarRow] = []
        self.exported_names: list[str] | None = None
        self.mentions: list[MentionRow] = []
        self.definitions: list[Definition] = []
