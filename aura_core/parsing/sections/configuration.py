"""Finds the headings of configuration files: TOML and INI tables, top-level keys of YAML and of indented JSON. Nothing
is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aura_core.parsing.sections.heading import Heading, clean_title

_TOML = re.compile(rb"(?P<quotes>\"\"\"|''')|^\[\[?(?P<name>[\w .\"'\-]++)\]\]?[ \t]*+(?:\#[^\n]*+)?\r?$", re.MULTILINE)
_INI = re.compile(rb"^\[(?P<name>[^\]\r\n]++)\]", re.MULTILINE)
_YAML = re.compile(
    rb"^(?:-[ \t]++(?:name|id):[ \t]++(?P<item>[^\n]++)|(?!-[ \t])(?P<key>[\w.$/@\"'\-][^:\#\n]*+):(?=\s|\Z))",
    re.MULTILINE,
)
_JSON_FIRST = re.compile(rb"\s*+\{[ \t\r]*+\n(?P<indent>[ \t]++)\"")


def toml(text: bytes) -> Iterator[Heading]:
    """Yield the tables of a TOML file; what looks like one inside a multi-line string is none."""
    quotes = b""
    for match in _TOML.finditer(text):
        mark = match["quotes"]
        if mark is not None:
            # a mark closes the string that the same mark opened; another mark inside it is text
            quotes = b"" if quotes == mark else quotes or mark
        elif not quotes:
            yield Heading(match.start(), clean_title(match["name"]))


def ini(text: bytes) -> Iterator[Heading]:
    """Yield the ``[sections]`` of an INI file."""
    for match in _INI.finditer(text):
        yield Heading(match.start(), clean_title(match["name"]))


def yaml(text: bytes) -> Iterator[Heading]:
    """Yield the top-level keys of a YAML file, and items of a top-level list that begin with ``name:`` or ``id:``."""
    for match in _YAML.finditer(text):
        raw = match["key"] if match["key"] is not None else match["item"]
        yield Heading(match.start(), clean_title(raw.strip(b"\"' \t\r")), is_minor=True)


def json(text: bytes) -> Iterator[Heading]:
    """Yield the top-level keys of an object that is written one key a line; none when it is written otherwise."""
    first = _JSON_FIRST.match(text)
    if first is None:
        return
    keys = re.compile(rb"^" + re.escape(first["indent"]) + rb"\"(?P<key>(?:[^\"\\\n]|\\.)+)\"[ \t]*+:", re.MULTILINE)
    for number, match in enumerate(keys.finditer(text)):
        yield Heading(
            match.start() if number else 0, clean_title(match["key"]), is_minor=True, name_offset=match.start()
        )
