"""Headings made into definition rows: small neighbours merged, long stretches cut into parts, names made unique."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.sections.configuration import ini, json, toml, yaml
from aura_core.parsing.sections.documents import asciidoc, markdown, underlined
from aura_core.parsing.sections.heading import MAX_SIGNATURE, Heading
from aura_core.parsing.sections.sql import sql

LONG = 120
"""A section of more lines is cut into parts."""
PART = 60
"""About how many lines a part has; cuts prefer blank lines."""
SMALL = 5
"""A minor section of fewer lines joins its neighbours."""

_FINDERS: Mapping[str, Callable[[bytes], Iterable[Heading]]] = {
    "markdown": markdown,
    "rest": underlined,
    "text": underlined,
    "asciidoc": asciidoc,
    "toml": toml,
    "ini": ini,
    "yaml": yaml,
    "json": json,
    "sql": sql,
}


class _Section(NamedTuple):
    """Lines are 1-based: the first, the one that names it, the body's first. ``title`` is "" for what stands before
    the first heading.
    """

    line: int
    title: str
    named: int
    body: int
    minor: bool = False


def section_rows(language: str, text: bytes, starts: npt.NDArray[np.int64]) -> list[Definition]:
    """The rows after row 0: flat, in order, each ending where the next begins. ``starts`` are the offsets of
    ``line_starts``.
    """
    last = len(starts) - 1
    found = _located(_FINDERS.get(language, _nothing)(text), starts)
    parts = list(_cut(_merged(found, last), text, starts))
    ends = [*(part.line - 1 for part in parts[1:]), last]
    names = _unique([part.title for part in parts])
    rows = []
    for row, (part, end) in enumerate(zip(parts, ends, strict=False), start=1):
        body = min(part.body, end)
        signature = _line(part.named, text, starts) if part.body > part.named else ""
        rows.append(
            Definition(
                NodeKind.SECTION, names[row - 1], part.line, end, min(part.named, end), body, 0, row, b"", signature, ""
            )
        )
    return rows


def _nothing(text: bytes) -> Iterable[Heading]:
    return ()


def _located(headings: Iterable[Heading], starts: npt.NDArray[np.int64]) -> list[_Section]:
    headings = list(headings)
    if not headings:
        return []
    offsets = [(h.offset, max(h.offset, h.named_at)) for h in headings]
    lines = np.searchsorted(starts[:-1], offsets, "right").tolist()
    found: dict[int, _Section] = {}
    for (line, named), heading in zip(lines, headings, strict=True):
        found.setdefault(line, _Section(line, heading.title, named, named + heading.lines, heading.minor))
    return [found[line] for line in sorted(found)]


def _merged(sections: Sequence[_Section], last: int) -> Iterator[_Section]:
    """Runs of small minor sections become one, called after the first of them."""
    group = 0  # line at which the running group began, 0 when none runs
    ends = [*(s.line for s in sections[1:]), last + 1]
    for section, end in zip(sections, ends, strict=False):
        small = section.minor and end - section.line < SMALL
        if small and group and end - group <= PART:
            continue
        group = section.line if small else 0
        yield section


def _cut(sections: Iterable[_Section], text: bytes, starts: npt.NDArray[np.int64]) -> Iterator[_Section]:
    """Sections with the long ones in parts; what stands before the first heading stays row 0's unless it is long
    itself.
    """
    last = len(starts) - 1
    preface = _Section(1, "", 1, 1)
    bounds = [preface, *sections, _Section(last + 1, "", last + 1, last + 1)]
    for section, after in pairwise(bounds):
        if after.line - section.line <= LONG:
            if section is not preface:
                yield section
            continue
        for number, line in enumerate(_part_lines(section.line, after.line, text, starts), start=1):
            title = f"{section.title} (part {number})" if section.title else f"part {number}"
            yield section if number == 1 and section.title else _Section(line, title, line, line)


def _part_lines(first: int, end: int, text: bytes, starts: npt.NDArray[np.int64]) -> Iterator[int]:
    """First lines of the parts of [first, end): the blank line nearest to the wanted length, within a quarter of it,
    decides.
    """
    line = first
    while True:
        yield line
        if end - line <= PART * 3 // 2:
            return
        wanted = line + PART
        near = sorted(range(wanted - PART // 4, min(wanted + PART // 4, end - 1)), key=lambda at: abs(at - wanted))
        line = next((at for at in near if not text[starts[at - 2] : starts[at - 1]].strip()), wanted)


def _unique(titles: Sequence[str]) -> list[str]:
    taken: dict[str, int] = {}
    names = []
    for title in titles:
        name, number = title, taken.get(title, 0)
        while name in taken:
            number += 1
            name = f"{title}#{number}"
        taken[title] = max(number, 1)
        taken.setdefault(name, 1)
        names.append(name)
    return names


def _line(line: int, text: bytes, starts: npt.NDArray[np.int64]) -> str:
    """One line as written, clipped."""
    return text[starts[line - 1] : starts[line]][: 4 * MAX_SIGNATURE].decode(errors="ignore").strip()[:MAX_SIGNATURE]
