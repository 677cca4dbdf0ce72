"""Questions about repositories that lack objects are answered from what is there, and say what is not."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import SHOP, GitRepository


@pytest.fixture
def partial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """A sparse checkout of a blobless clone whose origin is out of reach; ``docs`` was never fetched."""
    origin = GitRepository(tmp_path / "origin")
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.commit({**SHOP, "docs/guide.md": "# Guide\n\nBuy a voucher.\n", "docs/build.py": "def build():\n    pass\n"})
    clone = tmp_path / "clone"
    origin.git("clone", "-q", "--filter=blob:none", "--sparse", f"file://{origin.path}", str(clone))
    repository = GitRepository(clone)
    repository.git("sparse-checkout", "set", "shop")
    origin.path.rename(tmp_path / "away")
    monkeypatch.chdir(clone)
    return repository


@pytest.mark.usefixtures("partial")
def test_a_sparse_blobless_clone_answers_and_names_what_was_never_fetched(aura: Aura) -> None:
    callees = aura("graph", "callees", "shop/cart.py::Cart.checkout")
    assert callees.code == 0
    assert "total_price" in callees.out
    assert "docs/build.py and 1 more files could not be read" in callees.err
    assert aura("context", "apply a voucher").code == 0
    assert aura("search", "voucher").code == 0
    assert aura("index").code == 0
    status = json.loads(aura("status", "--json").out)
    assert status["skipped"] == {"unreadable": 2}
    assert [warning.partition(":")[0] for warning in status["warnings"]] == ["docs/build.py", "docs/guide.md"]


def test_a_text_that_is_lost_after_indexing_costs_its_own_bodies(
    aura: Aura, shop: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.path)
    assert aura("index").code == 0
    blob = shop.git("rev-parse", "HEAD:shop/prices.py")
    (shop.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    (shop.path / "shop" / "prices.py").unlink()
    answer = aura("context", "apply the voucher in checkout", "--sha", "HEAD", "--json")
    assert answer.code == 0
    value = json.loads(answer.out)
    levels = {(item["path"], item["level"]) for item in value["items"]}
    assert ("shop/cart.py", "full") in levels
    assert {level for path, level in levels if path == "shop/prices.py"} == {"signature"}
    assert any(left["reason"] == "text_unreadable" for left in value["omitted"])
    hits = json.loads(aura("search", "apply voucher", "--sha", "HEAD", "--json").out)
    assert any(hit["snippet"].startswith("def apply_voucher(") for hit in hits["hits"])
