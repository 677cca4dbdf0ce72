"""What linking reads, as keys with values: a file is linked again exactly when a value that it read has changed.

A key is a tuple of a letter and its address; absence is a value too (0).

``("M", module)``            which path holds the module ("" for a namespace folder)
``("T", path)``              which stub stands beside a source
``("N", path, name)``        what a module binds a name to, as written
``("S", path)``              the modules that it imports everything from, in order
``("L", path)``              whether it has ``__all__``
``("X", path, name)``        whether ``__all__`` lists the name
``("m", path, class, name)`` what a class binds a member to, and what ``self.name`` is assigned
``("P", path, class)``       the names that a class binds
``("R", path, function)``    what a function takes, returns and yields, as written
``("C", path, class)``       the metaclass of a class, as written
``("D", path, function)``    what is registered with a generic function, as written
``("B", path, class)``       the bases of a class, resolved
``("K", path, class)``       its method resolution order
``("O", path, class, name)`` the methods of subclasses under a name; under "" the subclasses
``("A", path)``              what other files pass to its functions
``("U", name)``              the only method of that name in the tree, or the one that all others override
``("H", …)``                 something inside the file being linked: never recorded
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable
from hashlib import blake2b

Key = tuple[str, ...]

OWN = frozenset("NSLXmPRCD")
"""Keys that follow from a file's own facts: a file need not record those of its own path."""

_ROW = struct.Struct("<QQ")


def hash64(text: str) -> int:
    """64 bits of a text; never 0, which stands for absence."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def key_hash(key: Key) -> int:
    """The 64 bits that stand for a key where it is recorded. Two keys of one hash only make a file be linked again for
    nothing.
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
    """Keys by small numbers, so that sets of them are cheap. ``number`` gives a key's."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.number: Callable[[Key], int] = _Numbers(self.keys).__getitem__

    def foreign(self, numbers: Iterable[int], path: str) -> list[int]:
        """The keys that a file must record: not its own facts', nothing inside it."""
        keys = self.keys
        return [n for n in numbers if keys[n][0] != "H" and (keys[n][0] not in OWN or keys[n][1] != path)]


class KeyRows:
    """(hash, value) of keys, as files record them. Flat arrays by the keys' numbers: a large tree has 100,000 keys, as
    objects 20 MB.
    """

    def __init__(self, keys: KeyTable, value: Callable[[Key], int]) -> None:
        self._keys, self._value = keys, value
        self._hashes = array("Q")
        self._values = array("Q")
        self._known = bytearray()

    def forget(self) -> None:
        """Ask for values anew: they may have changed."""
        self._known = bytearray(len(self._known))

    def packed(self, numbers: Iterable[int], path: str) -> bytes:
        """The rows of the keys that a file must record."""
        keys = self._keys.keys
        wanted = self._keys.foreign(numbers, path)
        if more := bytes(len(keys) - len(self._known)):
            self._known += more
            self._hashes.frombytes(more * self._hashes.itemsize)
            self._values.frombytes(more * self._values.itemsize)
        hashes, values, known = self._hashes, self._values, self._known
        for n in wanted:
            if not known[n]:
                hashes[n], values[n], known[n] = hashes[n] or key_hash(keys[n]), self._value(keys[n]), 1
        return pack_rows({(hashes[n], values[n]) for n in wanted})


def pack_rows(rows: Iterable[tuple[int, int]]) -> bytes:
    """(key, value) pairs as little-endian 64-bit integers, sorted by key."""
    return b"".join(_ROW.pack(key, value) for key, value in sorted(rows))


def unpack_rows(packed: bytes) -> list[tuple[int, int]]:
    """The reverse of ``pack_rows``."""
    return list(_ROW.iter_unpack(packed))
