"""Writes a notebook as one text that holds the source of its cells and nothing else.

A notebook that is stored as Jupyter stores it, one line of source in each line of JSON, keeps its lines: line 40 of the
text is the source in line 40 of the file, and lines of outputs and metadata are blank. In any other notebook the cells
stand one after another, each under a line ``# %% cell 3``, and lines count in this text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from aura_core.parsing.notebooks.cells import Cell, Notebook, read_notebook


class CellLines(NamedTuple):
    """A cell by its lines in the text: the first and the last, from 1."""

    cell: Cell
    first: int
    last: int


class NotebookText(NamedTuple):
    """A notebook as text: its lines, without line ends, and its cells that are not empty."""

    notebook: Notebook
    lines: list[str]
    cells: list[CellLines]

    def encode(self) -> bytes:
        """Return the text as UTF-8."""
        return "".join(f"{line}\n" for line in self.lines).encode()


def notebook_text(data: bytes) -> NotebookText | None:
    """Return a notebook, whose JSON is UTF-8, as text; None when it has no cells."""
    notebook = read_notebook(data)
    if not notebook.cells:
        return None
    return _in_place(notebook, data) or _one_after_another(notebook)


def _in_place(notebook: Notebook, data: bytes) -> NotebookText | None:
    """Return the text with the lines of the file; None when some line of the file holds more than one of source."""
    line_ends = _line_ends(data)
    lines = [""] * (len(line_ends) + (not data.endswith(b"\n")))
    cells = []
    last_line = 0
    for cell in notebook.cells:
        first = 0
        for position, piece in enumerate(cell.pieces):
            text = piece.text.replace("\r\n", "\n")
            is_last = position == len(cell.pieces) - 1
            body = text.removesuffix("\n")
            number = bisect_right(line_ends, piece.offset - 1) + 1
            if "\n" in body or "\r" in body or number <= last_line or (text == body and not is_last):
                return None
            lines[number - 1] = body
            first, last_line = first or number, number
        if cell.source.strip():
            cells.append(CellLines(cell, first, last_line))
    return NotebookText(notebook, lines, cells)


def _line_ends(data: bytes) -> list[int]:
    ends, end = [], data.find(b"\n")
    while end >= 0:
        ends.append(end)
        end = data.find(b"\n", end + 1)
    return ends


def _one_after_another(notebook: Notebook) -> NotebookText:
    lines: list[str] = []
    cells = []
    for cell in notebook.cells:
        source = cell.source
        if source.strip():
            lines.append(f"# %% {'' if cell.kind == 'code' else f'[{cell.kind}] '}cell {cell.number}")
            first = len(lines)
            lines += source.removesuffix("\n").split("\n")
            cells.append(CellLines(cell, first, len(lines)))
    return NotebookText(notebook, lines, cells)
