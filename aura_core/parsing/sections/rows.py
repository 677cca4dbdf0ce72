"""Turns headings into definitions: merges small neighbours, cuts long sections into parts, makes names unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.sections.configuration import ini, json, toml, yaml
from aura_core.parsing.sections.documents import asciidoc, markdown, restructured_text
from aura_core.parsing.sections.heading import MAX_SIGNATURE, Heading
from aura_core.parsing.sections.sql import sql

MAX_LINES = 120
"""A section of more lines than this is cut into parts."""
PART_LINES = 60
"""The ideal number of lines of a part; cuts prefer blank lines near it."""
MIN_LINES = 5
"""A minor section of fewer lines than this joins its neighbours."""

_FINDERS: Mapping[str, Callable[[bytes], Iterable[Heading]]] = {
    "markdown": markdown,
    "rest": restructured_text,
    "text": restructured_text,
    "asciidoc": asciidoc,
    "toml": toml,
    "ini": ini,
    "yaml": yaml,
    "json": json,
    "sql": sql,
}


class _Section(NamedTuple):
    """A section by its lines, which are 1-based: its first line, the line that names it, and the first of its body.
    ``title`` is "" for what stands before the first heading.
    """

    line: int
    title: str
    name_line: int
    body_line: int
    is_minor: bool = False


def section_rows(language: str, text: bytes, starts: npt.NDArray[np.int64]) -> list[Definition]:
    """Return the definitions after row 0: flat, in order, each ending where the next begins. ``starts`` are the offsets
    of ``line_starts``.
    """
    last = len(starts) - 1
    finder = _FINDERS.get(language)
    sections = _locate(list(finder(text)), starts) if finder is not None else []
    parts = list(_cut(_merge(sections, last), text, starts))
    ends = [*(part.line - 1 for part in parts[1:]), last]
    names = _unique_names([part.title for part in parts])
    return [
        Definition(
            kind=NodeKind.SECTION,
            qualname=name,
            start_line=part.line,
            end_line=end,
            def_line=min(part.name_line, end),
            body_line=min(part.body_line, end),
            parent=0,
            owner=row,
            digest=b"",
            signature=_line(part.name_line, text, starts) if part.body_line > part.name_line else "",
            doc="",
        )
        for row, (part, name, end) in enumerate(zip(parts, names, ends, strict=False), start=1)
    ]


def _locate(headings: Sequence[Heading], starts: npt.NDArray[np.int64]) -> list[_Section]:
    """Return the sections that headings begin, in order; of several headings in one line, the first counts."""
    if not headings:
        return []
    offsets = [(heading.offset, max(heading.offset, heading.name_offset)) for heading in headings]
    lines = np.searchsorted(starts[:-1], offsets, "right").tolist()
    sections: dict[int, _Section] = {}
    for (line, name_line), heading in zip(lines, headings, strict=True):
        section = _Section(line, heading.title, name_line, name_line + heading.lines, heading.is_minor)
        sections.setdefault(line, section)
    return sorted(sections.values())


def _merge(sections: Sequence[_Section], last: int) -> Iterator[_Section]:
    """Merge runs of small minor sections into one, called after the first of them."""
    group = 0  # the line at which the present run began, 0 outside of a run
    ends = [*(section.line for section in sections[1:]), last + 1]
    for section, end in zip(sections, ends, strict=False):
        is_small = section.is_minor and end - section.line < MIN_LINES
        if is_small and group and end - group <= PART_LINES:
            continue
        group = section.line if is_small else 0
        yield section


def _cut(sections: Iterable[_Section], text: bytes, starts: npt.NDArray[np.int64]) -> Iterator[_Section]:
    """Cut long sections into parts. What stands before the first heading stays row 0's unless it is long itself."""
    last = len(starts) - 1
    preface = _Section(1, "", 1, 1)
    for section, following in pairwise([preface, *sections, _Section(last + 1, "", last + 1, last + 1)]):
        if following.line - section.line <= MAX_LINES:
            if section is not preface:
                yield section
            continue
        for number, line in enumerate(_part_lines(section.line, following.line, text, starts), start=1):
            title = f"{section.title} (part {number})" if section.title else f"part {number}"
            yield section if number == 1 and section.title else _Section(line, title, line, line)


def _part_lines(first: int, end: int, text: bytes, starts: npt.NDArray[np.int64]) -> Iterator[int]:
    """Yield the first lines of the parts of [first, end). A part begins after the blank line that is nearest to its
    ideal length, if there is one within a quarter of that.
    """
    line = first
    while True:
        yield line
        # a rest of up to one and a half parts stays in one piece
        if end - line <= PART_LINES * 3 // 2:
            return
        ideal = line + PART_LINES
        candidates = range(ideal - PART_LINES // 4, min(ideal + PART_LINES // 4, end - 1))
        after_blank = [start for start in candidates if not text[starts[start - 2] : starts[start - 1]].strip()]
        line = min(after_blank, key=lambda start: abs(start - ideal), default=ideal)


def _unique_names(titles: Sequence[str]) -> list[str]:
    counts: dict[str, int] = {}
    names = []
    for title in titles:
        name, number = title, counts.get(title, 0)
        while name in counts:
            number += 1
            # "Usage", "Usage" -> "Usage", "Usage#2"
            name = f"{title}#{number}"
        counts[title] = max(number, 1)
        counts.setdefault(name, 1)
        names.append(name)
    return names


def _line(line: int, text: bytes, starts: npt.NDArray[np.int64]) -> str:
    """Return one line as written, clipped."""
    return text[starts[line - 1] : starts[line]][: 4 * MAX_SIGNATURE].decode(errors="ignore").strip()[:MAX_SIGNATURE]
