"""Import roots that packaging files name."""

from __future__ import annotations

import pytest

from aura_core.parsing.python.imports.packaging import packaging_hints


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


@pytest.mark.parametrize(
    ("file_name", "text", "requires"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["numpy>=1", "PyYAML"]\n', {"numpy", "yaml"}),
        (
            "pyproject.toml",
            "[project.optional-dependencies]\nx = [\"scikit-learn ; python_version > '3'\"]\n",
            {"sklearn"},
        ),
        ("pyproject.toml", '[dependency-groups]\ndev = ["attrs", {include-group = "x"}]\n', {"attr", "attrs"}),
        ("pyproject.toml", '[tool.poetry.group.dev.dependencies]\nrequests = "*"\n', {"requests"}),
        ("pyproject.toml", '[packages]\nflask-cors = "*"\n', {"flask_cors"}),
        ("setup.cfg", "[options]\ninstall_requires =\n    python-dateutil\n", {"dateutil"}),
        ("setup.cfg", "[testenv:lint]\ndeps =\n    flake8<7\n    -rmore.txt\n", {"flake8"}),
        ("setup.py", "setup(install_requires=['six'], extras_require={'x': ['Pillow']})\n", {"six", "PIL"}),
        ("requirements.txt", "# c\n-r other.txt\n  zope.interface[test]==1 # why\n", {"zope"}),
    ],
)
def test_requirements_are_the_modules_that_they_install(file_name: str, text: str, requires: set[str]) -> None:
    hints = packaging_hints(file_name, text.encode())
    assert hints is not None
    assert requires <= set(hints["requires"])


@pytest.mark.parametrize(
    ("file_name", "text", "folders"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["lib", "."]\n', ["./lib", "./."]),
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "lib tests"\n', ["./lib", "./tests"]),
        (
            "pyproject.toml",
            '[tool.mypy]\nmypy_path = "a:b"\n[tool.pyright]\nextraPaths = ["c"]\n',
            ["./a", "./b", "./c"],
        ),
        ("setup.cfg", "[tool:pytest]\npythonpath = ../lib\n", ["./../lib"]),
        ("setup.cfg", "[pytest]\npythonpath =\n    one\n    two\n", ["./one", "./two"]),
    ],
)
def test_tools_name_folders_that_they_search(file_name: str, text: str, folders: list[str]) -> None:
    assert packaging_hints(file_name, text.encode()) == {"folders": folders}
