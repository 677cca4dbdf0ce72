"""Running commands: in this process, as people type them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from aura_cli.main import run


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Aura = Callable[..., Ran]


@pytest.fixture
def aura(capsys: pytest.CaptureFixture[str]) -> Aura:
    """Run one command line; its exit code and what it printed."""

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return call
