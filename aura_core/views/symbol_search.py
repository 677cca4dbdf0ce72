"""Symbols by the name that a person types: exact or by glob."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aura_core.views.segments.reader import Part, Texts
from aura_core.views.segments.strings import Strings
from aura_core.views.symbol_table import SymbolTable


def find_rows(symbols: SymbolTable, pattern: str, limit: int) -> list[int]:
    """Rows whose uid, dotted name or qualified name fits; exact matches first, then by uid. ``*`` and ``?`` are wild,
    nothing else is.
    """
    exact = sorted({(symbols.uid(row), row) for row in _exact(symbols, pattern)})
    found = [row for _, row in exact]
    if ("*" in pattern or "?" in pattern) and len(found) < limit:
        known = set(found)
        found += [row for _, row in sorted(_fitting(symbols, pattern)) if row not in known]
    return found[:limit]


def _exact(symbols: SymbolTable, name: str) -> Iterator[int]:
    """By uid, by qualified name, by module, and by module and qualified name at each dot between them."""
    row = symbols.row(name)
    if row is not None:
        yield row
    if not name:
        return
    yield from _named(symbols, name)
    for file in _equal(symbols.module, name):
        if symbols.parts.file_alive[file]:
            yield symbols.rows_in(file).start
    for dot in (match.start() for match in re.finditer(r"\.", name)):
        module = name[:dot]
        yield from (row for row in _named(symbols, name[dot + 1 :]) if symbols.module[symbols.file_of(row)] == module)


def _named(symbols: SymbolTable, qualname: str) -> Iterator[int]:
    alive = symbols.parts.file_alive
    return (row for row in _equal(symbols.qualname, qualname) if alive[symbols.file_of(row)])


def _equal(texts: Texts, text: str) -> Iterator[int]:
    for part, start in zip(texts.parts, texts.starts, strict=False):
        yield from (start + row for row in part.equal_to(text))


def _fitting(symbols: SymbolTable, pattern: str) -> Iterator[tuple[str, int]]:
    fits = re.compile(_expression(pattern), re.DOTALL).fullmatch
    for number, part in enumerate(symbols.parts.all):
        for uid, row, texts in _names_in(part, symbols.qualname.parts[number], symbols.module.parts[number]):
            if any(map(fits, texts)):
                yield uid, row


def _names_in(part: Part, qualnames: Strings, modules: Strings) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    names, dead = iter(qualnames), set(part.dead.tolist())
    for file, (path, module) in enumerate(zip(part.paths(), modules, strict=True)):
        for row in range(*part.symbols_of(file)):
            texts = _names_of(path, module, next(names))
            if file not in dead:
                yield texts[0], part.symbol + row, texts


def _names_of(path: str, module: str, qualname: str) -> tuple[str, ...]:
    """The uid first."""
    if not qualname:
        return (path, module) if module else (path,)
    uid = f"{path}::{qualname}"
    return (uid, f"{module}.{qualname}", qualname) if module else (uid, qualname)


def _expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
