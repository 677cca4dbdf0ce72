"""A Python file that the running interpreter refuses, rewritten line for line until it takes it.

Statements that parse stay as they are. The others are put into the running interpreter's words (``python_grammar``),
then taken apart: a broken header costs its compound statement nothing else, a broken simple statement is replaced by
the expressions in it that do parse. Lines keep their numbers, so that everything after parsing is the same as for any
other file.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_NESTED = 40
"""Blocks nested deeper than this are not taken apart."""

DEEPEST = 100
"""Expressions nested deeper than this are left out of a file that holds expressions too deep to follow."""

SHORT = 1_000
"""Longest text, in bytes, of which it is remembered for a while whether it parses."""

_TOKEN = re.compile(
    rb"""#[^\n]*|\\\n|("{3}|'{3})(?:[^\\]|\\.)*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\[({]|[\])}]|\n""",
    re.DOTALL,
)
_STATEMENT = re.compile(
    rb"[ \t\f]*@\w|"
    rb"[ \t\f]*(?:(?:async[ \t]+)?def|class|import|return|raise|while|with|try|del|global|assert|pass)\b|[ \t\f]*from[ \t]+\S+[ \t]+import\b"
)
"""What begins a line and cannot stand inside brackets: a bracket before it was never closed."""

_WORD = re.compile(rb"\w*")
_DEFINES = re.compile(rb"((?:async\s+)?def|class)\s+(\w+)\s*")
_NAMES = re.compile(rb"[(,]\s*(\*{0,2}[^\W\d][\w.]*)\s*(?=[,):=]|$)")
_BEFORE = {b"else": b"if 1: pass\n", b"elif": b"if 1: pass\n", b"except": b"try: pass\n", b"finally": b"try: pass\n"}
"""What must stand before a header that continues a statement."""

_INSTEAD = {b"elif": b"elif 1:", b"except": b"except BaseException:", b"case": b"case _:", b"match": b"match 1:"}
_BLOCK, _CASES = b"if 1:\n", b"match 1:\n"


@dataclass(slots=True)
class Repaired:
    """A file that parses: its tree, its text (with as many lines as before), and the lines whose statements were left
    out.
    """

    tree: ast.Module
    text: str
    omitted_lines: list[int]


@dataclass(slots=True)
class Line:
    """One logical line and what is indented below it. ``number`` is that of its first line."""

    number: int
    head: bytes
    body: bytes = b""

    @property
    def text(self) -> bytes:
        """The statement without its indentation."""
        return self.head.strip()

    @property
    def word(self) -> bytes:
        """The first word."""
        found = _WORD.match(self.text)
        return found[0] if found is not None else b""


