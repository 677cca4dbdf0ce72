"""Compiles patterns of ``.gitignore`` and ``.gitattributes`` (gitignore(5), gitattributes(5)).

A pattern is matched against one entry, never against what is below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aura_core.sources.paths import decode_path
from aura_core.wildcards import Part, Wildcard, wildcard_regex

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z",
    "lower": "a-z", "space": r"\s", "blank": r" \t", "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F", "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip
_CLASS = re.compile(r"\[:(?P<name>\w+):\]")


class BadPattern(ValueError):
    """A pattern that git silently never matches."""


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern, as written in ``text``.

    ``basename_only``: it has no slash and is matched against the last part of a path; ``folders_only``: it ends in a
    slash.
    """

    text: str
    regex: re.Pattern[str] = field(repr=False)
    basename_only: bool
    folders_only: bool

    def matches(self, path: str, basename: str, is_folder: bool) -> bool:
        """Return whether the pattern matches an entry.

        ``path`` is relative to the folder of the pattern's file; ``basename`` is its last part.
        """
        if self.folders_only and not is_folder:
            return False
        return self.regex.fullmatch(basename if self.basename_only else path) is not None


def split_lines(data: bytes) -> list[str]:
    """Return the lines of a file of patterns as working text, without a byte order mark."""
    return decode_path(data.removeprefix(_BYTE_ORDER_MARK)).split("\n")


def compile_glob(pattern: str) -> Glob:
    """Compile a pattern without its leading ``!``. Raises ``BadPattern``."""
    folders_only = pattern.endswith("/")
    body = pattern.removesuffix("/")
    basename_only = "/" not in body
    body = body.removeprefix("/")
    if not body:
        raise BadPattern(pattern)
    return Glob(pattern, re.compile(wildcard_regex(_translate(body)), re.DOTALL), basename_only, folders_only)


def _translate(body: str) -> list[Part]:
    """Return the parts of a pattern without its outer slashes."""
    parts: list[Part] = []
    position = 0
    while position < len(body):
        translate = _translate_stars if body[position] == "*" else _translate_one
        part, position = translate(body, position)
        parts.append(part)
    return parts


def _translate_stars(body: str, start: int) -> tuple[Part, int]:
    """Translate a run of stars, and return the position behind it. Two or more between slashes cross folders."""
    end = start
    while end < len(body) and body[end] == "*":
        end += 1
    if end - start < 2 or (start > 0 and body[start - 1] != "/"):
        return Wildcard.IN_FOLDER, end
    if end == len(body):
        # ``a/**``: everything below the folder, but not the folder itself
        return ".+", end
    if body[end] == "/":
        # ``**/b``: at any depth, the top included
        return Wildcard.FOLDERS, end + 1
    return Wildcard.IN_FOLDER, end


def _translate_one(body: str, start: int) -> tuple[Part, int]:
    """Translate one character or one bracket expression, and return the position behind it."""
    char = body[start]
    if char == "?":
        return "[^/]", start + 1
    if char == "[":
        return _translate_bracket(body, start + 1)
    if char == "\\":
        if start + 1 == len(body):
            raise BadPattern(body)
        return re.escape(body[start + 1]), start + 2
    return re.escape(char), start + 1


def _translate_bracket(body: str, start: int) -> tuple[str, int]:
    """Translate ``[a-z]``, ``[!x]`` or ``[[:alpha:]]``, whose content begins at ``start``; it never matches a slash."""
    is_negated = start < len(body) and body[start] in "!^"
    if is_negated:
        start += 1
    parts: list[str] = []
    position = start
    # A closing bracket that comes first stands for itself.
    while position < len(body) and (body[position] != "]" or position == start):
        char_class = _CLASS.match(body, position)
        if char_class:
            if char_class["name"] not in _CLASSES:
                raise BadPattern(body)
            parts.append(_CLASSES[char_class["name"]])
            position = char_class.end()
            continue
        low, position = _literal(body, position)
        parts.append(re.escape(low))
        if position + 1 < len(body) and body[position] == "-" and body[position + 1] != "]":
            high, position = _literal(body, position + 1)
            if low <= high:  # a reversed range adds nothing, as in git
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
    if position >= len(body):
        raise BadPattern(body)
    content = "".join(parts)
    if is_negated:
        return f"[^/{content}]", position + 1
    return (f"(?!/)[{content}]" if content else "(?!)"), position + 1


def _literal(body: str, position: int) -> tuple[str, int]:
    """Return one character of a bracket expression, escaped or not, and the position behind it."""
    if body[position] == "\\":
        position += 1
        if position == len(body):
            raise BadPattern(body)
    return body[position], position + 1
