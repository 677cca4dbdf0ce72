"""Text from outside, in a form that every database takes."""

from __future__ import annotations

MAX_CHARS = 10_000


def storable(text: str) -> str:
    """Return ``text`` without NUL and lone surrogates, which engines refuse, clipped to ``MAX_CHARS``."""
    return text[:MAX_CHARS].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
