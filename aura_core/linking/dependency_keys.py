"""Dependency keys: what linking a file reads of its program. A file is linked again exactly when the value of a key
that it read has changed.

A key is a tuple of a key kind and an address; its value is 64 bits, and 0 when the program has nothing under the key.
The constants below are the key kinds, with the address that follows each and with the reader that asks for it.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Final

Key = tuple[str, ...]

# Module names. Imports and names of modules read them.
KEY_MODULE: Final = "M"  # dotted name: the path of the module, "" for a namespace folder
KEY_STUB: Final = "T"  # path: the path of the stub of that source

# Own facts of one file, as they are written there. What looks up a name, a member or a call in the file reads them.
KEY_NAME: Final = "N"  # path, name: what the module binds the name to
KEY_STARS: Final = "S"  # path: the modules that it imports everything from, in order
KEY_HAS_ALL: Final = "L"  # path: whether it has ``__all__``
KEY_IN_ALL: Final = "X"  # path, name: whether ``__all__`` lists the name
KEY_MEMBER: Final = "m"  # path, class, name: what the class binds the member to, and what ``self.name`` is assigned
KEY_MEMBERS: Final = "P"  # path, class: the names that the class binds
KEY_SIGNATURE: Final = "R"  # path, function: what it takes, returns and yields
KEY_METACLASS: Final = "C"  # path, class: its metaclass
KEY_REGISTERED: Final = "D"  # path, function: what is registered with it, should it be a generic function

# The hierarchy. Orders read bases; members and implicit calls read orders; calls on receivers that may be of a subclass
# read overrides, and calls on receivers of which nothing is known the only method of a name.
KEY_BASES: Final = "B"  # path, class: its bases, resolved
KEY_MRO: Final = "K"  # path, class: its method resolution order
KEY_OVERRIDES: Final = "O"  # path, class, name: the methods of subclasses under the name; under "" the subclasses
KEY_ONLY_METHOD: Final = "U"  # name: its only method in the program, or the one that all others override

# Dataflow across files. Linking the file reads it.
KEY_CALLBACKS: Final = "A"  # path: the callbacks that other files pass to its functions

OWN_KEY_KINDS = frozenset({
    KEY_NAME, KEY_STARS, KEY_HAS_ALL, KEY_IN_ALL, KEY_MEMBER, KEY_MEMBERS, KEY_SIGNATURE, KEY_METACLASS, KEY_REGISTERED,
})  # fmt: skip
"""Key kinds that follow from one file's own facts: a file need not record those of its own path."""

_ROW = struct.Struct("<QQ")


def hash64(text: str) -> int:
    """Return 64 bits of a text; never 0, which stands for absence."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def key_hash(key: Key) -> int:
    """Return the 64 bits that stand for a key where it is recorded. Two keys of one hash only make a file be linked
    again for nothing.
    """
    return hash64("\0".join(key))


class _Numbers(dict[Key, int]):
    """Numbers by key; one that is looked up for the first time gets the next."""

    def __init__(self, keys: list[Key]) -> None:
        self._keys = keys

    def __missing__(self, key: Key) -> int:
        self[key] = number = len(self._keys)
        self._keys.append(key)
        return number


class KeyTable:
    """Numbers the keys of one program, so that sets of them are cheap. ``number`` returns the number of a key, and
    ``keys`` holds the key of each number.
    """

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.number: Callable[[Key], int] = _Numbers(self.keys).__getitem__

    def foreign(self, numbers: Iterable[int], path: str) -> list[int]:
        """Return the numbers of those keys that a file must record: not the ones of its own facts."""
        keys = self.keys
        return [n for n in numbers if (key := keys[n])[0] not in OWN_KEY_KINDS or key[1] != path]


class ReadsPacker:
    """Packs the keys that files read, each with its value at that time.

    Hashes and values stand in flat arrays by the keys' numbers: a large tree has 100,000 keys, which take 20 MB as
    objects.
    """

    def __init__(self, table: KeyTable, value: Callable[[Key], int]) -> None:
        self._table, self._value = table, value
        self._hashes = array("Q")
        self._values = array("Q")
        self._valid = bytearray()

    def forget_values(self) -> None:
        """Ask for every value again: it may have changed."""
        self._valid = bytearray(len(self._valid))

    def pack(self, numbers: Iterable[int], path: str) -> bytes:
        """Return the packed (key hash, value) pairs of those keys that a file must record."""
        keys = self._table.keys
        foreign = self._table.foreign(numbers, path)
        if growth := bytes(len(keys) - len(self._valid)):
            self._valid += growth
            self._hashes.frombytes(growth * self._hashes.itemsize)
            self._values.frombytes(growth * self._values.itemsize)
        hashes, values, valid = self._hashes, self._values, self._valid
        for n in foreign:
            if not valid[n]:
                hashes[n], values[n], valid[n] = hashes[n] or key_hash(keys[n]), self._value(keys[n]), 1
        return pack_reads({(hashes[n], values[n]) for n in foreign})


def pack_reads(reads: Iterable[tuple[int, int]]) -> bytes:
    """Pack (key hash, value) pairs as little-endian 64-bit integers, sorted by hash."""
    return b"".join(_ROW.pack(hashed, value) for hashed, value in sorted(reads))


def unpack_reads(packed: bytes) -> list[tuple[int, int]]:
    """Reverse ``pack_reads``."""
    return list(_ROW.iter_unpack(packed))
