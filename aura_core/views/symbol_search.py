"""Symbols by the name that a person types: exact or by glob."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from aura_core.time_limit import check_time
from aura_core.views.segments.reader import Segment, TextColumn
from aura_core.views.segments.strings import Strings
from aura_core.views.symbol_table import SymbolTable
from aura_core.wildcards import Part, Wildcard, wildcard_regex

MAX_DOTS = 64
"""Most dots at which a name is divided into a module and a name in it."""


def find_rows(symbols: SymbolTable, pattern: str, limit: int) -> list[int]:
    """Return the symbols whose uid, dotted name or qualified name matches; exact matches first, then by uid.

    ``*`` and ``?`` are wild, nothing else is.
    """
    exact = sorted({(symbols.uid(row), row) for row in _exact_rows(symbols, pattern)})
    rows = [row for _, row in exact]
    if ("*" in pattern or "?" in pattern) and len(rows) < limit:
        exact_rows = set(rows)
        rows += [row for _, row in sorted(_matching_rows(symbols, pattern)) if row not in exact_rows]
    return rows[:limit]


def _exact_rows(symbols: SymbolTable, name: str) -> Iterator[int]:
    """Yield symbols by uid, by qualified name, by module, and by module and qualified name at each dot between them."""
    row = symbols.row(name)
    if row is not None:
        yield row
    if not name:
        return
    yield from _rows_of_qualname(symbols, name)
    for file in _rows_equal_to(symbols.module, name):
        if symbols.segments.live_files[file]:
            yield symbols.rows_in(file).start
    # ``a.b.c`` may be c in module a.b, or b.c in module a.
    dots = itertools.islice(re.finditer(r"\.", name), MAX_DOTS)
    for dot in (match.start() for match in dots):
        module, qualname = name[:dot], name[dot + 1 :]
        for row in _rows_of_qualname(symbols, qualname):
            if symbols.module[symbols.file_of(row)] == module:
                yield row


def _rows_of_qualname(symbols: SymbolTable, qualname: str) -> Iterator[int]:
    live = symbols.segments.live_files
    return (row for row in _rows_equal_to(symbols.qualname, qualname) if live[symbols.file_of(row)])


def _rows_equal_to(column: TextColumn, text: str) -> Iterator[int]:
    for table, start in zip(column.tables, column.starts, strict=False):
        yield from (start + row for row in table.equal_to(text))


def _matching_rows(symbols: SymbolTable, pattern: str) -> Iterator[tuple[str, int]]:
    """Yield (uid, row) of the symbols one of whose names matches a glob."""
    matches = re.compile(wildcard_regex(map(_part, re.findall(r"\*+|[^*]", pattern))), re.DOTALL).fullmatch
    for segment, qualnames, modules in zip(
        symbols.segments, symbols.qualname.tables, symbols.module.tables, strict=True
    ):
        for row, names in _live_names(segment, qualnames, modules):
            if any(map(matches, names)):
                uid, *_ = names
                yield uid, row


def _live_names(segment: Segment, qualnames: Strings, modules: Strings) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (row, names) of a segment's symbols that are not deleted."""
    names, deleted = iter(qualnames), set(segment.deleted.tolist())
    for file, (path, module) in enumerate(zip(segment.paths(), modules, strict=True)):
        check_time()
        for row in range(*segment.symbols_of(file)):
            qualname = next(names)  # also for deleted files: names follow each other without gaps
            if file not in deleted:
                yield segment.first_symbol + row, _names_of(path, module, qualname)


def _names_of(path: str, module: str, qualname: str) -> tuple[str, ...]:
    """Return the names that a symbol may be called by, its uid first."""
    if not qualname:
        return (path, module) if module else (path,)
    uid = f"{path}::{qualname}"
    return (uid, f"{module}.{qualname}", qualname) if module else (uid, qualname)


def _part(text: str) -> Part:
    """Return what one letter, or several stars, of a pattern stand for."""
    if text.startswith("*"):
        return Wildcard.ANY
    return "." if text == "?" else re.escape(text)
