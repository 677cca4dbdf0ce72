"""Syncs of repositories in which a file cannot be read: it is left out, named, and picked up when it can be read."""

from pathlib import Path

import pytest

from aura_core import indexing
from aura_core.indexing import VerifyOutcome, can_be_completed, index, plan_run, poll_head, verify
from aura_core.indexing.steps.context import StepContext
from aura_core.indexing.steps.graph import graph
from aura_core.indexing.steps.parse import parse
from aura_core.model.snapshot import Manifest
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import GitRepository


def blob_file(repo: GitRepository, path: str) -> Path:
    blob = repo.git("rev-parse", f"HEAD:{path}")
    return repo.path / ".git" / "objects" / blob[:2] / blob[2:]


def damage_text(file: Path) -> bytes:
    """Spoil the content of a loose object behind its header, which can be read as before; return what it was."""
    data = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(data[: len(data) // 2] + b"\xff" * (len(data) - len(data) // 2))
    return data


def manifest_of(stores: Stores, repo: str) -> Manifest:
    (ref,) = stores.catalog.publisher.refs(repo)
    return indexing.manifest_of(stores, repo, ref.sha)


def clean_index(shop: GitRepository, home: Path) -> Manifest:
    """Index the shop from nothing, in a home of its own."""
    stores = open_stores(Settings(home=home, workers=1))
    try:
        repo = Aura(stores).add(str(shop.path), from_cli=True).id
        index(stores, repo)
        return manifest_of(stores, repo)
    finally:
        stores.close()


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


def test_a_damaged_text_costs_its_file_and_nothing_else(stores: Stores, shop: GitRepository, repo: str) -> None:
    shop.write({"big.py": "".join(f"number_{n} = {n * n}\n" for n in range(500))})
    shop.commit()
    damage_text(blob_file(shop, "big.py"))
    report = index(stores, repo)
    manifest = manifest_of(stores, repo)
    assert sorted(manifest.entries) == ["README.md", "shop/__init__.py", "shop/cart.py", "shop/prices.py"]
    assert manifest.skipped == {"unreadable": 1}
    assert any(warning.startswith("big.py: cannot be read") for step in report.steps for warning in step.warnings)
    assert [result.equality for result in verify(stores, repo, [manifest.sha])] == [VerifyOutcome.EQUAL]


def test_an_object_that_goes_between_two_steps_costs_its_file(stores: Stores, shop: GitRepository, repo: str) -> None:
    plan = plan_run(stores, repo, "run")
    assert plan is not None
    context = StepContext.open(stores, plan)
    assert len(context.tree(context.first_sha).files) == 4
    blob_file(shop, "shop/prices.py").unlink()
    parse(context)
    report = graph(StepContext.open(stores, plan, source=context.source))
    assert (report.skipped, report.counts["files"]) == ({"unreadable": 1}, 3)


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_text_that_comes_back_is_indexed_as_by_a_clean_rebuild(
    stores: Stores, shop: GitRepository, repo: str, tmp_path: Path, is_damaged: bool
) -> None:
    file = blob_file(shop, "shop/prices.py")
    data = damage_text(file) if is_damaged else file.read_bytes()
    if not is_damaged:
        file.unlink()
    index(stores, repo)
    sha = manifest_of(stores, repo).sha
    assert "shop/prices.py" not in manifest_of(stores, repo).entries
    assert (index(stores, repo).steps, poll_head(stores, repo)) == ((), False)

    file.unlink(missing_ok=True)
    file.write_bytes(data)
    assert can_be_completed(stores, stores.sources.open(Aura(stores).repository(repo)), repo, sha)
    (result,) = verify(stores, repo, [sha])
    assert (result.equality, result.difference.split()[0]) == (VerifyOutcome.UNREADABLE, "shop/prices.py")
    assert poll_head(stores, repo)
    index(stores, repo)
    assert manifest_of(stores, repo).digest == clean_index(shop, tmp_path / "other").digest
    assert (index(stores, repo).steps, poll_head(stores, repo)) == ((), False)
    assert [result.equality for result in verify(stores, repo, [sha])] == [VerifyOutcome.EQUAL]


def test_a_text_that_was_indexed_and_is_lost_is_no_difference(stores: Stores, shop: GitRepository, repo: str) -> None:
    index(stores, repo)
    blob_file(shop, "shop/prices.py").unlink()
    (result,) = verify(stores, repo, [manifest_of(stores, repo).sha])
    assert result.equality is VerifyOutcome.UNREADABLE
    assert result.difference.startswith("shop/prices.py cannot be read any more")


def test_a_later_commit_is_indexed_as_by_a_clean_rebuild(
    stores: Stores, shop: GitRepository, repo: str, tmp_path: Path
) -> None:
    blob_file(shop, "README.md").unlink()
    index(stores, repo)
    shop.commit({"shop/new.py": "from shop.prices import total_price\n"})
    index(stores, repo)
    manifest, clean = manifest_of(stores, repo), clean_index(shop, tmp_path / "other")
    assert (manifest.digest, manifest.skipped, manifest.warnings) == (clean.digest, clean.skipped, clean.warnings)
