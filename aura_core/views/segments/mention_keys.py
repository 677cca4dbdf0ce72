"""Keys under which a text may mention a definition or a file exactly. A view stores them, and a task is read for them.

A key's first letter says what it names: n a definition, c the definitions inside a class, q a definition by its
class's name and its own, f a file by its path, m a file by its module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aura_core.model.graph import plain_name

PATH_TENTHS, NAME_TENTHS = 30, 15
"""Weights, in tenths, of a file mentioned by its path and by its name or module alone."""

MAX_PARTS = 32
"""Parts of a long path or dotted name that keys are made of: every part gives a key as long as all parts together."""

# Patterns as text: `re` compiles them for the first question, not for each process that starts (14 ms). Each is linear:
# where it fails, what it has read is not read again from the next character on.
_DOTTED = r"\w++(?:\.\w++)*"
_PATH_RUN = r"[\w.\-/]++"
_CHAIN = r"[\w\-]++(?:[./][\w\-]++)*"
_SUFFIX = r"\.[A-Za-z]\w{0,9}\b"
_SLASHED = r"[\w.\-]++(?:/[\w.\-]++)*"
_FRAME = r"""File "([^"\n]++)", line \d++, in (\w++)"""
_QUOTED = r"`([^`\n]++)`"
_WORD = r"[A-Za-z_]\w*+"


def definition_keys(qualname: str) -> list[str]:
    """Return the keys of a definition: for ``Cart.add`` its own name, its class's, and both together."""
    *outer, name = plain_name(qualname).split(".")
    if not outer:
        return [f"n:{name}"]
    class_name = outer[-1]
    return [f"n:{name}", f"c:{class_name}", f"q:{class_name}.{name}"]


def file_keys(path: str) -> Iterator[tuple[str, int]]:
    """Yield (key, weight) of a file: its path, the path below the first folder, its name, its dotted module name and
    the ends of that.
    """
    yield f"f:{path}", PATH_TENTHS
    folders, _, name = path.rpartition("/")
    _, _, below_first_folder = path.partition("/")
    if "/" in folders:
        yield f"f:{below_first_folder}", PATH_TENTHS
    if folders and name != "__init__.py":
        yield f"f:{name}", NAME_TENTHS
    if path.endswith(".py"):
        modules = path[:-3].removesuffix("/__init__").split("/")
        # Ends of at least two parts: a task is read for dotted names alone.
        for first in range(len(modules) - 1):
            yield f"m:{'.'.join(modules[first:])}", NAME_TENTHS


@dataclass(frozen=True, slots=True)
class TaskMentions:
    """What a text may name.

    ``words``: identifier-like words, and whether each is written as code. ``dotted_names``: the last two parts of
    dotted names. ``file_keys``: keys of files.
    """

    words: dict[str, bool]
    dotted_names: tuple[str, ...]
    file_keys: tuple[str, ...]


def find_mentions(text: str) -> TaskMentions:
    """Return the words, dotted names and files that a text mentions.

    A word counts as code when it looks like code, or stands in backquotes, in a traceback frame or before ``(``.
    """
    code_words = {word for quotation in re.findall(_QUOTED, text) for word in re.findall(_WORD, quotation)}
    code_words.update(function for _, function in re.findall(_FRAME, text))
    code_words.update(match[0] for match in re.finditer(_WORD, text) if text.startswith("(", match.end()))
    words = {word: _looks_like_code(word) or word in code_words for word in sorted(set(re.findall(_WORD, text)))}
    dotted_names = {name for run in re.findall(_DOTTED, text) for name in _dotted_names_in(run)}
    tails = sorted({".".join(parts[-2:]) for parts in dotted_names})
    return TaskMentions(words, tuple(tails), tuple(sorted(_file_keys_in(text, dotted_names))))


def _dotted_names_in(run: str) -> Iterator[tuple[str, ...]]:
    """Yield the parts of the dotted names in words with dots between. Each part begins with a letter or underscore."""
    parts: list[str] = []
    for word in run.split("."):
        match = re.search(_WORD, word)
        if match is None or match.start():
            if len(parts) > 1:
                yield tuple(parts)
            parts = []
        if match is not None:
            parts.append(match[0])
    if len(parts) > 1:
        yield tuple(parts)


def _file_keys_in(text: str, dotted_names: Iterable[tuple[str, ...]]) -> set[str]:
    keys: set[str] = set()
    for path in paths_in(text):
        parts = path.strip("./").split("/")[-MAX_PARTS:]
        keys.update(f"f:{'/'.join(parts[first:])}" for first in range(len(parts)))
    for names in dotted_names:
        keys.update(f"m:{'.'.join(names[:end])}" for end in range(2, min(len(names), MAX_PARTS) + 1))
    return keys


def paths_in(text: str) -> Iterator[str]:
    """Yield what looks like a path: words with dots or slashes between and a suffix, else words with slashes."""
    for match in re.finditer(_PATH_RUN, text):
        yield from _paths_in_run(match[0])


def _paths_in_run(run: str) -> Iterator[str]:
    chain_of, slashed_of = re.compile(_CHAIN).match, re.compile(_SLASHED).match
    position = no_slash_before = 0
    while position < len(run):
        chain = chain_of(run, position)
        suffixes = re.compile(_SUFFIX).finditer(run, position, chain.end()) if chain is not None else ()
        end = max((suffix.end() for suffix in suffixes), default=0)
        if not end and position >= no_slash_before and (slashed := slashed_of(run, position)) is not None:
            no_slash_before = slashed.end()
            end = slashed.end() if "/" in slashed[0] else 0
        if end:
            yield run[position:end]
        # without a suffix no part of the chain begins a path either
        position = end or (chain.end() if chain is not None else position + 1)


def _looks_like_code(word: str) -> bool:
    """Return whether a word is in snake case, or has a leading underscore or capitals inside."""
    return (
        "_" in word
        or (word[:1].isupper() and word[1:].lower() != word[1:])
        or (word[:1].islower() and word.lower() != word)
    )
