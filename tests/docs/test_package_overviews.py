"""Packages whose docstring says what each of their files is for."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from aura_core import indexing, linking


@pytest.mark.parametrize("package", [indexing, linking], ids=lambda package: package.__name__)
def test_the_docstring_of_a_package_names_each_of_its_files(package: ModuleType) -> None:
    (folder,) = map(Path, package.__path__)
    files = {file.stem for file in folder.iterdir() if file.suffix == ".py" or (file / "__init__.py").exists()}
    names = re.findall(r"``(\w+)``:", package.__doc__ or "")
    assert sorted(names) == sorted(files - {"__init__"})
