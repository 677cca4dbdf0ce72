"""Symbols by the name that a person types: exact or by glob."""

from __future__ import annotations

import re

from aura_core.views.symbols import SymbolTable


def find_rows(symbols: SymbolTable, pattern: str, limit: int) -> list[int]:
    """Rows whose uid, dotted name or qualified name fits; exact matches first, then by uid. ``*`` and ``?`` are wild, nothing else is."""
    wild = "*" in pattern or "?" in pattern
    fits = re.compile(_expression(pattern)).fullmatch
    found: list[tuple[bool, str, int]] = []
    names = iter(symbols.qualname)
    for file, (path, module) in enumerate(zip(symbols.path, symbols.module, strict=True)):
        for row in symbols.rows_in(file):
            texts = _names_of(path, module, next(names))
            if pattern in texts:
                found.append((False, texts[0], row))
            elif wild and any(map(fits, texts)):
                found.append((True, texts[0], row))
    return [row for _, _, row in sorted(found)[:limit]]


def _names_of(path: str, module: str, qualname: str) -> tuple[str, ...]:
    """The uid first."""
    if not qualname:
        return (path, module) if module else (path,)
    dotted = f"{module}.{qualname}"
    return (f"{path}::{qualname}", dotted, qualname) if module else (f"{path}::{qualname}", qualname)


def _expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
