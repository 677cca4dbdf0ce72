"""Paths of files: bytes on disk and in git, working text in this package, display text for people and stores."""

from __future__ import annotations

_ESCAPE_START = 0xDC00
_ESCAPES = range(_ESCAPE_START + 0x80, _ESCAPE_START + 0x100)
"""The lone surrogates by which Python escapes the bytes 0x80 to 0xFF (PEP 383)."""


def decode_path(raw: bytes) -> str:
    """Return the working path of some bytes: UTF-8, other bytes as lone surrogates, so that it can be encoded again."""
    return raw.decode("utf-8", "surrogateescape")


def encode_path(path: str) -> bytes:
    """Return the bytes of a working path."""
    return path.encode("utf-8", "surrogateescape")


def display_path(path: str) -> str:
    """Return a working path as people and stores see it: bytes that are not UTF-8 become ``%FF``.

    Two odd paths can look alike; callers take the first.
    """
    if path.isascii() or not any(ord(char) in _ESCAPES for char in path):
        return path
    return "".join(f"%{ord(char) - _ESCAPE_START:02X}" if ord(char) in _ESCAPES else char for char in path)
