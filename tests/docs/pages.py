"""Reading the documentation: pages, and the commands in their console blocks."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    """The text of one page below ``docs``."""
    return (ROOT / "docs" / name).read_text()


def commands(file: Path) -> list[str]:
    """What a page tells people to type: lines that begin with ``$ `` in console blocks, continued lines joined,
    comments kept.
    """
    found: list[str] = []
    for block in _BLOCK.findall(file.read_text()):
        lines = block.replace("\\\n", " ").splitlines()
        found += [line[2:].strip() for line in lines if line.startswith("$ ")]
    return found
