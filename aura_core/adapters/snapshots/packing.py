"""Values as they are stored: compressed, alone or as a change of another one (docs/adr/0007)."""

from __future__ import annotations

from typing import NamedTuple

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

LEVEL = 3

SHARE = 2
"""A change is worth it when it takes at most this part of what the whole value would. Changes all build on whole
values, never on each other, so they grow while a file drifts away from what it was; beyond this share it is cheaper to
begin anew."""

TIMES = 2
"""How many times longer than a value that which it builds on may be: it has to stay for as long as the value does."""


class Base(NamedTuple):
    """A row that others may be changes of: its key, and its value."""

    key: bytes
    value: bytes


class Packed(NamedTuple):
    """A value as it is stored; ``base`` is the key of the whole value that it is a change of, or None."""

    data: bytes
    base: bytes | None = None


def compress(value: bytes, level: int = LEVEL) -> bytes:
    """A value that is read without any other."""
    return ZstdCompressor(level=level).compress(value)


def compress_on(base: bytes, value: bytes, level: int = LEVEL) -> bytes:
    """A value that is read with ``base``. The checksum tells when it is read with anything else."""
    return ZstdCompressor(level=level, dict_data=_raw(base), write_checksum=True).compress(value)


def decompress(data: bytes) -> bytes:
    """The inverse of ``compress``. Raises ``ZstdError``."""
    return ZstdDecompressor().decompress(data)


def decompress_on(base: bytes, data: bytes) -> bytes:
    """The inverse of ``compress_on``. Raises ``ZstdError``."""
    return ZstdDecompressor(dict_data=_raw(base)).decompress(data)


def pack_row(value: bytes, level: int, base: Base | None = None) -> Packed:
    """A value as a change of ``base`` where that is worth it, else whole."""
    whole = Packed(compress(value, level))
    if base is None or len(base.value) > TIMES * len(value):
        return whole
    change = Packed(compress_on(base.value, value, level), base.key)
    return change if len(change.data) * SHARE <= len(whole.data) else whole


def _raw(base: bytes) -> ZstdCompressionDict:
    return ZstdCompressionDict(base, dict_type=DICT_TYPE_RAWCONTENT)
