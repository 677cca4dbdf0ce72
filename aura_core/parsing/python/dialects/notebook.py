"""Parses the code cells of a notebook as Python, each cell by itself, so that a broken one costs no other."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from aura_core.model.facts import Definition, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing.notebooks.text import CellLines, NotebookText
from aura_core.parsing.python.parse import PythonFile, parse_python
from aura_core.parsing.python.repair.repair import parse_or_none, repair_source
from aura_core.parsing.sections.heading import clean_title

_MAGIC: Final = re.compile(r"(?P<indent>[ \t]*)(?:[%!?]|[\w.]*\?\??[ \t]*$|.*[^\s#]\?\??[ \t]*$)")
_ASSIGNED: Final = re.compile(r"(?P<target>[ \t]*[\w., \[\]]{1,200}=)[ \t]*[%!]")
_GOES_ON: Final = ("\\", "(", "[", "{", ",")
"""Ends of lines after which the statement goes on, so that a ``%`` is an operator."""

_PYTHON_CELLS: Final = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "snakeviz", "debug", "python"})
"""Cell magics after which the cell is still Python."""

MAX_TITLE: Final = 60


def parse_notebook(text: NotebookText) -> PythonFile:
    """Return the definitions and linker facts of a notebook. Besides its functions and classes each cell is a section,
    called ``cell N`` after its number, a Markdown cell with its first heading.
    """
    notebook = text.notebook
    lines = [""] * len(text.lines)
    problems = [notebook.problem] if notebook.problem else []
    for cell in text.cells if notebook.is_python else ():
        if cell.cell.kind == "code":
            source = text.lines[cell.first - 1 : cell.last]
            lines[cell.first - 1 : cell.last], problem = _python_lines(source, cell.first)
            problems += [problem] if problem else []
    file = parse_python("".join(f"{line}\n" for line in lines).encode())
    file = _with_cells(file, text.cells)
    if not problems or file.status is ParseStatus.FAILED:
        return file
    first, *others = problems
    warning = f"{first}; cells that do not parse: {len(problems)}" if others else first
    return replace(file, status=ParseStatus.PARTIAL, warning=warning)


def _python_lines(source: list[str], number: int) -> tuple[list[str], str]:
    """Return the lines of a cell as Python that parses, as many as before, and why it had to be repaired, or ""."""
    if _error("\n".join(source)) is None:
        return source, ""
    plain = _without_magics(source)
    text = "\n".join(plain)
    error = _error(text)
    if error is None:
        return plain, ""
    repair = repair_source(text + "\n")
    repaired = repair.text.removesuffix("\n").split("\n") if repair is not None else []
    if len(repaired) != len(source) or parse_or_none("\n".join(repaired).encode()) is None:
        repaired = [""] * len(source)
    line, reason = error
    return repaired, f"line {number + line - 1}: {reason}"


def _error(text: str) -> tuple[int, str] | None:
    """Return the line and the reason why a text does not parse; None when it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except SyntaxError as error:
            return error.lineno or 1, error.msg
        except (ValueError, RecursionError, MemoryError):
            return 1, "nested too deeply"
    return None


def _without_magics(source: Sequence[str]) -> list[str]:
    """Return the lines of a cell with IPython's own syntax (``%magic``, ``!command``, ``name?``) as plain Python. A
    cell in another language has none.
    """
    first = next((line for line in source if line.strip()), "")
    if first.startswith("%%"):
        words = first[2:].split(maxsplit=1)
        if not words or words[0] not in _PYTHON_CELLS:
            return [""] * len(source)
    return [
        line if before.rstrip().endswith(_GOES_ON) else _without_magic(line)
        for before, line in zip(["", *source], source, strict=False)
    ]


def _without_magic(line: str) -> str:
    magic = _MAGIC.match(line)
    if magic is not None:
        return "" if line.startswith("%%") else f"{magic['indent']}pass"
    assigned = _ASSIGNED.match(line)
    return f"{assigned['target']} None" if assigned is not None else line


def _with_cells(file: PythonFile, cells: Sequence[CellLines]) -> PythonFile:
    """Return a file with a section for each cell among its definitions, in order of position."""
    module, *definitions = file.definitions
    rows: list[tuple[int, int, int | None, Definition]] = [
        (definition.start_line, 1, place, definition) for place, definition in enumerate(definitions, 1)
    ]
    rows += [(section.start_line, 0, None, section) for section in _sections(cells)]
    rows.sort(key=lambda row: row[:2])  # of a cell and its first definition the cell comes first
    new_places = {place: new for new, (_, _, place, _) in enumerate(rows, 1) if place is not None} | {0: 0, -1: -1}
    merged = [module]
    for new, (_, _, place, definition) in enumerate(rows, 1):
        parent, owner = (0, new) if place is None else (new_places[definition.parent], new_places[definition.owner])
        merged.append(definition._replace(parent=parent, owner=owner))
    return replace(file, definitions=tuple(merged), code=_moved(file.code, new_places))


def _moved(code: Any, new_places: dict[int, int]) -> Any:
    """Return linker facts in which functions and classes name their definitions by new places."""
    if code is None:
        return None
    functions, classes = (
        [(new_places[definition], *rest) for definition, *rest in code[table]] for table in ("functions", "classes")
    )
    return code | {"functions": functions, "classes": classes}


def _sections(cells: Sequence[CellLines]) -> Iterator[Definition]:
    for cell, first, last in cells:
        name = f"cell {cell.number}"
        if cell.kind == "markdown":
            heading = next((line for line in cell.source.split("\n") if line.startswith("#")), "")
            title = clean_title(heading.strip("# ").encode())[:MAX_TITLE] if heading.strip("# ") else ""
            name = f"{name} {title}".rstrip()
        yield Definition(
            NodeKind.SECTION, name, start_line=first, end_line=last, def_line=first, body_line=first, parent=0, owner=0,
            digest=b"", signature="", doc="",
        )  # fmt: skip
