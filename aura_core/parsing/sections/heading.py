"""Where a section begins and what it is called: what every finder yields."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_TITLE = 120
MAX_SIGNATURE = 200

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")


class Heading(NamedTuple):
    """``offset``: byte at which the section's first line begins. ``named_at``: the same of the line that names it, if
    another.

    ``lines``: how many lines from the naming one to the body. ``minor``: not worth a section of its own when it is
    only a few lines long.
    """

    offset: int
    title: str
    lines: int = 1
    minor: bool = False
    named_at: int = -1


def clean_title(raw: bytes) -> str:
    """A title for people: one line, printable, without Markdown's links and code marks, clipped; never empty."""
    text = raw[: 8 * MAX_TITLE].decode(errors="ignore")
    text = _LINK.sub(r"\1", text).replace("`", "")
    text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:MAX_TITLE].strip() or "untitled"


def after_blank_line(text: bytes, offset: int) -> bool:
    """Whether the line before the one at ``offset`` is blank, or there is none."""
    return not line_before(text, offset)[1].strip()


def line_before(text: bytes, offset: int) -> tuple[int, bytes]:
    """Offset and text of the line before the one that begins at ``offset``; (0, empty) at the start."""
    if offset == 0:
        return 0, b""
    start = text.rfind(b"\n", 0, offset - 1) + 1
    return start, text[start : offset - 1]
