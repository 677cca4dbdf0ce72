"""``aura gc``, as people type it, and what `status` and `doctor` say of it."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.fixture
def history(aura: Aura, shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """Two indexed commits, of which settings keep one."""
    monkeypatch.chdir(shop.path)
    aura("index")
    shop.commit({"shop/prices.py": "x = 1\n"})
    aura("index")
    for name, value in (("SNAPSHOTS", "1"), ("DAYS", "0")):
        monkeypatch.setenv(f"AURA_KEEP_{name}", value)
    monkeypatch.setenv("AURA_GC_GRACE_HOURS", "0")
    return shop


def test_a_dry_run_then_a_real_one_then_nothing(aura: Aura, history: GitRepository) -> None:
    dry = json.loads(aura("gc", "--dry-run", "--json").out)
    (retired,) = dry["retired"].values()
    assert dry["dry_run"]
    assert len(retired) == 1
    shown = aura("gc")
    assert (shown.code, "1 retired, 1 kept" in shown.out) == (0, True)
    assert "freed" in shown.out
    assert len(json.loads(aura("snapshots", "--json").out)["snapshots"]) == 1
    again = json.loads(aura("gc", "--json").out)
    del again["rows"]["vectors"]  # those of the retired snapshot go once the minute in which they were wanted is over
    assert (list(again["retired"].values()), sum(kind["bytes"] for kind in again["rows"].values()), again["busy"]) == (
        [[]],
        0,
        [],
    )


def test_status_shows_bytes_by_table_and_of_manifests(aura: Aura, history: GitRepository) -> None:
    state = json.loads(aura("status", "--json").out)
    assert state["stored"]["facts"] > 0
    assert state["disk"]["vectors"] > 0
    assert state["snapshots"]["count"] == 2
    assert state["snapshots"]["bytes"] > state["snapshots"]["median"] > 0
    each = json.loads(aura("snapshots", "--json").out)["snapshots"]
    assert sum(snapshot["stored_bytes"] for snapshot in each) == state["snapshots"]["bytes"]
    assert all(str(snapshot["stored_bytes"]) in aura("snapshots").out for snapshot in each)


def test_the_bytes_on_disk_are_those_of_the_files(aura: Aura, history: GitRepository) -> None:
    home = Path(os.environ["AURA_HOME"])
    state = json.loads(aura("status", "--json").out)
    with sqlite3.connect(home / "store.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    after = json.loads(aura("status", "--json").out)["disk"]
    assert after["store"] == (home / "store.db").stat().st_size > sum(state["stored"].values())
    sizes = {file: file.lstat().st_size for file in home.rglob("*") if file.is_file() and "logs" not in file.parts}
    assert sum(after.values()) == sum(
        size for file, size in sizes.items() if not file.name.endswith((".migrating", "-wal", "-shm"))
    )
    assert "together" in aura("status").out
