"""Callers in notebooks, in Cython, and behind a changed search path: found, counted and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository

PICTURE = {"output_type": "display_data", "data": {"image/png": "iVBOR" + "A" * 60_000}, "metadata": {}}


def notebook(*sources: list[str]) -> str:
    cells = [
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [PICTURE], "source": lines}
        for lines in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


SCIENCE = {
    "tide.py": "from flow import level\n\n\ndef predict(moon):\n    return level(moon)\n",
    "flow.pyx": "cdef double _slope(double x):\n    return x\n\n\n"
    "cpdef double level(double x):\n    return _slope(x)\n",
    "harbour.ipynb": notebook(
        ["%pylab inline\n", "from tide import predict\n"],
        ["def plot_harbour_tides(moon):\n", "    return predict(moon)\n"],
    ),
}
GEAR = {
    "bench/rig.py": "import sys\nsys.path.insert(0, __file__ + '/../../gear')\nimport winch\n\n\n"
    "def rig():\n    return winch.Winch()\n",
    "bench/use.py": "from rig import rig\n\n\ndef lift():\n    rig().haul()\n    [].haul()\n",
    "gear/winch.py": "class Winch:\n    def haul(self): ...\n",
    "lost/crank.py": "def crank_up(): ...\n",
    "bench/other.py": "import crank\n\n\ndef go():\n    crank.crank_up()\n",
}


def callers(aura: Aura, symbol: str) -> tuple[set[tuple[str, tuple[int, ...]]], int]:
    answer = json.loads(aura("graph", "callers", symbol, "--json").out)
    return {(n["uid"], tuple(n["lines"])) for n in answer["callers"]}, len(answer["could_be"])


def indexed(path: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch, aura: Aura) -> None:
    repo = GitRepository(path)
    repo.commit(files)
    monkeypatch.chdir(repo.path)
    assert aura("index").code == 0


def test_notebooks_and_cython_have_callers_and_fit_a_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aura: Aura
) -> None:
    indexed(tmp_path / "science", SCIENCE, monkeypatch, aura)
    line = SCIENCE["harbour.ipynb"].split("\n").index('    "    return predict(moon)\\n"') + 1
    assert callers(aura, "predict") == ({("harbour.ipynb::plot_harbour_tides", (line,))}, 0)
    assert callers(aura, "flow.pyx::level") == ({("tide.py::predict", (5,))}, 0)
    assert callers(aura, "flow.pyx::_slope") == ({("flow.pyx::level", (6,))}, 0)
    text = json.loads(aura("context", "plot the tides of the harbour", "--budget", "500", "--json").out)["text"]
    assert f"harbour.ipynb:{line - 1}-{line}" in text
    assert "def plot_harbour_tides(moon):\n    return predict(moon)\n" in text
    assert "iVBOR" not in text


def test_modules_behind_a_changed_search_path_have_callers_and_others_could_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aura: Aura
) -> None:
    indexed(tmp_path / "gear", GEAR, monkeypatch, aura)
    assert callers(aura, "gear/winch.py::Winch.haul") == ({("bench/use.py::lift", (5,))}, 1)
    assert callers(aura, "crank_up") == (set(), 1)
