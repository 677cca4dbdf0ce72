"""Patterns of ``.gitignore`` and ``.gitattributes`` (gitignore(5), gitattributes(5)), matched against one entry, never
its descendants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s", "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9a-fA-F", "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip


class BadPattern(ValueError):
    """A pattern that git silently never matches."""


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern, as written in ``text``.

    ``by_name``: it has no slash and is matched against the last part of a path; ``folders_only``: it ended in a slash.
    """

    text: str
    regex: re.Pattern[str] = field(repr=False)
    by_name: bool
    folders_only: bool

    def matches(self, path: str, name: str, is_folder: bool) -> bool:
        """Whether the entry at ``path`` (relative to the folder of the pattern's file) with last part ``name`` is
        meant.
        """
        if self.folders_only and not is_folder:
            return False
        return self.regex.fullmatch(name if self.by_name else path) is not None


def glob(pattern: str) -> Glob:
    """Compile a pattern without its leading ``!``. Raises ``BadPattern``."""
    folders_only = pattern.endswith("/")
    body = pattern.removesuffix("/")
    by_name = "/" not in body
    body = body.removeprefix("/")
    if not body:
        raise BadPattern(pattern)
    return Glob(pattern, re.compile(_translate(body), re.DOTALL), by_name, folders_only)


def _translate(body: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(body):
        text, at = _stars(body, at) if body[at] == "*" else _one(body, at)
        out.append(text)
    return "".join(out)


def _stars(body: str, at: int) -> tuple[str, int]:
    """A run of stars: two or more between slashes cross folders."""
    end = at
    while end < len(body) and body[end] == "*":
        end += 1
    if end - at < 2 or (at > 0 and body[at - 1] != "/"):
        return "[^/]*", end
    if end == len(body):
        return ".+", end
    if body[end] == "/":
        return "(?:.*/)?", end + 1
    return "[^/]*", end


def _one(body: str, at: int) -> tuple[str, int]:
    char = body[at]
    if char == "?":
        return "[^/]", at + 1
    if char == "[":
        return _bracket(body, at)
    if char == "\\":
        if at + 1 == len(body):
            raise BadPattern(body)
        return re.escape(body[at + 1]), at + 2
    return re.escape(char), at + 1


def _bracket(body: str, at: int) -> tuple[str, int]:
    """``[a-z]``, ``[!x]``, ``[[:alpha:]]``; never matches a slash."""
    start = at = at + 1
    negated = at < len(body) and body[at] in "!^"
    if negated:
        start = at = at + 1
    out: list[str] = []
    while at < len(body) and (body[at] != "]" or at == start):
        named = re.match(r"\[:(\w+):\]", body[at:])
        if named:
            if named[1] not in _CLASSES:
                raise BadPattern(body)
            out.append(_CLASSES[named[1]])
            at += named.end()
            continue
        low, at = _literal(body, at)
        out.append(re.escape(low))
        if at + 1 < len(body) and body[at] == "-" and body[at + 1] != "]":
            high, at = _literal(body, at + 1)
            if low <= high:
                out.append(f"{re.escape(low)}-{re.escape(high)}")
    if at >= len(body):
        raise BadPattern(body)
    inside = "".join(out)
    if negated:
        return f"[^/{inside}]", at + 1
    return (f"(?!/)[{inside}]" if inside else "(?!)"), at + 1


def _literal(body: str, at: int) -> tuple[str, int]:
    if body[at] == "\\":
        at += 1
        if at == len(body):
            raise BadPattern(body)
    return body[at], at + 1
