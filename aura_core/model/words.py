"""Numbers with their nouns, for messages to people."""

from __future__ import annotations


def plural(number: int, noun: str, nouns: str = "") -> str:
    """Return a number and its noun: "1 edge", "2,000 edges". ``nouns`` is the plural of a noun that takes no "s"."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"
