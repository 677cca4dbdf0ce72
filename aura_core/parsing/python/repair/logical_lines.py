"""Finds the logical lines of source that does not parse, by indentation and brackets."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATIONS = {
    b"else": b"if 1: pass\n",
    b"elif": b"if 1: pass\n",
    b"except": b"try: pass\n",
    b"finally": b"try: pass\n",
}
"""Words that continue a compound statement -> a statement that may stand before them."""

_TOKEN = re.compile(rb"""#[^\n]*+|\\\n|"{3}|'{3}|["'\[\](){}\n]""")
"""Matches comments, continued lines, brackets, line ends and what opens a string."""

_STRING_ENDS = {
    b'"': re.compile(rb'(?:[^"\\\n]++|\\.)*"', re.DOTALL),
    b"'": re.compile(rb"(?:[^'\\\n]++|\\.)*'", re.DOTALL),
    b'"""': re.compile(rb'(?:[^"\\]++|\\.|"(?!""))*"""', re.DOTALL),
    b"'''": re.compile(rb"(?:[^'\\]++|\\.|'(?!''))*'''", re.DOTALL),
}
"""By what opens a string: the rest of the string."""

_LINE_END = re.compile(rb"(?:[^\\\n]++|\\.)*", re.DOTALL)
"""Matches the rest of a line, with the lines that continue it."""

_STATEMENT = re.compile(
    rb"[ \t\f]*@\w|"
    rb"[ \t\f]*(?:(?:async[ \t]+)?def|class|import|return|raise|while|with|try|del|global|assert|pass)\b|"
    rb"[ \t\f]*from[ \t]+\S+[ \t]+import\b"
)
"""Matches a beginning of a line that cannot stand inside brackets, so that an open bracket was never closed."""

_WORD = re.compile(rb"\w*")


@dataclass(slots=True)
class Line:
    """One logical line and what is indented below it. ``number`` is that of its first line."""

    number: int
    head: bytes
    body: bytes = b""

    @property
    def text(self) -> bytes:
        """The line without its indentation."""
        return self.head.strip()

    @property
    def word(self) -> bytes:
        """The first word."""
        return first_word(self.text)

    @property
    def body_number(self) -> int:
        """The number of the first line below."""
        return self.number + self.head.count(b"\n")

    @property
    def has_cases(self) -> bool:
        """True for the header of a ``match`` statement."""
        return self.word == b"match" and self.body.lstrip().startswith(b"case")


def logical_lines(data: bytes, number: int, *, is_header_closed: bool = False) -> tuple[bytes, list[Line]]:
    """Return what stands before the first logical line of a block, and those indented least with what is below each.

    ``number`` is the first line's. With ``is_header_closed`` a header ends with its first line, whatever brackets are
    open there.
    """
    starts = list(_starts(data, is_header_closed=is_header_closed))
    if not starts:
        return data, []
    spans: list[tuple[int, int]] = []
    indent = 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        own_indent = indentation(data, start)
        # a line that is indented more belongs to the body of the line before it
        if not spans or own_indent <= indent:
            indent = own_indent
            spans.append((start, end))
    lines, position = [], 0
    for (start, end), (body_end, _) in zip(spans, [*spans[1:], (len(data), 0)], strict=True):
        number += data.count(b"\n", position, start)
        lines.append(Line(number, data[start:end], data[end:body_end]))
        position = start
    return data[: starts[0]], lines


def lines_after_closing(lines: list[Line]) -> list[Line]:
    """Return the lines once more if one of them is a header whose brackets are never closed, so that the header ends
    with its first line; else nothing.
    """
    for line in lines:
        first, _, rest = line.head.partition(b"\n")
        if rest.strip() and _is_header(first):
            _, lines = logical_lines(source_of(lines), lines[0].number, is_header_closed=True)
            return lines
    return []


def source_of(lines: list[Line]) -> bytes:
    """Return logical lines as they are written, with what is below them."""
    return b"".join(line.head + line.body for line in lines)


def statements(lines: list[Line]) -> Iterator[list[Line]]:
    """Group logical lines by statement: decorators with what they decorate, ``else`` and its like with what they
    continue.
    """
    statement: list[Line] = []
    for line in lines:
        is_decorated = bool(statement) and statement[-1].text.startswith(b"@")
        if statement and not is_decorated and line.word not in CONTINUATIONS:
            yield statement
            statement = []
        statement.append(line)
    if statement:
        yield statement


