"""``aura version``."""

from __future__ import annotations

from aura_cli.output import say


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    say(installed("aura"))
