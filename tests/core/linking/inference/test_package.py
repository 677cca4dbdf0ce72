from __future__ import annotations

import re
from importlib import import_module
from operator import attrgetter

import pytest

from aura_core.linking import inference

NAMES = sorted(set(re.findall(r"``([a-z_]+)\.([A-Za-z_]+(?:\.[a-z_]+)?)``", inference.__doc__ or "")))


def test_the_package_docstring_walks_through_many_functions() -> None:
    assert len(NAMES) >= 20


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_each_function_that_the_package_docstring_names_exists(module: str, name: str) -> None:
    assert callable(attrgetter(name)(import_module(f"{inference.__name__}.{module}")))
