"""Packs facts into bytes and back: MessagePack, definitions by column. The store compresses, so nothing here does."""

from __future__ import annotations

from typing import Any

import msgpack

from aura_core.model.facts import Definition, FileFacts, ParseStatus, WordTable
from aura_core.model.graph import NodeKind

_KINDS = tuple(NodeKind)
_STATUSES = tuple(ParseStatus)
_FIRST_TEXT = Definition._fields.index("digest")
_NO_WORDS = WordTable((), (1, b""), (1, b""), (1, b""))


def pack_facts(facts: FileFacts) -> bytes:
    """Pack one file's facts. ``code`` may hold None, booleans, numbers, text, bytes, tuples and dictionaries."""
    kinds, *columns = zip(*facts.definitions, strict=True)
    words = facts.words
    row = (
        facts.language,
        _STATUSES.index(facts.status),
        facts.lines,
        facts.warning,
        (bytes(map(_KINDS.index, kinds)), *columns),
        b" ".join(words.words),
        words.per_definition,
        words.index,
        words.count,
        facts.code,
    )
    return bytes(msgpack.packb(row, unicode_errors="surrogatepass"))


def unpack_facts(data: bytes, *, words: bool = True, texts: bool = True, code: bool = True) -> FileFacts:
    """Return the facts that ``pack_facts`` packed; lists come back as tuples.

    Without ``words`` the word table is empty, without ``texts`` definitions have no digest, signature or documentation:
    both are much of a large tree's memory. Without ``code`` it is None: reading it takes ten times as long as reading
    all else.
    """
    language, status, lines, warning, columns, word_text, per_definition, index, count, tables = _unpack_row(data, code)
    if not texts:
        size = len(columns[0])
        columns = *columns[:_FIRST_TEXT], (b"",) * size, ("",) * size, ("",) * size
    kinds, *others = columns
    definitions = tuple(map(Definition._make, zip(map(_KINDS.__getitem__, kinds), *others, strict=True)))
    word_table = _NO_WORDS
    if words:
        word_table = WordTable(tuple(word_text.split(b" ")) if word_text else (), per_definition, index, count)
    return FileFacts(language, _STATUSES[status], lines, definitions, word_table, tables, warning)


def facts_to_link(data: bytes) -> FileFacts:
    """Return the facts that ``pack_facts`` packed, without what linking never reads."""
    return unpack_facts(data, words=False, texts=False)


def facts_to_search(data: bytes) -> FileFacts:
    """Return the facts that ``pack_facts`` packed, without what only linking reads."""
    return unpack_facts(data, code=False)


def _unpack_row(data: bytes, code: bool) -> tuple[Any, ...]:
    """Return the fields that ``pack_facts`` packed, in order; ``code`` comes last."""
    unpacker = msgpack.Unpacker(
        use_list=False, strict_map_key=False, unicode_errors="surrogatepass", max_buffer_size=len(data)
    )
    unpacker.feed(data)
    size = unpacker.read_array_header()
    if code:
        return tuple(unpacker.unpack() for _ in range(size))
    return (*(unpacker.unpack() for _ in range(size - 1)), None)
