"""Parses Python source into definitions and linker facts. The caller may turn the garbage collector off, because it is
the largest single cost of parsing.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, replace
from typing import Any

from aura_core.model.facts import Definition, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.idioms.lazy_names import bind_lazy_names
from aura_core.parsing.python.imports.packaging import packaging_hints
from aura_core.parsing.python.imports.search_path import may_change_search_path, searched_folders
from aura_core.parsing.python.source_text import Lines, Undecodable, decode, first_paragraph
from aura_core.parsing.python.visitors import EXPRESSION_VISITORS, STATEMENT_VISITORS


@dataclass(frozen=True, slots=True)
class PythonFile:
    """The facts of a Python file without its words: definitions with empty digests, and the linker's tables (see
    ``ir``).

    ``code`` is None when nothing could be parsed; ``warning`` then names the line and the reason.
    """

    status: ParseStatus
    warning: str
    definitions: tuple[Definition, ...]
    code: Any
    lines: int


def parse_python(data: bytes) -> PythonFile:
    """Parse one file. Never raises for what the bytes say: a file that cannot be parsed has a status, a warning and
    its module row.
    """
    try:
        text, problem = decode(data)
    except Undecodable as error:
        return _failure(str(error), data.count(b"\n") + (not data.endswith(b"\n") and bool(data)))
    lines = Lines(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            return _repair(text, lines, problem or f"line {error.lineno or 1}: {error.msg}")
        except (ValueError, RecursionError, MemoryError) as error:
            is_deep = isinstance(error, RecursionError | MemoryError)
            return _repair(text, lines, problem or f"line 1: {'nested too deeply' if is_deep else error}")
    file = _extract(tree, lines)
    # Bytes that Python refuses cost a warning, but none of the definitions.
    return _with_warning(file, problem) if problem else file


def _repair(text: str, lines: Lines, reason: str) -> PythonFile:
    """Parse a file that the running interpreter refuses for some reason, after it is rewritten."""
    from aura_core.parsing.python.repair.repair import repair_source

    repair = repair_source(text)
    if repair is None:
        return _failure(reason, lines.count)
    omitted = repair.omitted_lines
    note = f"; statements left out: {len(omitted)}, the first in line {omitted[0]}" if omitted else ""
    file = _extract(repair.tree, Lines(repair.text))
    return replace(file, status=ParseStatus.PARTIAL, warning=f"{reason}{note}", lines=lines.count)


def _extract(tree: ast.Module, lines: Lines) -> PythonFile:
    try:
        return _build(tree, lines)
    except RecursionError:
        return _extract_pruned(tree, lines)


def _extract_pruned(tree: ast.Module, lines: Lines) -> PythonFile:
    """Read a file without the expressions that are nested too deeply to follow."""
    from aura_core.parsing.python.repair.repair import prune_deep_expressions

    line = prune_deep_expressions(tree)
    try:
        file = _build(tree, lines)
    except RecursionError:
        return _failure("line 1: nested too deeply", lines.count)
    return _with_warning(file, f"line {line}: nested too deeply; what is inside is left out")


def _build(tree: ast.Module, lines: Lines) -> PythonFile:
    builder = Builder(lines, EXPRESSION_VISITORS, STATEMENT_VISITORS)
    definitions = builder.tables.definitions
    definitions.append(_module(lines.count, first_paragraph(tree.body)))
    builder.statements(tree.body)
    bind_lazy_names(builder, tree)
    return PythonFile(ParseStatus.OK, "", tuple(definitions), builder.code() | _hints(tree, lines), lines.count)


def _hints(tree: ast.Module, lines: Lines) -> dict[str, list[str]]:
    """Return the folders that the file puts on the search path, and what it says if it is a ``setup.py``: only its path
    tells, which is not known.
    """
    hints = (packaging_hints("setup.py", lines.text) or {}) if b"setup(" in lines.text else {}
    folders = searched_folders(tree) if may_change_search_path(lines.text) else []
    return hints | {"folders": folders} if folders else hints


def _with_warning(file: PythonFile, warning: str) -> PythonFile:
    status = ParseStatus.PARTIAL if file.status is ParseStatus.OK else file.status
    return replace(file, status=status, warning=warning)


def _failure(warning: str, lines: int) -> PythonFile:
    return PythonFile(ParseStatus.FAILED, warning, (_module(lines, ""),), None, lines)


def _module(lines: int, doc: str) -> Definition:
    return Definition(
        NodeKind.MODULE, "", start_line=1, end_line=max(lines, 1), def_line=1, body_line=1, parent=-1, owner=0,
        digest=b"", signature="", doc=doc,
    )  # fmt: skip
