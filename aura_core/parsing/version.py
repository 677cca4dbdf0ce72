"""Which parser made some facts: a hash over this package's own sources, so no one has to remember to raise a number."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

from aura_core.model.facts import Definition, WordTable
from aura_core.model.graph import NodeKind

_INTERPRETER = f"{sys.version_info.major}.{sys.version_info.minor}"


def facts_key(blob: str, language: str) -> bytes:
    """The 16-byte key of the facts of a blob (hex object id) read as ``language``.

    The interpreter's minor version is part of it: its grammar decides what is a syntax error.
    """
    return blake2b("\0".join((blob, language, PARSER_VERSION, _INTERPRETER)).encode(), digest_size=16).digest()


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry


def _version() -> str:
    shapes = repr((Definition._fields, WordTable.__slots__, [kind.value for kind in NodeKind]))
    digest = blake2b(shapes.encode(), digest_size=8)
    for source in _sources(files("aura_core.parsing")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


PARSER_VERSION = _version()
