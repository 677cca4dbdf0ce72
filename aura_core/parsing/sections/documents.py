"""Finds the headings of Markdown, reStructuredText and AsciiDoc. Every pattern is linear in the text: its quantifiers
are possessive, so none can give back what it took.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aura_core.parsing.sections.heading import Heading, after_blank_line, clean_title, line_before

_MARKDOWN = re.compile(
    rb"^(?:[ ]{0,3}(?P<fence>`{3,}+|~{3,}+)"
    rb"|[ ]{0,3}\#{1,6}[ \t]++(?P<atx>[^\n]*+)"
    rb"|(?P<setext>[^\s>|\#*+=<`\-][^\n]*+)\n(?:={3,}+|-{3,}+)[ \t\r]*+$)",
    re.MULTILINE | re.VERBOSE,
)
_FRONT_MATTER = re.compile(rb"\A(---|\+\+\+)[ \t\r]*+\n(?:(?!\1)[^\n]*+\n)*\1[ \t\r]*+$", re.MULTILINE)

_UNDERLINED = re.compile(rb"^(?P<title>\S[^\n]*+)\n(?=(?P<rule>([!-/:-@\[-`{-~])\3{2,})[ \t\r]*+$)", re.MULTILINE)
_ADORNMENT = re.compile(rb"([!-/:-@\[-`{-~])\1{2,}\s*+")

_ASCIIDOC = re.compile(rb"^={1,6}[ \t]++(?P<title>\S[^\n]*+)", re.MULTILINE)


def markdown(text: bytes) -> Iterator[Heading]:
    """Yield the ``#`` headings, and the underlined ones after a blank line, outside of fenced code and front matter."""
    front = _FRONT_MATTER.match(text)
    fence = b""
    for match in _MARKDOWN.finditer(text, front.end() if front else 0):
        mark = match["fence"]
        if mark is not None:
            if not fence:
                fence = mark
            # a fence is closed by the same character, at least as often
            elif mark.startswith(fence):
                fence = b""
        elif fence:
            continue
        elif match["atx"] is not None:
            yield Heading(match.start(), clean_title(match["atx"].rstrip().rstrip(b"#")))
        elif after_blank_line(text, match.start()):
            yield Heading(match.start(), clean_title(match["setext"]), 2)


def restructured_text(text: bytes) -> Iterator[Heading]:
    """Yield titles that are underlined (and maybe overlined) with one punctuation character, after a blank line."""
    for match in _UNDERLINED.finditer(text):
        title, rule = match["title"].rstrip(), match["rule"]
        # not a title: a rule itself, or a text that is over twice as long as the rule under it
        if _ADORNMENT.fullmatch(title) or 2 * len(rule) < len(title.decode(errors="ignore")):
            continue
        start, before = line_before(text, match.start())
        if not before.strip():
            yield Heading(match.start(), clean_title(title), 2)
        elif before.strip() == rule and after_blank_line(text, start):
            yield Heading(start, clean_title(title), 2, name_offset=match.start())


def asciidoc(text: bytes) -> Iterator[Heading]:
    """Yield the ``=`` headings of an AsciiDoc file."""
    for match in _ASCIIDOC.finditer(text):
        yield Heading(match.start(), clean_title(match["title"]))