def repair_source(text: str) -> Repaired | None:
    """A file rewritten; None when even that does not parse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = _spaced(text.encode("utf-8", "surrogatepass"))
        changed = _translated(data)
        repair = _Repair(changed)
        tree = parsed(changed)
        if tree is None:
            changed = repair.block(data, 1, b"", 0)
            tree = parsed(changed)
    return (
        Repaired(tree, changed.decode("utf-8", "surrogatepass"), sorted(set(repair.omitted_lines)))
        if tree is not None
        else None
    )


def parsed(data: bytes) -> ast.Module | None:
    """The tree of some source, or None when it does not parse."""
    try:
        return ast.parse(data.decode("utf-8", "surrogatepass"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def prune_deep_expressions(tree: ast.Module) -> int:
    """Put None in the place of expressions that are nested too deeply; the line of the first."""
    first = 0
    todo: list[tuple[ast.AST, int]] = [(tree, 0)]
    while todo:
        node, depth = todo.pop()
        for name, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            for place, child in enumerate(children):
                if not isinstance(child, ast.AST):
                    continue
                if not isinstance(child, ast.expr):
                    todo.append((child, 0 if isinstance(child, ast.stmt) else depth))
                elif depth < DEEPEST:
                    todo.append((child, depth + 1))
                else:
                    first = min(first or child.lineno, child.lineno)
                    children[place] = ast.copy_location(ast.Constant(None), child)
            if not isinstance(value, list):
                setattr(node, name, children[0])
    return first


def logical_lines(data: bytes, number: int, *, closing: bool = False) -> tuple[bytes, list[Line]]:
    """What stands before the first logical line of a block, and those indented least with what is below each.

    ``number`` is the first line's. With ``closing`` a header ends with its first line, whatever brackets are open
    there.
    """
    starts = list(_starts(data, closing=closing))
    if not starts:
        return data, []
    least: list[tuple[int, int]] = []
    width = 0
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        own = _width(data, start)
        if not least or own <= width:
            width = own
            least.append((start, end))
    lines, at = [], 0
    for (start, end), (below, _) in zip(least, [*least[1:], (len(data), 0)], strict=True):
        number += data.count(b"\n", at, start)
        lines.append(Line(number, data[start:end], data[end:below]))
        at = start
    return data[: starts[0]], lines


def statements(lines: list[Line]) -> Iterator[list[Line]]:
    """Logical lines by statement: decorators with what they decorate, ``else`` and its like with what they continue."""
    current: list[Line] = []
    for line in lines:
        decorated = bool(current) and current[-1].text.startswith(b"@")
        if current and not decorated and line.word not in _BEFORE:
            yield current
            current = []
        current.append(line)
    if current:
        yield current


class _Repair:
    """Rewrites blocks; ``lost`` collects the lines of statements that are left out. ``changed`` is the whole file in
    the interpreter's words.
    """

    def __init__(self, changed: bytes) -> None:
        self.omitted_lines: list[int] = []
        self._changed = (
            changed.splitlines(keepends=True) if b"\r" not in changed else re.findall(rb"[^\n]*\n|[^\n]+", changed)
        )

    def block(self, data: bytes, number: int, around: bytes, depth: int) -> bytes:
        """The statements of a block that begins in line ``number``; ``around`` is the header under which one of them
        parses.
        """
        before, lines = logical_lines(data, number)
        if not lines:
            return data
        return before + self._lines(lines, around, _width(data, len(before)) if around else 0, depth)

    def _lines(self, lines: list[Line], around: bytes, width: int, depth: int) -> bytes:
        return b"".join(self._statement(statement, around, width, depth) for statement in statements(lines))

    def _statement(self, lines: list[Line], around: bytes, width: int, depth: int) -> bytes:
        source = b"".join(line.head + line.body for line in lines)
        if _width(source, 0) != width:
            source = _moved(source, width)
            lines = logical_lines(source, lines[0].number)[1]
        if _parses(around, source):
            return source
        changed = self._in_file(lines[0].number, source, width)
        if changed != source and _parses(around, changed):
            return changed
        if depth >= MAX_NESTED:
            return self._without(lines[0].number, source, width)
        again = _closed(lines)
        if again:
            return self._lines(again, around, width, depth + 1)
        mended = [self._line(line, around, width, depth) for line in lines]
        for loose in (False, True):
            joined = b"".join((_loose(head, width) if loose else head) + body for head, body in mended)
            if _parses(around, joined):
                return joined
        return self._without(lines[0].number, source, width)

    def _in_file(self, number: int, source: bytes, width: int) -> bytes:
        """The lines of a statement in the interpreter's words, as the grammar took them within the whole file."""
        found = b"".join(self._changed[number - 1 : number - 1 + source.count(b"\n") + (not source.endswith(b"\n"))])
        return found if _width(found, 0) == width else _moved(found, width)

    def _line(self, line: Line, around: bytes, width: int, depth: int) -> tuple[bytes, bytes]:
        """A logical line and what is below it, each by itself."""
        line = Line(line.number, _uncommented(line.head), line.body)
        below = line.number + line.head.count(b"\n")
        if not self._opens(line, around):
            body = self._after(line.body, below, around, width, depth) if line.body else b""
            return self._simple(line, around, width), body
        body = self.block(line.body, below, _CASES if _has_cases(line) else _BLOCK, depth + 1)
        return self._header(line, around, width), body

    def _after(self, body: bytes, number: int, around: bytes, width: int, depth: int) -> bytes:
        """What is indented below a line that opens no block: more of the same block."""
        before, lines = logical_lines(body, number)
        return before + self._lines(lines, around, width, depth + 1)

    def _opens(self, line: Line, around: bytes) -> bool:
        """Whether a line opens a block, or was meant to."""
        if line.text.endswith(b":") and not line.text.startswith(b"@"):
            return True
        if not line.body.strip() or not (
            line.word in _BEFORE or keyword.iskeyword(line.word.decode("utf-8", "replace"))
        ):
            return False
        return not _parses(around, line.head)

    def _simple(self, line: Line, around: bytes, width: int) -> bytes:
        from aura_core.parsing.python.legacy_grammar import salvaged

        source = b" " * width + line.head.lstrip(b" \t\f")
        around = _BEFORE.get(line.word, around)
        if line.text.startswith(b"@"):
            good = _parses(around, source.rstrip() + b"\n" + b" " * width + b"def f(): pass\n")
            return source if good else self._without(line.number, line.head, width, b"")
        if _parses(around, source):
            return source
        changed = _padded(b" " * width + _translated(line.text), line.head)
        if changed != source and _parses(around, changed):
            return changed
        defined = (
            self._header(line, around, width)
            if _DEFINES.match(line.text)
            else b" " * width + salvaged(line.text) + b"\n"
        )
        if defined.strip() and _parses(around, defined):
            self.omitted_lines.append(line.number)
            return _padded(defined, line.head)
        return self._without(line.number, line.head, width)

    def _header(self, line: Line, around: bytes, width: int) -> bytes:
        """The header of a compound statement, as near to what is written as parses."""
        before, deep = (_BEFORE[line.word], b"") if line.word in _BEFORE else (around, b" " if around else b"")
        rest = b"\n    case _: pass\n" if _has_cases(line) else b" pass\n"
        written = [line.text, _translated(line.text + rest).removesuffix(rest)]
        text = next((text for text in written if _parses(before + deep, text + rest)), b"")
        if not text:
            self.omitted_lines.append(line.number)
            text = next(text for text in _replacements(line, around) if _parses(before + deep, text + rest))
        return _padded(b" " * width + text + (b"" if line.body.strip() else b" pass"), line.head)

    def _without(self, number: int, source: bytes, width: int, instead: bytes = b"pass") -> bytes:
        self.omitted_lines.append(number)
        return _padded(b" " * width + instead, source)


