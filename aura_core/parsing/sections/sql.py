"""Statements of SQL files: an object that is created names its section."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aura_core.parsing.sections.heading import Heading, clean_title

_STATEMENT = re.compile(
    rb"""(?:
        --[^\n]*+
      | /\*.*?(?:\*/|\Z)
      | '[^']*+(?:''[^']*+)*(?:'|\Z)
      | \$(?P<tag>\w*+)\$.*?(?:\$(?P=tag)\$|\Z)
      | [^;'$/\-]++
      | [-/$]
    )+;?+""",
    re.VERBOSE | re.DOTALL,
)
_COMMENTS = re.compile(rb"(?:\s++|--[^\n]*+|/\*[\s\S]*?(?:\*/|\Z))*")
_CREATED = re.compile(
    rb"create\s++(?:or\s++replace\s++)?(?:(?:temp|temporary|unlogged|unique|materialized|recursive|global|local|external|virtual|foreign|constraint|definer\s*+=\s*+\S++)\s++)*"
    rb"(?:table|view|function|procedure|trigger|index|type|schema|sequence|domain|extension|database|role|user|policy|rule|aggregate|operator)\s++"
    rb"(?:concurrently\s++)?(?:if\s++not\s++exists\s++)?(?P<name>[^\s(;]++)",
    re.IGNORECASE,
)
_NAMED = re.compile(rb"--[ \t]*+name:[ \t]*+(?P<name>[^\s:;]++)", re.IGNORECASE)


def sql(text: bytes) -> Iterator[Heading]:
    """One section a statement, its leading comments included; statements that create nothing are minor."""
    for match in _STATEMENT.finditer(text):
        start = match.start()
        body = _COMMENTS.match(text, start, match.end())
        begin = body.end() if body is not None else start
        if begin >= match.end():
            continue
        offset = _first_full_line(text, start, begin)
        named = _CREATED.match(text, begin, match.end()) or _NAMED.search(text, offset, begin)
        if named is not None:
            yield Heading(offset, clean_title(named["name"].strip(b'"`[]')), named_at=begin)
        else:
            yield Heading(
                offset, clean_title(b" ".join(text[begin : begin + 200].split()[:4])), minor=True, named_at=begin
            )


def _first_full_line(text: bytes, start: int, begin: int) -> int:
    """Where the first line that holds nothing of the statement before begins; blank lines belong to what precedes
    them.
    """
    if start == 0:
        return 0
    line = text.find(b"\n", start, begin) + 1
    if line == 0:
        return text.rfind(b"\n", 0, begin) + 1
    while line < begin and (end := text.find(b"\n", line, begin)) >= 0 and not text[line:end].strip():
        line = end + 1
    return line
