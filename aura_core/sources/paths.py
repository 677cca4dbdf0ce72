"""Paths of files: bytes on disk and in git, text for people."""

from __future__ import annotations

_ESCAPED = range(0xDC80, 0xDD00)


def from_bytes(raw: bytes) -> str:
    """The working form of a path: UTF-8, with foreign bytes kept as lone surrogates, so that it can be turned back."""
    return raw.decode("utf-8", "surrogateescape")


def to_bytes(path: str) -> bytes:
    """The bytes that ``from_bytes`` was given."""
    return path.encode("utf-8", "surrogateescape")


def shown(path: str) -> str:
    """The path for people and stores: bytes that are not UTF-8 become ``%FF``. Two odd paths can look alike; callers
    keep the first.
    """
    if path.isascii() or not any(ord(c) in _ESCAPED for c in path):
        return path
    return "".join(f"%{ord(c) - 0xDC00:02X}" if ord(c) in _ESCAPED else c for c in path)
