"""Facts as bytes and back: MessagePack, definitions by column. The store compresses, so nothing here does."""

from __future__ import annotations

from typing import Any

import msgpack

from aura_core.model.facts import Definition, FileFacts, ParseStatus, WordTable
from aura_core.model.graph import NodeKind

_KINDS = tuple(NodeKind)
_STATUSES = tuple(ParseStatus)
_TEXTS = Definition._fields.index("digest")
_NO_WORDS = WordTable((), (1, b""), (1, b""), (1, b""))


def pack_facts(facts: FileFacts) -> bytes:
    """One file's facts. ``code`` may hold None, booleans, numbers, text, bytes, tuples and dictionaries."""
    columns: list[Any] = [list(column) for column in zip(*facts.definitions, strict=True)]
    columns[0] = bytes(map(_KINDS.index, columns[0]))
    words = facts.words
    value = (
        facts.language,
        _STATUSES.index(facts.status),
        facts.lines,
        facts.warning,
        columns,
        b" ".join(words.words),
        words.per_definition,
        words.index,
        words.count,
        facts.code,
    )
    packed: bytes = msgpack.packb(value, unicode_errors="surrogatepass")
    return packed


def unpack_facts(data: bytes, *, words: bool = True, texts: bool = True, code: bool = True) -> FileFacts:
    """The facts that ``pack_facts`` packed; lists come back as tuples. Without ``words`` the word table is empty,
    without ``texts`` definitions have no digest, signature or documentation: both are much of a large tree's memory.
    Without ``code`` it is None: reading it takes ten times as long as reading all else.
    """
    language, status, lines, warning, columns, spelt, per_definition, index, count, linked = _fields(data, code)
    if not texts:
        size = len(columns[0])
        columns = *columns[:_TEXTS], (b"",) * size, ("",) * size, ("",) * size
    kinds = map(_KINDS.__getitem__, columns[0])
    definitions = tuple(map(Definition._make, zip(kinds, *columns[1:], strict=True)))
    table = WordTable(tuple(spelt.split(b" ")) if spelt else (), per_definition, index, count) if words else _NO_WORDS
    return FileFacts(language, _STATUSES[status], lines, definitions, table, linked, warning)


def facts_to_link(data: bytes) -> FileFacts:
    """The facts that ``pack_facts`` packed, without what linking never looks at."""
    return unpack_facts(data, words=False, texts=False)


def facts_to_search(data: bytes) -> FileFacts:
    """The facts that ``pack_facts`` packed, without what only linking looks at."""
    return unpack_facts(data, code=False)


def _fields(data: bytes, code: bool) -> tuple[Any, ...]:
    """What ``pack_facts`` put in a row, in order; ``code`` comes last."""
    unpacker = msgpack.Unpacker(
        use_list=False, strict_map_key=False, unicode_errors="surrogatepass", max_buffer_size=len(data)
    )
    unpacker.feed(data)
    size = unpacker.read_array_header()
    read = tuple(unpacker.unpack() for _ in range(size if code else size - 1))
    return read if code else (*read, None)
