"""`make run` before there is an environment: what it says, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

PIP = """
echo "Collecting numpy==2.1 (from aura==0.1.0)"
echo "  Downloading numpy-2.1-cp311.whl (16.2 MB)"
echo "  Downloading idna-3.whl (70 kB)"
echo "Installing collected packages: numpy, idna, aura"
[ -z "$FAILING" ] || { echo "ERROR: no network" >&2; exit 1; }
echo "Successfully installed numpy idna aura"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the environment is made from, and an environment that only lacks the packages."""
    folder = tmp_path / "clone"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    (folder / "pip.sh").write_text(PIP)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / ".venv" / ".made").touch()
    return folder


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")} | variables
    return subprocess.run(["make", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_environment_says_what_it_downloads_while_it_is_made(clone: Path) -> None:
    ran = make(clone, ".venv/.run", "PIP=bash pip.sh")
    assert ran.returncode == 0, ran.stderr
    first, second, *rest = ran.stdout.splitlines()
    assert first == "Making the environment .venv for .[dagster], at the versions of constraints.txt."
    assert "about 90 MB in 100 packages" in second
    assert rest == [
        "  Downloading numpy-2.1-cp311.whl (16.2 MB)",
        "  Installing 3 packages …",
        "  The environment is ready.",
    ]


def test_an_environment_that_pip_could_not_make_is_no_environment(clone: Path) -> None:
    ran = make(clone, ".venv/.run", "PIP=bash pip.sh", FAILING="1")
    assert ran.returncode != 0
    assert "ERROR: no network" in ran.stderr
    assert not (clone / ".venv" / ".run").exists()


@pytest.mark.parametrize("repo", ["/nonexistent", "./nowhere", "../clone/nowhere"])
def test_a_repository_that_is_not_there_is_refused_before_the_environment_is_made(clone: Path, repo: str) -> None:
    ran = make(clone, "run", "PIP=bash pip.sh", REPO=repo)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.splitlines()[0].startswith(f"REPO={repo}: there is no such folder. ")