def first_word(text: bytes) -> bytes:
    """Return the word that a text begins with; empty when it begins with something else."""
    match = _WORD.match(text)
    return match[0] if match is not None else b""


def is_keyword(word: bytes) -> bool:
    """Tell whether a word is a keyword of the running interpreter."""
    return keyword.iskeyword(word.decode("utf-8", "replace"))


def indentation(data: bytes, start: int) -> int:
    """Return how far a line is indented. A form feed begins the count anew, as in Python's own tokenizer."""
    indent = 0
    while data[start : start + 1] in (b" ", b"\f"):
        indent = indent + 1 if data[start] == ord(" ") else 0
        start += 1
    return indent


def reindent(source: bytes, indent: int) -> bytes:
    """Return lines indented by more or less, so that the first line has the indentation ``indent``."""
    more = indent - indentation(source, 0)
    if more >= 0:
        return re.sub(rb"^(?=[^\n])", b" " * more, source, flags=re.MULTILINE)
    return re.sub(rb"^ {1,%d}" % -more, b"", source, flags=re.MULTILINE)


def expand_tabs(data: bytes) -> bytes:
    """Return source whose leading tabs are spaces, as Python 2 reads them when tabs and spaces are mixed."""
    if b"\t" not in data:
        return data
    # Python 2 has a tab stop at every eighth column
    return re.sub(rb"^[ \t]+", lambda match: match[0].expandtabs(8), data, flags=re.MULTILINE)


def remove_comments(data: bytes) -> bytes:
    """Return source without its comments."""
    parts, position = [], 0
    for start, end in _tokens(data):
        if data.startswith(b"#", start):
            parts.append(data[position:start])
            position = end
    return b"".join([*parts, data[position:]])


def _tokens(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where comments, continued lines, strings, brackets and line ends start and end. A quote that opens a string
    which does not end is no token.
    """
    # by what opens a string: the place up to which none that opens ends, so that no text is searched twice
    open_until: dict[bytes, int] = {}
    position = 0
    while (match := _TOKEN.search(data, position)) is not None:
        start, position = match.span()
        mark = match[0]
        if mark not in _STRING_ENDS:
            yield start, position
            continue
        end = _string_end(data, position, mark, open_until)
        if end < 0 and len(mark) == 3:
            end = start + 2  # an empty string, and another quote
        position = end if end >= 0 else position
        if end >= 0:
            yield start, end


def _string_end(data: bytes, start: int, mark: bytes, open_until: dict[bytes, int]) -> int:
    """Return the end of a string that begins before ``start``; -1 when it does not end."""
    if start <= open_until.get(mark, -1):
        return -1
    match = _STRING_ENDS[mark].match(data, start)
    if match is not None:
        return match.end()
    rest = _LINE_END.match(data, start) if len(mark) == 1 else None
    open_until[mark] = rest.end() if rest is not None else len(data)
    return -1


def _starts(data: bytes, *, is_header_closed: bool) -> Iterator[int]:
    """Yield where logical lines that hold code begin; see ``logical_lines``."""
    depth = start = 0
    is_first_line = True
    for token_start, end in _tokens(data):
        token = data[token_start:end]
        if token in b"([{":
            depth += 1
        elif token in b")]}":
            depth = max(depth - 1, 0)
        elif token == b"\n":
            # a line end inside brackets does not end the logical line, unless they were clearly never closed
            if depth and (
                _STATEMENT.match(data, end) or (is_header_closed and is_first_line and _is_header(data[start:end]))
            ):
                depth = 0
            is_first_line = not depth
            if is_first_line:
                if _is_code(data[start:end]):
                    yield start
                start = end
    if _is_code(data[start:]):
        yield start


def _is_header(line: bytes) -> bool:
    """Tell whether a line begins with a keyword or ``match`` and ends with a colon."""
    word = first_word(line.lstrip())
    return (is_keyword(word) or word == b"match") and remove_comments(line).rstrip().endswith(b":")


def _is_code(line: bytes) -> bool:
    line = line.lstrip()
    return bool(line) and not line.startswith(b"#")
