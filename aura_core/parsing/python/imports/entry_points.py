"""Reads which functions and classes packaging files name as entry points, with the lines that name them."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aura_core.parsing.python.ir import E_CONST, H_TEXT, CodeTables, Expr

MAX_ENTRY_POINTS: Final = 2_000
"""Most entry points of one file that are read."""

_TARGET = re.compile(r"[A-Za-z_][\w.]{0,200}(?::[A-Za-z_][\w.]{0,200})?")


def entry_points(file_name: str, data: bytes) -> CodeTables | None:
    """Return the tables of a packaging file that names entry points, each as a mention of a text such as
    ``pkg.mod:function``; None when it names none or does not parse.
    """
    readers = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg}
    if file_name not in readers:
        return None
    try:
        text = data.decode("utf-8-sig")
        targets = dict.fromkeys(_target(value) for value in readers[file_name](text))
    except (ValueError, configparser.Error, RecursionError, MemoryError):
        return None
    texts = [text for text in targets if text][:MAX_ENTRY_POINTS]
    return _tables(texts, text.splitlines()) if texts else None


def _tables(texts: list[str], lines: list[str]) -> CodeTables:
    expressions: list[Expr | None] = [None, *((E_CONST, text) for text in texts)]
    numbers = _lines_of(texts, lines)
    return {
        "exprs": expressions, "scopes": [(0, -1, -1, {}, {})], "functions": [], "classes": [], "sites": [()],
        "reads": [()], "stores": [], "imports": [], "stars": [], "all": None,
        "mentions": [(0, H_TEXT, place, numbers[text], -1, 0) for place, text in enumerate(texts, 1)],
    }  # fmt: skip


def _lines_of(texts: list[str], lines: list[str]) -> dict[str, int]:
    """Return the first line that names each text; 1 when none does as it is written."""
    wanted_texts = set(texts)
    numbers = dict.fromkeys(texts, 1)
    for number, line in enumerate(lines, 1):
        for match in _TARGET.finditer(line):
            if match[0] in wanted_texts:
                numbers[match[0]] = number
                wanted_texts.discard(match[0])
    return numbers


def _target(value: str) -> str:
    """Return ``pkg.mod:function`` of ``pkg.mod:function [extra]``; "" for any other text."""
    match = _TARGET.match(value.strip())
    return match[0] if match is not None else ""


def _pyproject(text: str) -> Iterator[str]:
    document = tomllib.loads(text)
    project, tool = _table(document, "project"), _table(document, "tool")
    poetry = _table(tool, "poetry")
    groups = [
        _table(project, "scripts"), _table(project, "gui-scripts"), _table(poetry, "scripts"),
        _table(_table(tool, "flit"), "scripts"), *_tables_in(_table(project, "entry-points")),
        *_tables_in(_table(poetry, "plugins")),
    ]  # fmt: skip
    for group in groups:
        for value in group.values():
            # poetry also writes ``{ reference = "pkg:main", type = "console" }``
            target = value.get("reference", value.get("callable")) if isinstance(value, dict) else value
            if isinstance(target, str):
                yield target


def _setup_cfg(text: str) -> Iterator[str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    if parser.has_section("options.entry_points"):
        for _, value in parser.items("options.entry_points"):
            for line in (value or "").splitlines():
                _, sign, target = line.partition("=")
                if sign:
                    yield target


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _tables_in(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [value for value in table.values() if isinstance(value, dict)]
