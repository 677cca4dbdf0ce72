"""Text from outside, made fit for every database."""

from __future__ import annotations

MAX_CHARS = 10_000


def storable(text: str) -> str:
    """``text`` without NUL and lone surrogates, which engines refuse, clipped to ``MAX_CHARS``."""
    return text[:MAX_CHARS].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
