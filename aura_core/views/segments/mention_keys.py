"""Keys under which a text may mention a definition or a file exactly, on both sides: what a view stores and what a
task says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aura_core.model.graph import plain_name

WHOLE_PATH, PART_OF_PATH = 30, 15
"""Weights, in tenths, of a file mentioned by its path and by its name or module alone."""

# Patterns as text: `re` compiles them for the first question, not for each process that starts (14 ms).
_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"
_PATH = r"[\w\-]+(?:[./][\w\-]+)*\.[A-Za-z]\w{0,9}\b|[\w.\-]+(?:/[\w.\-]+)+"
_FRAME = r"""File "([^"\n]+)", line \d+, in (\w+)"""
_MARKED = r"`([^`\n]+)`"
_WORD = r"[A-Za-z_]\w*"


def definition_keys(qualname: str) -> list[str]:
    """``Cart.add`` → its own name, its class's, and both together."""
    parts = plain_name(qualname).split(".")
    keys = [f"n:{parts[-1]}"]
    if len(parts) > 1:
        keys += [f"c:{parts[-2]}", f"q:{parts[-2]}.{parts[-1]}"]
    return keys


def file_keys(path: str) -> Iterator[tuple[str, int]]:
    """(key, weight) of a file: its path, the path below the first folder, its name, its dotted module name and the
    ends of that.
    """
    yield f"f:{path}", WHOLE_PATH
    folders, _, name = path.rpartition("/")
    if "/" in folders:
        yield f"f:{path.partition('/')[2]}", WHOLE_PATH
    if folders and name != "__init__.py":
        yield f"f:{name}", PART_OF_PATH
    if path.endswith(".py"):
        modules = path[:-3].removesuffix("/__init__").split("/")
        for first in range(len(modules) - 1):
            yield f"m:{'.'.join(modules[first:])}", PART_OF_PATH


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a text names. ``words``: identifier-like words and whether each is written as code; ``dotted``: last two
    parts of dotted names;
    ``files``: keys of files."""

    words: dict[str, bool]
    dotted: tuple[str, ...]
    files: tuple[str, ...]


def mentioned(text: str) -> Mentioned:
    """Read a task: words, dotted names, paths, traceback frames, words in backquotes."""
    marked = {word for quoted in re.findall(_MARKED, text) for word in re.findall(_WORD, quoted)}
    frames = re.findall(_FRAME, text)
    marked.update(function for _, function in frames)
    called = {match[:-1] for match in re.findall(r"[A-Za-z_]\w*\(", text)}
    words = {word: _is_code(word) or word in marked or word in called for word in sorted(set(re.findall(_WORD, text)))}
    dotted = sorted(set(re.findall(_DOTTED, text)))
    tails = sorted({".".join(name.split(".")[-2:]) for name in dotted})
    return Mentioned(words, tuple(tails), tuple(sorted(_file_keys_in(text, dotted))))


def _file_keys_in(text: str, dotted: list[str]) -> set[str]:
    keys: set[str] = set()
    for path in re.findall(_PATH, text):
        parts = path.strip("./").split("/")
        keys.update(f"f:{'/'.join(parts[first:])}" for first in range(len(parts)))
    for name in dotted:
        parts = name.split(".")
        keys.update(f"m:{'.'.join(parts[:end])}" for end in range(2, len(parts) + 1))
    return keys


def _is_code(word: str) -> bool:
    """Snake case, a leading underscore, or capitals inside."""
    return (
        "_" in word
        or (word[:1].isupper() and word[1:].lower() != word[1:])
        or (word[:1].islower() and word.lower() != word)
    )