def _has_cases(line: Line) -> bool:
    return line.word == b"match" and line.body.lstrip().startswith(b"case")


def _parses(around: bytes, source: bytes) -> bool:
    text = around + source
    return _short(text) if len(text) <= SHORT else parsed(text) is not None


@lru_cache(maxsize=64)
def _short(text: bytes) -> bool:
    """Whether a text parses that is asked for alone and then with what is around it."""
    return parsed(text) is not None


def _translated(source: bytes) -> bytes:
    from aura_core.parsing.python.legacy_grammar import translated

    found = translated(source)
    return found if found.count(b"\n") == source.count(b"\n") else source


def _spaced(data: bytes) -> bytes:
    """Tabs that lines begin with as Python 2 reads them, which lets spaces stand beside them."""
    if b"\t" not in data:
        return data
    return re.sub(rb"^[ \t]+", lambda found: found[0].expandtabs(8), data, flags=re.MULTILINE)


def _starts(data: bytes, *, closing: bool = False) -> Iterator[int]:
    """Where logical lines that hold code begin; see ``logical_lines``."""
    depth, begun = 0, 0
    first = True
    for found in _TOKEN.finditer(data):
        token = found[0]
        if token in b"([{":
            depth += 1
        elif token in b")]}":
            depth = max(depth - 1, 0)
        elif token == b"\n":
            if depth and (
                _STATEMENT.match(data, found.end()) or (closing and first and _is_header(data[begun : found.end()]))
            ):
                depth = 0
            first = not depth
            if first:
                if _is_code(data, begun, found.end()):
                    yield begun
                begun = found.end()
    if _is_code(data, begun, len(data)):
        yield begun


