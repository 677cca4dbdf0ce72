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
from aura_core.visible_text import visible, xml_text

_FENCE = re.compile(r"^[^\S\n]*+(`{3,}+)", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
EMPTY_TEXTS = {
    Format.MARKDOWN: "(nothing in this snapshot fits)\n",
    Format.PLAIN: "(nothing in this snapshot fits)\n",
    Format.XML: "<context>\n</context>\n",
    Format.JSON: '{"items": [\n]}\n',
}
"""The text of an answer that shows nothing."""

_LANGUAGES = {
    "py": "python",
    "pyi": "python",
    "ipynb": "python",
    "pyx": "cython",
    "pxd": "cython",
    "pxi": "cython",
    "md": "markdown",
    "yml": "yaml",
}
"""Names of languages on code fences where the suffix is not the name."""

_SUFFIX_LANGUAGES = {"toml", "yaml", "json", "sql", "html", "css", "js", "ts", "sh", "go", "rs", "java", "c", "h"}
"""Suffixes that are the name of their language."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The text that a format puts before, between and after the pieces."""

    before: str
    between: str
    after: str


FRAMES = {
    Format.MARKDOWN: Frame("", "", ""),
    Format.PLAIN: Frame("", "", ""),
    Format.XML: Frame("<context>\n", "", "</context>\n"),
    Format.JSON: Frame('{"items": [\n', ",\n", "]}\n"),
}


def render_excerpt(form: Format, candidate: Candidate, excerpt: Excerpt) -> str:
    """Return one excerpt with its header."""
    return _RENDERERS[form](candidate, excerpt)


def join_pieces(form: Format, pieces: list[str]) -> str:
    """Return the text of an answer: its pieces in the frame of a format."""
    if not pieces:
        return EMPTY_TEXTS[form]
    frame = FRAMES[form]
    body = "".join(pieces)
    if frame.between:
        body = frame.between.join(piece.rstrip("\n") for piece in pieces) + "\n"
    return f"{frame.before}{body}{frame.after}"


def _markdown(candidate: Candidate, excerpt: Excerpt) -> str:
    head = f"### {_headline(candidate, excerpt)}\n"
    if not excerpt.text:
        return head
    ticks = max([2, *map(len, _FENCE.findall(excerpt.text))]) + 1  # a longer fence than any inside
    return f"{head}{'`' * ticks}{_language(candidate.node.path)}\n{excerpt.text}{'`' * ticks}\n"


def _plain(candidate: Candidate, excerpt: Excerpt) -> str:
    return f"# {_headline(candidate, excerpt)}\n{excerpt.text}"


def _xml(candidate: Candidate, excerpt: Excerpt) -> str:
    from xml.sax.saxutils import quoteattr  # here because it loads an HTTP client

    attributes = {
        "path": _visible_path(candidate),
        "lines": f"{excerpt.start_line}-{excerpt.end_line}",
        "symbol": visible(candidate.node.qualname),
        "level": excerpt.level.value,
    }
    head = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<code {head}>\n{xml_text(excerpt.text)}</code>\n"


def _json(candidate: Candidate, excerpt: Excerpt) -> str:
    value = {
        "path": candidate.node.path,
        "lines": [excerpt.start_line, excerpt.end_line],
        "symbol": candidate.node.qualname,
        "level": excerpt.level.value,
        "text": excerpt.text,
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _headline(candidate: Candidate, excerpt: Excerpt) -> str:
    """Return ``path:first-last``, the symbol's name, and the level when it is not the whole body."""
    node = candidate.node
    name = f" {visible(node.qualname)}" if node.qualname and node.kind is not NodeKind.SECTION else ""
    level = "" if excerpt.level is Level.FULL else f" ({excerpt.level.value})"
    return f"{_visible_path(candidate)}:{excerpt.start_line}-{excerpt.end_line}{name}{level}"


def _visible_path(candidate: Candidate) -> str:
    """Return the path with control characters made visible: a line break in it would end the header."""
    return visible(_CONTROL.sub(lambda match: f"%{ord(match[0]):02X}", candidate.node.path))


def _language(path: str) -> str:
    _, _, suffix = path.lower().rpartition(".")
    return _LANGUAGES.get(suffix, suffix if suffix in _SUFFIX_LANGUAGES else "")


_RENDERERS = {Format.MARKDOWN: _markdown, Format.PLAIN: _plain, Format.XML: _xml, Format.JSON: _json}
