"""Finds the statements of SQL files: an object that is created names its section."""

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
_CREATE = re.compile(
    rb"create\s++(?:or\s++replace\s++)?(?:(?:temp|temporary|unlogged|unique|materialized|recursive|global|local|"
    rb"external|virtual|foreign|constraint|definer\s*+=\s*+\S++)\s++)*"
    rb"(?:table|view|function|procedure|trigger|index|type|schema|sequence|domain|extension|database|role|user|policy|"
    rb"rule|aggregate|operator)\s++"
    rb"(?:concurrently\s++)?(?:if\s++not\s++exists\s++)?(?P<name>[^\s(;]++)",
    re.IGNORECASE,
)
_QUERY_NAME = re.compile(rb"--[ \t]*+name:[ \t]*+(?P<name>[^\s:;]++)", re.IGNORECASE)


def sql(text: bytes) -> Iterator[Heading]:
    """Yield every statement with the comments before it; a statement that has no name is minor."""
    for match in _STATEMENT.finditer(text):
        start, end = match.span()
        comments = _COMMENTS.match(text, start, end)
        code = comments.end() if comments is not None else start
        if code >= end:
            continue
        offset = _first_full_line(text, start, code)
        name = _CREATE.match(text, code, end) or _QUERY_NAME.search(text, offset, code)
        title = name["name"].strip(b'"`[]') if name is not None else b" ".join(text[code : code + 200].split()[:4])
        yield Heading(offset, clean_title(title), is_minor=name is None, name_offset=code)


def _first_full_line(text: bytes, start: int, code: int) -> int:
    """Return the offset of the first line without code of the previous statement; blank lines belong to that one."""
    if start == 0:
        return 0
    line = text.find(b"\n", start, code) + 1
    if line == 0:
        return text.rfind(b"\n", 0, code) + 1
    while line < code and (end := text.find(b"\n", line, code)) >= 0 and not text[line:end].strip():
        line = end + 1
    return line
