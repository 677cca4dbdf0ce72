"""A heading says where a section begins and what it is called; every finder of headings yields it."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_TITLE = 120
MAX_SIGNATURE = 200

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")


class Heading(NamedTuple):
    """The beginning and the title of a section.

    ``offset`` is the byte at which the section's first line begins; ``name_offset`` is that of the line that names it,
    if that is another line, else -1.

    ``lines`` is the number of lines from the naming one to the body. ``is_minor``: the section joins its neighbours
    when it is only a few lines long.
    """

    offset: int
    title: str
    lines: int = 1
    is_minor: bool = False
    name_offset: int = -1


def clean_title(raw: bytes) -> str:
    """Return a title for people: one printable line without Markdown's links and code marks, clipped, never empty."""
    text = raw[: 8 * MAX_TITLE].decode(errors="ignore")
    text = _LINK.sub(r"\1", text).replace("`", "")
    text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:MAX_TITLE].strip() or "untitled"


def after_blank_line(text: bytes, offset: int) -> bool:
    """Tell whether the line before the one at ``offset`` is blank, or there is none."""
    _, line = line_before(text, offset)
    return not line.strip()


def line_before(text: bytes, offset: int) -> tuple[int, bytes]:
    """Return offset and text of the line before the one that begins at ``offset``; (0, empty) at the start."""
    if offset == 0:
        return 0, b""
    start = text.rfind(b"\n", 0, offset - 1) + 1
    return start, text[start : offset - 1]
