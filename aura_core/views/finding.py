"""Symbols by the name that a person types: exact or by glob."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aura_core.views.symbols import SymbolTable


def find_rows(symbols: SymbolTable, pattern: str, limit: int) -> list[int]:
    """Rows whose uid, dotted name or qualified name fits; exact matches first, then by uid. ``*`` and ``?`` are wild, nothing else is."""
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
    yield from symbols.qualname.equal_to(name)
    yield from (int(symbols.first[file]) for file in symbols.module.equal_to(name))
    for dot in (match.start() for match in re.finditer(r"\.", name)):
        module = name[:dot]
        yield from (row for row in symbols.qualname.equal_to(name[dot + 1 :]) if symbols.module[symbols.file_of(row)] == module)


def _fitting(symbols: SymbolTable, pattern: str) -> Iterator[tuple[str, int]]:
    fits = re.compile(_expression(pattern), re.DOTALL).fullmatch
    names = iter(symbols.qualname)
    for file, (path, module) in enumerate(zip(symbols.path, symbols.module, strict=True)):
        for row in symbols.rows_in(file):
            texts = _names_of(path, module, next(names))
            if any(map(fits, texts)):
                yield texts[0], row


def _names_of(path: str, module: str, qualname: str) -> tuple[str, ...]:
    """The uid first."""
    if not qualname:
        return (path, module) if module else (path,)
    uid = f"{path}::{qualname}"
    return (uid, f"{module}.{qualname}", qualname) if module else (uid, qualname)


def _expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
