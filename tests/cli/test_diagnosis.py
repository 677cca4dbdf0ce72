"""``aura doctor`` finds what keeps commands from working, and names the setting to change."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a file system that takes no folders")
def test_a_home_where_no_folder_can_be_made_is_bad(aura: Aura, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_HOME", "/proc/x")
    done = aura("doctor")
    assert done.code != 0
    (line,) = [line for line in done.out.splitlines() if line.startswith("bad    home") or " home " in line]
    assert "/proc/x cannot be made" in line
    assert "Set AURA_HOME" in done.out


def test_a_branch_that_does_not_exist_is_refused(aura: Aura, shop: GitRepository, tmp_path: Path) -> None:
    done = aura("repos", "add", str(shop.path), "--ref", "nope")
    assert done.code == 3
    assert "'nope'" in done.err
    assert aura("repos", "list").out == ""
    assert aura("repos", "add", str(shop.path), "--ref", "main").code == 0
    (tmp_path / "plain").mkdir()
    assert aura("repos", "add", str(tmp_path / "plain"), "--ref", "main").code == 3


def test_a_host_that_is_no_address_of_this_machine_names_its_setting(
    aura: Aura, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AURA_HOST", "192.0.2.1")
    done = aura("serve", "--port", "0")
    assert done.code == 7
    assert "Set AURA_HOST" in done.err
