"""Translates C declarations of Cython into Python: headers of functions with their parameters, variables, casts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_LITERAL: Final = re.compile(
    r"""#[^\n]*|("{3}|'{3})(?:[^\\]|\\.)*?(?:\1|\Z)|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*"?|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*'?""",
    re.DOTALL,
)
_LAST_NAME: Final = re.compile(r"(?<!\w)(?P<name>[^\W\d]\w*+)[ \t]*+(?:\[[\w \t]*+\])*[ \t]*+$")
_BEFORE_BRACKET: Final = re.compile(r"(?<!\w)([^\W\d]\w*+)[ \t]*+$")
_TYPE: Final = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_NOT_NONE: Final = re.compile(r"\b(?:not|or)[ \t]+None[ \t]*$")
_CAST: Final = re.compile(
    r"(?P<before>(?:^|[=(\[{,:+\-*/%&|<>]|\b(?:return|in|and|or|not|yield|else|if|lambda))[ \t]*)"
    r"(?P<cast><[ \t]*+[\w.]++(?:[ \t]++\w++)*[ \t]*+(?:\[[^\[\]<>\n]{0,40}\])?[ \t*&]*+\??[ \t]*+>)"
    r"(?=[ \t]*[\w(\[&*'\"_\-\\<])",
    re.MULTILINE,
)
_ADDRESS: Final = re.compile(r"(?:[=(\[,{:]|\b(?:return|and|or|not|in|if|elif|while))\s*+&(?=[ \t]*[\w(])")
_CHARACTER: Final = re.compile(r"\bc(?=['\"])")
_NEW: Final = re.compile(r"\bnew[ \t]+(?=[^\W\d])")

_C_TYPES: Final = frozenset({
    "bint", "char", "short", "int", "long", "float", "double", "void", "unsigned", "signed", "size_t", "Py_ssize_t",
    "ssize_t", "object", "const", "struct", "enum", "union", "complex", "volatile", "auto", "bool", "string", "vector",
    "Py_UCS4", "Py_UNICODE", "uintptr_t", "intptr_t", "ptrdiff_t", "type",
})  # fmt: skip
"""Types of which values have no members of the tree."""


def mask(text: str) -> str:
    """Return a text of the same length in which strings and comments are blotted out, line ends kept."""

    def blot(match: re.Match[str]) -> str:
        literal = match[0]
        if literal.startswith("#"):
            return " " * len(literal)
        return "".join(
            character if character == "\n" and literal[:3] not in ('"""', "'''") else "_" for character in literal
        )

    return _LITERAL.sub(blot, text)


def translate_expressions(text: str) -> str:
    """Return a statement without casts, address operators and ``new``: each becomes as many spaces."""
    if not any(sign in text for sign in ("<", "&", "new ", "c'", 'c"')):
        return text
    masked = mask(text)
    characters = list(text)
    for pattern in (_CAST, _ADDRESS, _NEW):
        blotted = list(masked)
        for match in pattern.finditer(masked):
            start, end = match.span("cast") if pattern is _CAST else match.span()
            # of an address only the operator goes
            start = end - 1 if pattern is _ADDRESS else start
            characters[start:end] = blotted[start:end] = " " * (end - start)
        masked = "".join(blotted)
    return _CHARACTER.sub(lambda match: "b" if masked[match.start()] == "c" else match[0], "".join(characters))


def function_header(text: str) -> str | None:
    """Return the header of the function that a declaration (``int f(double x) except -1:``) defines, and what stands
    after its colon; None when it defines none. One without a body gets ``...``.
    """
    masked = mask(text)
    place = _called_name(masked)
    if place is None:
        return None
    name, start = place
    end = _closing(masked, start)
    if end is None:
        return None
    rest, rest_masked = text[end + 1 :], masked[end + 1 :]
    colon = _first_outside(rest_masked, ":")
    body = translate_expressions(rest[colon + 1 :]) if colon is not None else " ..."
    arrow = re.match(r"[ \t]*->", rest_masked)
    result = rest[:colon].rstrip() if arrow is not None and colon is not None else ""
    parameters = text[start + 1 : end]
    return f"def {name}({_parameters(parameters)}){result}:{body}"


