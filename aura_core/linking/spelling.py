"""Expressions as text without places of tables in it: equal texts mean the same in the same scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aura_core.linking.signatures import keywords_of
from aura_core.parsing.python.ir import (
    E_ATTR,
    E_BINARY,
    E_BOUND,
    E_CALL,
    E_CLASS,
    E_CONST,
    E_FUNCTION,
    E_IN,
    E_MANY,
    E_NAME,
    E_REST,
    E_SEQUENCE,
    E_TYPE,
)  # fmt: skip

if TYPE_CHECKING:
    from aura_core.linking.source_file import SourceFile


def spell(file: SourceFile, row: Any) -> str:
    """The text of an expression's row."""
    return _SPELLINGS.get(row[0], _other)(file, row) if row is not None else "?"


def _word(file: SourceFile, row: Any) -> str:
    return f"{row[0]}{row[1]!r}"


def _call(file: SourceFile, row: Any) -> str:
    keywords = [f"{name}={file.text(e)}" for name, e in keywords_of(row)]
    return f"{file.text(row[1])}({','.join([*map(file.text, row[2]), *keywords])})"


def _elements(file: SourceFile, row: Any) -> str:
    return f"{row[0]}{row[1]}[{','.join(map(file.text, row[2:]))}]"


def _other(file: SourceFile, row: Any) -> str:
    return f"{row[0]}({','.join(file.text(e) if e >= 0 else '**' for e in row[1:])})"


_SPELLINGS: dict[Any, Callable[[SourceFile, Any], str]] = {
    E_NAME: _word,
    E_TYPE: lambda _, row: f"{row[0]}{row[1:]}",
    E_CONST: _word,
    E_BOUND: lambda _, row: f"{row[1]}@{row[2:]}",
    E_ATTR: lambda file, row: f"{file.text(row[1])}.{row[2]}",
    E_CALL: _call,
    E_SEQUENCE: _elements,
    E_MANY: _elements,
    E_FUNCTION: lambda file, row: f"def {file.function_name(row[1])}",
    E_CLASS: lambda file, row: f"class {file.class_name(row[1])}",
    E_IN: lambda file, row: f"in({file.text(row[2])})",
    E_BINARY: lambda file, row: f"({file.text(row[1])}{row[2]}{file.text(row[3])})",
    E_REST: lambda file, row: f"{file.text(row[1])}[{row[2]}:{row[3]}]",
}
