"""Decides which definition owns which bytes: every byte of a file belongs to exactly one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from aura_core.model.facts import Definition

Span = tuple[int, int]
"""``(start, end)``: byte offsets; the end is not included."""


def line_starts(text: bytes) -> npt.NDArray[np.int64]:
    r"""Return the byte offset of each line, then the text's length. There is one line more than there are breaks,
    unless a break ends the text.

    A break is ``\n``, ``\r\n`` or a lone ``\r``, as in Python's own tokenizer. An empty text has one empty line.
    """
    codes = np.frombuffer(text, np.uint8)
    ends = codes == ord("\n")
    if b"\r" in text:
        returns = codes == ord("\r")
        # of \r\n only the \n ends the line
        returns[:-1] &= codes[1:] != ord("\n")
        ends |= returns
    starts = np.flatnonzero(ends) + 1
    if not len(starts) or starts[-1] != len(text):
        starts = np.append(starts, len(text))
    return np.concatenate((np.zeros(1, np.int64), starts))


def owned_spans(definitions: Sequence[Definition], starts: npt.NDArray[np.int64]) -> list[list[Span]]:
    """Return for each definition the spans that it owns, in order. Of the definitions around a line that own text at
    all, the one that begins last owns the line; a line outside of them belongs to row 0.
    """
    lines = len(starts) - 1
    owners = [0] * lines
    for row, definition in enumerate(definitions):
        if row and definition.owner == row:
            first, last = max(definition.start_line, 1) - 1, min(definition.end_line, lines)
            # rows are in order of their start, so an inner definition overwrites the one around it
            owners[first:last] = [row] * max(last - first, 0)
    spans: list[list[Span]] = [[] for _ in definitions]
    for first, last in pairwise(_run_bounds(owners)):
        start, end = int(starts[first]), int(starts[last])
        if end > start:
            spans[owners[first]].append((start, end))
    return spans


def owned_texts(text: bytes, spans: Sequence[Sequence[Span]]) -> list[bytes]:
    """Return the bytes that each definition owns. Spans end where lines do, so no word runs from one into the next."""
    return [b"".join([text[start:end] for start, end in own_spans]) for own_spans in spans]


def _run_bounds(owners: list[int]) -> list[int]:
    """Return where runs of equal owners begin, then the number of lines."""
    column = np.array(owners)
    return [0, *(np.flatnonzero(column[1:] != column[:-1]) + 1).tolist(), len(owners)]
