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
"""``kind, *address``: ``("m", "a.py", "File", "read")`` is the member ``read`` of the class ``File`` in ``a.py``."""

# Module names. Whatever resolves an import or the name of a module reads them.
KEY_MODULE: Final = "M"  # dotted name: the path of the module, "" for a namespace folder
KEY_TOP: Final = "W"  # top name: the folders in which the tree has it
KEY_STEM: Final = "F"  # path without its suffix: the dotted name of the module, or of the folder, there
KEY_STUB: Final = "T"  # path: the path of the stub of that source

# Own facts of one file, as they are written there. What looks up a name, a member or a call in the file reads them.
KEY_NAME: Final = "N"  # path, name: what the module binds the name to
KEY_STARS: Final = "S"  # path: the modules that it imports everything from, in order
KEY_HAS_ALL: Final = "L"  # path: whether it has ``__all__``
KEY_IN_ALL: Final = "X"  # path, name: whether ``__all__`` lists the name
KEY_MEMBER: Final = "m"  # path, class, name: what the class binds the member to, and what ``self.name`` is assigned
KEY_MEMBERS: Final = "P"  # path, class: the names that the class binds; with the class "" the module
KEY_SIGNATURE: Final = "R"  # path, function: what it takes, returns and yields
KEY_METACLASS: Final = "C"  # path, class: its metaclass
KEY_REGISTERED: Final = "D"  # path, function: what is registered with it, should it be a generic function

# The class hierarchy. MROs read bases; members and implicit calls read MROs; calls on receivers that may be of a
# subclass read overrides, and calls on receivers of which nothing is known read the only method of a name.
KEY_BASES: Final = "B"  # path, class: its bases, resolved
KEY_MRO: Final = "K"  # path, class: its method resolution order
KEY_OVERRIDES: Final = "O"  # path, class, name: the methods of subclasses; under "" these, under "<" the classes before
KEY_ONLY_METHOD: Final = "U"  # name: its only method in the program, or the one that all others override

# Dataflow across files. Linking the file reads it.
KEY_CALLBACKS: Final = "A"  # path: the callbacks that other files pass to its functions

OWN_KEY_KINDS = frozenset({
    KEY_NAME, KEY_STARS, KEY_HAS_ALL, KEY_IN_ALL, KEY_MEMBER, KEY_MEMBERS, KEY_SIGNATURE, KEY_METACLASS, KEY_REGISTERED,
})  # fmt: skip
"""Key kinds that follow from one file's own facts: a file need not record those of its own path."""

_ROW = struct.Struct("<QQ")


def hash64(text: str) -> int:
    """Return a 64-bit hash of a text; never 0, which stands for absence."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def key_hash(key: Key) -> int:
    """Return the 64-bit hash under which a key is recorded. When two keys share a hash, a file is at worst linked again
    without need.
    """
    return hash64("\0".join(key))


class _Numbers(dict[Key, int]):
    """The number of each key. A key that is looked up for the first time gets the next number."""

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
        """Return the numbers of the keys that the file at ``path`` must record: all but those of its own facts."""
        keys = self.keys
        # a file with other facts is linked again in any case, so it needs no record of its own keys
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
        """Forget every value, because it may have changed; ``pack`` asks for it again."""
        self._valid = bytearray(len(self._valid))

    def pack(self, numbers: Iterable[int], path: str) -> bytes:
        """Return the packed (key hash, value) pairs of the keys that the file at ``path`` must record."""
        keys = self._table.keys
        foreign = self._table.foreign(numbers, path)
        # the table has got more keys since the last call: make room for them
        if growth := bytes(len(keys) - len(self._valid)):
            self._valid += growth
            self._hashes.frombytes(growth * self._hashes.itemsize)
            self._values.frombytes(growth * self._values.itemsize)
        hashes, values, valid = self._hashes, self._values, self._valid
        for n in foreign:
            if not valid[n]:
                # a hash stays valid for ever, a value only until ``forget_values``
                hashes[n], values[n], valid[n] = hashes[n] or key_hash(keys[n]), self._value(keys[n]), 1
        return pack_reads({(hashes[n], values[n]) for n in foreign})


def pack_reads(reads: Iterable[tuple[int, int]]) -> bytes:
    """Pack (key hash, value) pairs as little-endian 64-bit integers, sorted by hash."""
    return b"".join(_ROW.pack(hashed, value) for hashed, value in sorted(reads))


def unpack_reads(packed: bytes) -> list[tuple[int, int]]:
    """Return the (key hash, value) pairs that ``pack_reads`` packed."""
    return list(_ROW.iter_unpack(packed))
