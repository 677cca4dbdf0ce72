"""Python source to definitions and linker facts. The caller may turn the garbage collector off: it is the largest
single cost of parsing.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, replace
from typing import Any

from aura_core.model.facts import Definition, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing.python.packaging import packaging_hints
from aura_core.parsing.python.source_text import Lines, Undecodable, decode, first_paragraph
from aura_core.parsing.python.statements import Statements


@dataclass(frozen=True, slots=True)
class PythonFile:
    """What the bytes of a Python file say, but for the words: definitions with empty digests, and the linker's tables
    (``python_code``).

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
        return _failed(str(error), data.count(b"\n") + (not data.endswith(b"\n") and bool(data)))
    lines = Lines(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            return _repaired(text, lines, problem or f"line {error.lineno or 1}: {error.msg}")
        except (ValueError, RecursionError, MemoryError) as error:
            return _repaired(text, lines, problem or f"line 1: {_reason(error)}")
    return _troubled(_extract(tree, lines), problem)


def _repaired(text: str, lines: Lines, reason: str) -> PythonFile:
    """What can be said of a file that the running interpreter refuses for some reason."""
    from aura_core.parsing.python.repair import repaired

    found = repaired(text)
    if found is None:
        return _failed(reason, lines.count)
    lost = f"; statements left out: {len(found.lost)}, the first in line {found.lost[0]}" if found.lost else ""
    file = _extract(found.tree, Lines(found.text))
    return replace(file, status=ParseStatus.PARTIAL, warning=f"{reason}{lost}", lines=lines.count)


def _extract(tree: ast.Module, lines: Lines) -> PythonFile:
    row = _module(lines.count, first_paragraph(tree.body))
    found = Statements(lines)
    try:
        found.module(tree.body, row)
    except RecursionError:
        return _pruned(tree, lines, row)
    finally:
        found.forget()
    return PythonFile(ParseStatus.OK, "", tuple(found.definitions), found.code() | _roots(lines), lines.count)


def _troubled(file: PythonFile, problem: str) -> PythonFile:
    """A file whose bytes are not what Python takes has all its definitions and a warning."""
    if not problem:
        return file
    status = file.status if file.status is not ParseStatus.OK else ParseStatus.PARTIAL
    return replace(file, status=status, warning=problem)


def _roots(lines: Lines) -> dict[str, list[str]]:
    """Import roots, should this be a ``setup.py``: the path decides, and is not known here."""
    if not lines.has(b"setup("):
        return {}
    hints = packaging_hints("setup.py", lines.text())
    return hints or {}


def _pruned(tree: ast.Module, lines: Lines, row: Definition) -> PythonFile:
    """A file without the expressions that are nested too deeply to follow."""
    from aura_core.parsing.python.repair import pruned

    where = pruned(tree)
    found = Statements(lines)
    try:
        found.module(tree.body, row)
    except RecursionError:
        return _failed("line 1: nested too deeply", lines.count)
    finally:
        found.forget()
    warning = f"line {where}: nested too deeply; what is inside is left out"
    return PythonFile(ParseStatus.PARTIAL, warning, tuple(found.definitions), found.code() | _roots(lines), lines.count)


def _failed(warning: str, lines: int) -> PythonFile:
    return PythonFile(ParseStatus.FAILED, warning, (_module(lines, ""),), None, lines)


def _module(lines: int, doc: str) -> Definition:
    return Definition(NodeKind.MODULE, "", 1, max(lines, 1), 1, 1, -1, 0, b"", "", doc)


def _reason(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError | MemoryError) else str(error)
