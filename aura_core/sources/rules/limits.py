"""The limits that decide which files are indexed."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.settings import Settings


@dataclass(frozen=True, slots=True)
class SelectionLimits:
    """The limits of a selection. Every field, also one that is added later, is part of the digest of the rules.

    ``max_file_bytes``: larger files are counted as too large. ``max_depth``: a folder that lies in this many
    others is counted as unreadable, once. ``AURA_MAX_FILES`` is not among them, because it refuses a whole tree and
    does not choose between files.
    """

    max_file_bytes: int
    max_depth: int = 128


def limits_of(settings: Settings) -> SelectionLimits:
    """Return the limits that the settings ask for."""
    return SelectionLimits(max_file_bytes=settings.max_file_bytes)
