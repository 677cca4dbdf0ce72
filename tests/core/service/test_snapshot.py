"""A snapshot is located once, and opens its source and its view when a question needs them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import SourceGone
from aura_core.model.context import ContextRequest
from aura_core.model.repository import Repository
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.service.symbols import find_symbol
from tests.support import GitRepository


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores)


@pytest.fixture
def repo(aura: Aura, shop: GitRepository) -> str:
    repository_id = aura.add(str(shop.path), from_cli=True).id
    aura.index(repository_id)
    return repository_id


@pytest.fixture
def opened(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repositories whose sources were opened, one entry for each time."""
    repositories: list[str] = []
    open_source = stores.sources.open

    def count(repository: Repository) -> object:
        repositories.append(repository.id)
        return open_source(repository)

    monkeypatch.setattr(stores.sources, "open", count)
    return repositories


def test_one_question_opens_the_source_once(aura: Aura, repo: str, shop: GitRepository, opened: list[str]) -> None:
    snapshot = aura.at(repo, shop.git("rev-parse", "HEAD")[:8])
    assert snapshot.context(ContextRequest("apply a voucher", max_tokens=800)).text
    assert snapshot.search("voucher")
    assert opened == [repo]


def test_neither_the_source_nor_a_view_is_opened_before_it_is_needed(
    aura: Aura, repo: str, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        pytest.fail("a view was opened")

    monkeypatch.setattr("aura_core.indexing.ensure_view", never)
    snapshot = aura.at(repo)
    assert list(snapshot.export())
    assert snapshot.names == {"repo": repo, "sha": snapshot.sha, "digest": snapshot.digest}
    assert opened == []


def test_the_lines_of_a_symbol_are_those_of_its_commit(aura: Aura, repo: str, shop: GitRepository) -> None:
    old = aura.at(repo)
    shop.commit({"shop/prices.py": "def total_price():\n    return 0\n"})
    aura.index(repo)
    new = aura.at(repo)
    lines = [s.source_lines(find_symbol(s.graph(), "shop.prices.total_price")) for s in (old, new)]
    assert lines[0][0].startswith("def total_price(lines")
    assert lines[1] == ["def total_price():", "    return 0"]


def test_the_text_of_a_file_that_is_not_in_the_snapshot_is_an_error(aura: Aura, repo: str) -> None:
    snapshot = aura.at(repo)
    node = find_symbol(snapshot.graph(), "shop.prices.total_price")
    with pytest.raises(SourceGone, match="no longer stored"):
        snapshot.source_lines(replace(node, path="shop/elsewhere.py"))


def test_a_blob_that_neither_git_nor_the_store_has_is_an_error(aura: Aura, repo: str) -> None:
    with pytest.raises(SourceGone):
        aura.at(repo).read("0" * 40)
