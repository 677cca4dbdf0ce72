"""Import roots that packaging files name."""

from __future__ import annotations

import pytest

from aura_core.parsing.packaging import packaging_hints


@pytest.mark.parametrize(
    ("file_name", "text", "roots"),
    [
        ("pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n', ["lib"]),
        ("pyproject.toml", '[tool.setuptools.package-dir]\n"" = "lib"\n"a.b" = "src/a/b"\n', ["lib", "src"]),
        ("pyproject.toml", '[[tool.poetry.packages]]\ninclude = "pkg"\nfrom = "code"\n', ["code"]),
        ("pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["src/pkg"]\n', ["src"]),
        ("pyproject.toml", '[tool.hatch.build]\nsources = ["src", "../out"]\n', ["src"]),
        ("setup.cfg", "[options]\npackage_dir =\n    = source\n", ["source"]),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n", ["lib"]),
        ("setup.py", "from setuptools import setup\nsetup(package_dir={'': 'python'})\n", ["python"]),
        ("setup.py", "setup(packages=find_packages(where='src'))\n", ["src"]),
    ],
)
def test_packaging_files_name_import_roots_without_being_run(file_name: str, text: str, roots: list[str]) -> None:
    assert packaging_hints(file_name, text.encode()) == {"roots": roots}


@pytest.mark.parametrize(
    ("file_name", "text"),
    [
        ("pyproject.toml", "not toml ["),
        ("pyproject.toml", "[project]\n"),
        ("setup.cfg", "[options\n"),
        ("setup.py", "setup(package_dir="),
    ],
)
def test_a_packaging_file_that_names_no_root_or_does_not_parse_has_no_hints(file_name: str, text: str) -> None:
    assert packaging_hints(file_name, text.encode()) is None
