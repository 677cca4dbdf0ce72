"""The fast road into Dagster, where there is none."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

from aura_core.errors import StoreUnavailable
from aura_pipelines import poke


def test_no_dagster_is_a_named_error_and_not_ready() -> None:
    nobody = "http://127.0.0.1:9"
    assert not poke.ready(nobody)
    with pytest.raises(StoreUnavailable, match="No Dagster answers"):
        poke.launch(nobody, "shop-12345678")


def test_waiting_for_a_run_does_not_load_dagster() -> None:
    code = "import sys, aura_cli.dev, aura_cli.watching; print('dagster' in sys.modules)"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
