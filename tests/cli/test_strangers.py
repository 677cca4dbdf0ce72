"""What people type who do not know Aura yet, and what they then read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def test_an_entry_point_that_names_nothing_is_said(aura: Aura, here: GitRepository) -> None:
    ran = aura("context", "vouchers", "--entry", "nobody.knows", "--entry", "total_price")
    assert ran.code == 0
    assert ran.err.count("--entry") == 1
    assert "there is no symbol and no file 'nobody.knows' (--entry)" in ran.err


def test_an_address_that_cannot_be_read_at_its_first_time_is_forgotten_again(
    aura: Aura, here: GitRepository, tmp_path: Path
) -> None:
    for command in (["index"], ["context", "x", "--repo"]):
        ran = aura(*command, f"file://{tmp_path}/nowhere.git")
        assert ran.code == 5
        assert "removed nowhere-" in ran.err
        assert aura("repos", "list").out == ""


def test_an_address_that_could_be_read_before_is_kept(aura: Aura, here: GitRepository, tmp_path: Path) -> None:
    aura("index", f"file://{here.path}")
    here.path.rename(tmp_path / "moved")
    assert aura("index", f"file://{here.path}").code == 5
    assert f"file://{here.path}" in aura("repos", "list").out


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path_registers_nothing(aura: Aura, here: GitRepository, path: str) -> None:
    ran = aura("repos", "add", path)
    assert (ran.code, ran.out) == (2, "")
    assert "`.` is the current folder" in ran.err
    assert aura("repos", "list").out == ""


def test_a_file_outside_of_any_repository_is_not_its_whole_folder(aura: Aura, tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("x = 1\n")
    ran = aura("index", str(tmp_path / "alone.py"))
    assert ran.code == 2
    assert "is a file outside of every repository" in ran.err
    assert aura("repos", "list").out == ""


def test_a_task_of_any_bytes_may_be_piped_in(here: GitRepository) -> None:
    command = [sys.executable, "-m", "aura_cli", "context", "-", "--budget", "200"]
    ran = subprocess.run(command, input=b"caf\xe9 \xff\xfe voucher \0 total", capture_output=True, check=False)
    assert (ran.returncode, b"Traceback" in ran.stderr) == (0, False), ran.stderr
    assert b"200 tokens" in ran.stderr