def declare(text: str) -> str:
    """Return the assignments in a declaration of variables; names of a type that may be of the tree are annotated."""
    masked = mask(text)
    bounds = list(_parts(masked))
    declared = ""
    statements = []
    for position, (start, end) in enumerate(bounds):
        part, equals = text[start:end], _first_outside(masked[start:end], "=")
        left = (part if equals is None else part[:equals]).strip()
        name = _LAST_NAME.search(left)
        if name is None:
            continue
        if position == 0:
            declared = _annotation(left[: name.start()])
        value = "" if equals is None else f" = {translate_expressions(part[equals:])[1:].strip()}"
        annotation = f": {declared}" if declared else ""
        if value or annotation:
            statements.append(f"{name['name']}{annotation}{value}")
    return "; ".join(statements) or "pass"


def _called_name(masked: str) -> tuple[str, int] | None:
    """Return the name that is declared as a function, and where its parameters begin."""
    depth, position = 0, 0
    for match in re.finditer(r"[\[(]|[\])]|=", masked):
        mark = match[0]
        if mark in "])":
            depth -= 1
        elif mark == "=":
            if not depth:
                return None
        else:
            if not depth and mark == "(":
                before = _BEFORE_BRACKET.search(masked[position : match.start()])
                after = masked[match.end() : match.end() + 40].lstrip()
                if before is not None and not after.startswith("*"):
                    return before[1], match.start()
            depth += 1
        position = match.end() if mark in "])" else position
    return None


def _closing(masked: str, start: int) -> int | None:
    """Return the place of the bracket that closes the one at ``start``."""
    depth = 0
    for match in re.finditer(r"[\[({]|[\])}]", masked[start:]):
        depth += 1 if match[0] in "([{" else -1
        if not depth:
            return start + match.start()
    return None


def _first_outside(masked: str, character: str) -> int | None:
    """Return the first place of a character outside of brackets, comparisons left out."""
    depth = 0
    for match in re.finditer(r"[\[({]|[\])}]|[=!<>]=|[:=]", masked):
        mark = match[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif mark == character and not depth:
            return match.start()
    return None


def _parts(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of what stands between commas outside of brackets."""
    depth = start = 0
    for match in re.finditer(r"[\[({]|[\])}]|,", masked):
        if match[0] == ",":
            if not depth:
                yield start, match.start()
                start = match.end()
        else:
            depth += 1 if match[0] in "([{" else -1
    yield start, len(masked)


def _parameters(text: str) -> str:
    """Return parameters as Python writes them, line ends kept."""
    masked = mask(text)
    return ",".join(_parameter(text[start:end], number) for number, (start, end) in enumerate(_parts(masked)))


def _parameter(text: str, number: int) -> str:
    stripped = text.strip()
    lead = text[: len(text) - len(text.lstrip())]
    masked = mask(text)
    if not stripped or stripped[0] in "*/#" or _first_outside(masked, ":") is not None:
        return text if stripped != "..." else ""
    if stripped == "...":
        return f"{lead}*_"
    equals = _first_outside(masked, "=")
    left = _NOT_NONE.sub("", (text if equals is None else text[:equals]).strip())
    name = _LAST_NAME.search(left)
    if name is None:
        return f"{lead}_{number}"
    default = "" if equals is None else text[equals + 1 :].rstrip()
    default = (
        "" if equals is None else "=..." if default.strip() in ("*", "?") else f"={translate_expressions(default)}"
    )
    annotation = _annotation(left[: name.start()])
    tail = text[len(text.rstrip()) :]
    return f"{lead}{name['name']}{': ' if annotation else ''}{annotation}{default}{tail}"


def _annotation(text: str) -> str:
    """Return the type that a declaration names when it is one name; "" for C types, pointers and templates."""
    words = text.split()
    if len(words) != 1 or _TYPE.fullmatch(words[0]) is None or words[0] in _C_TYPES or words[0].endswith("_t"):
        return ""
    return words[0]