def _is_header(line: bytes) -> bool:
    """Whether a line begins with a word of Python and ends with a colon."""
    found = _WORD.match(line.lstrip())
    word = found[0] if found is not None else b""
    return (keyword.iskeyword(word.decode("utf-8", "replace")) or word == b"match") and _uncommented(
        line
    ).rstrip().endswith(b":")


def _is_code(data: bytes, start: int, end: int) -> bool:
    line = data[start:end].lstrip()
    return bool(line) and not line.startswith(b"#")


def _width(data: bytes, start: int) -> int:
    """How far a line is indented. A form feed begins the count anew, as in Python's own tokenizer."""
    width = 0
    while data[start : start + 1] in (b" ", b"\f"):
        width = width + 1 if data[start] == ord(" ") else 0
        start += 1
    return width


def _uncommented(data: bytes) -> bytes:
    return _TOKEN.sub(lambda found: b"" if found[0].startswith(b"#") else found[0], data)


def _moved(source: bytes, width: int) -> bytes:
    """Lines indented by so much more or less that the first is indented by ``width``."""
    more = width - _width(source, 0)
    if more >= 0:
        return re.sub(rb"^(?=[^\n])", b" " * more, source, flags=re.MULTILINE)
    return re.sub(rb"^ {1,%d}" % -more, b"", source, flags=re.MULTILINE)


def _closed(lines: list[Line]) -> list[Line]:
    """The lines once more when one of them is a header whose brackets are never closed: such a header ends with its
    first line; else nothing.
    """
    for line in lines:
        first, _, rest = line.head.partition(b"\n")
        if rest.strip() and _is_header(first):
            return logical_lines(b"".join(line.head + line.body for line in lines), lines[0].number, closing=True)[1]
    return []


def _padded(text: bytes, source: bytes) -> bytes:
    """A text with as many line ends as a source, or fewer where the source has none left to give."""
    text = text.rstrip(b"\n")
    return text + b"\n" * max(source.count(b"\n") - text.count(b"\n"), 0)


def _replacements(line: Line, around: bytes) -> Iterator[bytes]:
    """Headers that may stand for a broken one, the last of which always parses."""
    defines = _DEFINES.match(line.text)
    if defines is not None:
        kind, name = defines[1], defines[2]
        name = name + b"_" if keyword.iskeyword(name.decode("utf-8", "replace")) else name
        names = _NAMES.findall(line.text, defines.end())
        yield b"%b %b(%b):" % (kind, name, b", ".join(names))
        yield b"%b %b(%b):" % (kind, name, b", ".join(dict.fromkeys(n for n in names if b"." not in n)))
        yield b"%b %b():" % (kind, name)
    elif line.word in _BEFORE or line.word in _INSTEAD:
        yield _INSTEAD.get(line.word, line.word + b":")
    yield _INSTEAD[b"case"] if around == _CASES else _INSTEAD[b"match"] if _has_cases(line) else _BLOCK.rstrip()


def _loose(head: bytes, width: int) -> bytes:
    """A header whose statement is not whole: a block of its own."""
    text = head.strip()
    found = _WORD.match(text)
    word = found[0] if found is not None else b""
    if word == b"elif":
        return _padded(b" " * width + text[2:], head)
    if word in (b"else", b"finally", b"try"):
        return _padded(b" " * width + b"if 1" + text[len(word) :], head)
    return (
        _padded(b" " * width + _BLOCK.rstrip() + (b"" if text.endswith(b":") else b" pass"), head)
        if word == b"except"
        else head
    )
