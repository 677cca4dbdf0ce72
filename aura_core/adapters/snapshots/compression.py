"""Stored values: compressed alone, or as a change of another value (docs/adr/0007)."""

from __future__ import annotations

from typing import NamedTuple

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

LEVEL = 3  # zstd's own default

MAX_CHANGE_SHARE = 2
"""A change is stored when it takes at most this part of what the whole value would take, as a divisor. Changes all
build on whole values, never on each other, so they grow while a file drifts away from its base; beyond this share a new
whole value is cheaper."""

MAX_BASE_RATIO = 2
"""How many times longer than a value its base may be: the base has to stay for as long as the value does."""


class Base(NamedTuple):
    """A row that others may be changes of."""

    key: bytes
    value: bytes


class PackedRow(NamedTuple):
    """A value as it is stored; ``base`` is the key of the whole value that it is a change of, or None."""

    data: bytes
    base: bytes | None = None


def compress(value: bytes, level: int = LEVEL) -> bytes:
    """Return a value in a form that is read without any other."""
    return ZstdCompressor(level=level).compress(value)


def compress_on(base: bytes, value: bytes, level: int = LEVEL) -> bytes:
    """Return a value in a form that is read with ``base``. A checksum reveals when it is read with anything else."""
    return ZstdCompressor(level=level, dict_data=_dictionary(base), write_checksum=True).compress(value)


def decompress(data: bytes) -> bytes:
    """Return what ``compress`` compressed. Raises ``ZstdError``."""
    return ZstdDecompressor().decompress(data)


def decompress_on(base: bytes, data: bytes) -> bytes:
    """Return what ``compress_on`` compressed. Raises ``ZstdError``."""
    return ZstdDecompressor(dict_data=_dictionary(base)).decompress(data)


def pack_row(value: bytes, level: int, base: Base | None = None) -> PackedRow:
    """Return a value as a change of ``base`` where that is short enough, else whole."""
    whole = PackedRow(compress(value, level))
    if base is None or len(base.value) > MAX_BASE_RATIO * len(value):
        return whole
    change = PackedRow(compress_on(base.value, value, level), base.key)
    return change if len(change.data) * MAX_CHANGE_SHARE <= len(whole.data) else whole


def _dictionary(base: bytes) -> ZstdCompressionDict:
    return ZstdCompressionDict(base, dict_type=DICT_TYPE_RAWCONTENT)
