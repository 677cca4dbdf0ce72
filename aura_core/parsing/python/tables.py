"""The tables of one Python file while they grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aura_core.model.facts import Definition

Row = tuple[Any, ...]
"""A row of a table as ``python_code`` describes it."""


class _Places(dict[Row, int]):
    """Places by row; a row that is looked up for the first time is appended to ``rows``."""

    def __init__(self, rows: list[Row | None]) -> None:
        self._rows = rows

    def __missing__(self, row: Row) -> int:
        self[row] = place = len(self._rows)
        self._rows.append(row)
        return place


class Tables:
    """Expressions interned, everything else appended. ``intern`` gives the place of an expression."""

    def __init__(self) -> None:
        self.exprs: list[Row | None] = [None]
        self.intern: Callable[[Row], int] = _Places(self.exprs).__getitem__
        self.scopes: list[Any] = []
        self.functions: list[list[Any]] = []
        self._given: set[tuple[int, int, int]] = set()
        self.classes: list[list[Any]] = []
        self.stores: list[Row] = []
        self.imports: list[Row] = []
        self.stars: list[Row] = []
        self.all: list[str] | None = None
        self.definitions: list[Definition] = []

    def give(self, function: int, column: int, place: int) -> None:
        """Add what a function returns (column 4) or yields (5), once."""
        given = function, column, place
        if given not in self._given:
            self._given.add(given)
            self.functions[function][column].append(place)

    def fresh(self, row: Row) -> int:
        """The place of an expression that makes a new container each time, so that no two of them are the same one."""
        self.exprs.append(row)
        return len(self.exprs) - 1

    def code(self) -> dict[str, Any]:
        """The tables as plain values."""
        return {
            "exprs": self.exprs,
            "scopes": [
                (s.kind, s.unit, s.parent.place if s.parent is not None else -1, s.binds, s.final())
                for s in self.scopes
            ],
            "functions": self.functions,
            "classes": self.classes,
            "sites": [s.sites for s in self.scopes],
            "reads": [s.reads for s in self.scopes],
            "stores": self.stores,
            "imports": self.imports,
            "stars": self.stars,
            "all": self.all,
        }
