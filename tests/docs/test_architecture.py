"""The documents name files and functions that exist; the roads of architecture.md lead through the code."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, page

DOCUMENTS = (*PAGES, *sorted((ROOT / "docs" / "adr").glob("*.md")), ROOT / "benchmarks" / "README.md")
ROADS = page("architecture.md").partition("## Four roads")[2]
FUNCTIONS = re.findall(r"`(aura_\w+(?:\.\w+)+)`", ROADS)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_files_that_a_document_names_exist(file: Path) -> None:
    names = re.findall(r"`((?:aura_\w+|tests|benchmarks|docs)/[\w./-]+)`", file.read_text())
    assert not [name for name in names if not (ROOT / name).exists()]


def resolve(dotted: str) -> object:
    """The function, method or class that a dotted name means. Raises ``AttributeError``, ``ModuleNotFoundError``."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for name in parts[size:]:
            value = getattr(value, name)
        return value
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("dotted", FUNCTIONS)
def test_every_function_on_a_road_exists(dotted: str) -> None:
    assert resolve(dotted) is not None


def test_there_are_four_roads_of_about_ten_steps() -> None:
    roads = re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", ROADS, re.MULTILINE | re.DOTALL)
    assert len(roads) == 4
    for title, text in roads:
        steps = re.findall(r"^\d+\. ", text, re.MULTILINE)
        assert 7 <= len(steps) <= 12, title
        assert len(re.findall(r"`aura_", text)) >= len(steps), title


def test_a_function_that_is_gone_would_be_noticed() -> None:
    with pytest.raises(AttributeError):
        resolve("aura_core.indexing.no_such_function")
