"""The limits that decide which files are indexed."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.settings import Settings


@dataclass(frozen=True, slots=True)
class SelectionLimits:
    """The limits of a selection. All of them are part of the digest of the rules, a new one too.

    ``max_file_bytes``: larger files are counted as too large. ``max_depth``: folders that lie in so many other
    folders are counted as unreadable, each once. ``AURA_MAX_FILES`` is none of them: it refuses a tree, and chooses no
    file.
    """

    max_file_bytes: int
    max_depth: int = 128


def limits_of(settings: Settings) -> SelectionLimits:
    """Return the limits that the settings ask for."""
    return SelectionLimits(max_file_bytes=settings.max_file_bytes)
