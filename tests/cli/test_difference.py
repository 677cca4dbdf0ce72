"""``aura graph diff`` and what ``aura graph export`` keeps."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def test_two_commits_are_compared_and_indexed_first_when_they_are_not(aura: Aura, here: GitRepository) -> None:
    here.git("tag", "v1")
    text = (here.path / "shop/prices.py").read_text()
    here.commit(
        {
            "shop/prices.py": None,
            "shop/money.py": text,
            "shop/cart.py": "from shop.money import total_price\n",
            "shop/new.py": "def gift():\n    pass\n",
        }
    )
    ran = aura("graph", "diff", "v1", "main")
    assert ran.code == 0
    lines = ran.out.splitlines()
    for line in (
        "+ file shop/new.py",
        "> file shop/prices.py → shop/money.py",
        "+ function shop/new.py::gift:1-2",
        "- class shop/cart.py::Cart:6-18",
    ):
        assert line in lines, ran.out
    first, last = (here.git("rev-parse", name)[:12] for name in ("v1", "main"))
    assert lines[-1].startswith(f"{first} to {last}: files 1 added, 1 changed, 1 renamed; nodes ")
    found = json.loads(aura("graph", "diff", "v1", "main", "--json").out)
    assert list(found) == ["repo", "old", "new", "comparable", "totals", "files", "nodes", "edges", "unresolved"]
    assert found["files"]["renamed"] == [{"old": "shop/prices.py", "new": "shop/money.py", "same": True}]
    assert "the graphs are equal" in aura("graph", "diff", "v1", "v1").out
    assert aura("graph", "diff", "v1", "nowhere").code == 3


def test_an_export_keeps_files_by_glob(aura: Aura, here: GitRepository) -> None:
    rows = [
        json.loads(line) for line in aura("graph", "export", "--path", "shop/p*.py", "--kind", "node").out.splitlines()
    ]
    assert [r["uid"] for r in rows] == [
        "shop/prices.py",
        "shop/prices.py::total_price",
        "shop/prices.py::apply_voucher",
    ]
    assert aura("graph", "export", "--path", "[").code == 2
    assert aura("graph", "export", "--kind", "LIKES").code == 2
