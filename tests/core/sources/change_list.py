"""Changes in short words, and a text to change."""

from __future__ import annotations

from collections.abc import Iterable

from aura_core.model.changes import Change

TWENTY_LINES = "".join(f"line {number}\n" for number in range(20))


def brief(changes: Iterable[Change]) -> list[str]:
    """Return the kind and the path of each change, of a renamed file both paths."""
    return [
        f"{change.kind} {change.old_path}>{change.path}" if change.old_path else f"{change.kind} {change.path}"
        for change in changes
    ]
