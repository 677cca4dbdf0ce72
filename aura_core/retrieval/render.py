"""Excerpts as text in a format. Every piece begins with a line that is not blank and ends a line, so that pieces'
token counts add up.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from aura_core.model.context import Format, Level
from aura_core.model.graph import NodeKind
from aura_core.retrieval.levels import Candidate, Excerpt

_FENCE = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOTHING = {
    Format.MARKDOWN: "(nothing in this snapshot fits)\n",
    Format.PLAIN: "(nothing in this snapshot fits)\n",
    Format.XML: "<context>\n</context>\n",
    Format.JSON: '{"items": [\n]}\n',
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before, between and after the pieces of a format."""

    before: str
    between: str
    after: str


FRAMES = {
    Format.MARKDOWN: Frame("", "", ""),
    Format.PLAIN: Frame("", "", ""),
    Format.XML: Frame("<context>\n", "", "</context>\n"),
    Format.JSON: Frame('{"items": [\n', ",\n", "]}\n"),
}


def piece(form: Format, candidate: Candidate, shown: Excerpt, language: str) -> str:
    """One excerpt with its header."""
    return _RENDER[form](candidate, shown, language)


def assemble(form: Format, pieces: list[str]) -> str:
    """The whole text."""
    if not pieces:
        return NOTHING[form]
    frame = FRAMES[form]
    joined = (
        frame.between.join(pieces) if not frame.between else frame.between.join(p.rstrip("\n") for p in pieces) + "\n"
    )
    return f"{frame.before}{joined}{frame.after}"


def place(candidate: Candidate, shown: Excerpt) -> str:
    """``path:first-last``, with control characters of the path made visible."""
    path = _CONTROL.sub(lambda m: f"%{ord(m[0]):02X}", candidate.node.path)
    return f"{path}:{shown.start_line}-{shown.end_line}"


def _markdown(candidate: Candidate, shown: Excerpt, language: str) -> str:
    head = f"### {place(candidate, shown)}{_symbol(candidate)}{_level(shown)}\n"
    if not shown.text:
        return head
    ticks = max([2, *(len(run) for run in _FENCE.findall(shown.text))]) + 1
    return f"{head}{'`' * ticks}{language}\n{shown.text}{'`' * ticks}\n"


def _plain(candidate: Candidate, shown: Excerpt, _: str) -> str:
    return f"# {place(candidate, shown)}{_symbol(candidate)}{_level(shown)}\n{shown.text}"


def _xml(candidate: Candidate, shown: Excerpt, _: str) -> str:
    lines = f"{shown.start_line}-{shown.end_line}"
    path = _CONTROL.sub(lambda m: f"%{ord(m[0]):02X}", candidate.node.path)
    from xml.sax.saxutils import escape, quoteattr  # loads an HTTP client

    head = f"<code path={quoteattr(path)} lines={quoteattr(lines)} symbol={quoteattr(candidate.node.qualname)} level={quoteattr(shown.level.value)}>"
    return f"{head}\n{escape(_CONTROL.sub(_keep_line_breaks, shown.text))}</code>\n"


def _json(candidate: Candidate, shown: Excerpt, _: str) -> str:
    value = {
        "path": candidate.node.path,
        "lines": [shown.start_line, shown.end_line],
        "symbol": candidate.node.qualname,
        "level": shown.level.value,
        "text": shown.text,
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _keep_line_breaks(match: re.Match[str]) -> str:
    """XML 1.0 allows tab, line feed and carriage return, and no other control character."""
    return match[0] if match[0] in "\t\n\r" else "\ufffd"


def _symbol(candidate: Candidate) -> str:
    node = candidate.node
    return f" {node.qualname}" if node.qualname and node.kind is not NodeKind.SECTION else ""


def _level(shown: Excerpt) -> str:
    return "" if shown.level is Level.FULL else f" ({shown.level.value})"


_RENDER = {Format.MARKDOWN: _markdown, Format.PLAIN: _plain, Format.XML: _xml, Format.JSON: _json}
