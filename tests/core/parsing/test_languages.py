"""Which language a path is read as."""

from __future__ import annotations

import pytest

from aura_core.parsing import language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("pkg/module.py", "python"),
        ("pkg/MODULE.PY", "python"),
        ("pkg/module.pyi", "python-stub"),
        ("setup.py", "python"),
        ("pyproject.toml", "pyproject"),
        ("other.toml", "toml"),
        ("setup.cfg", "setup.cfg"),
        ("docs/README.md", "markdown"),
        ("README", "rest"),
        ("docs/index.rst", "rest"),
        ("docs/index.txt", "text"),
        ("conf/app.yml", "yaml"),
        ("Makefile", "make"),
        ("folder.py/data", "text"),
        ("noextension", "text"),
        (".gitignore", "text"),
    ],
)
def test_the_file_name_decides_then_the_last_suffix(path: str, language: str) -> None:
    assert language_of(path) == language
