"""``aura snapshots``, as people type it."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def test_indexed_commits_are_listed_the_last_first(aura: Aura, here: GitRepository) -> None:
    old = here.git("rev-parse", "HEAD")
    aura("index")
    new = here.commit({"a.py": "x = 1\n"})
    aura("index", "--sha", "main")
    ran = aura("snapshots", "--json")
    found = json.loads(ran.out)
    assert [s["sha"] for s in found["snapshots"]] == [new, old]
    assert list(found["snapshots"][0]) == ["sha", "digest", "files", "created_at", "stored_bytes", "refs", "outdated"]
    assert not found["more"]
    assert [line.split()[0] for line in aura("snapshots", "--ref", "main~1").out.splitlines()] == ["SHA", old[:12]]
    cut = aura("snapshots", "--limit", "1")
    assert len(cut.out.splitlines()) == 2
    assert "--limit" in cut.err
    assert aura("snapshots", "--ref", "nowhere").code == 3


def test_nothing_indexed_is_said(aura: Aura, here: GitRepository) -> None:
    assert aura("snapshots").code == 3
    aura("repos", "add", str(here.path))
    ran = aura("snapshots")
    assert (ran.code, ran.out) == (0, "")
    assert "is indexed" in ran.err
