"""Which repository a question is about."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.types import ListRootsResult, Root

from aura_core.errors import Forbidden, InvalidRequest, UnknownRepository
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_mcp.repository_choice import choose, folder_of
from aura_mcp.server import build_server
from aura_mcp.session import in_thread
from aura_mcp.tool_context import ToolContext
from tests.mcp.conftest import FakeIndexer
from tests.support import GitRepository


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores)


@pytest.fixture
def other(tmp_path: Path) -> GitRepository:
    repository = GitRepository(tmp_path / "other")
    repository.commit({"a.py": "x = 1\n"})
    return repository


def test_the_named_one_wins(aura: Aura, shop: GitRepository, other: GitRepository) -> None:
    chosen = aura.add(str(other.path), from_cli=True)
    for text in (chosen.id, str(other.path), "other"):
        assert choose(aura, text, [str(shop.path)], shop.path, from_cli=True).id == chosen.id


def test_a_named_path_is_added_at_the_users_own_door_only(aura: Aura, shop: GitRepository) -> None:
    with pytest.raises(Forbidden):
        choose(aura, str(shop.path), [], None, from_cli=False)
    assert choose(aura, str(shop.path), [], None, from_cli=True).name == "shop"


def test_a_name_that_is_nothing_is_unknown(aura: Aura) -> None:
    with pytest.raises(UnknownRepository):
        choose(aura, "no-such-repository", [], None, from_cli=True)


def test_the_clients_root_comes_before_the_current_folder(
    aura: Aura, shop: GitRepository, other: GitRepository
) -> None:
    assert choose(aura, "", [str(other.path)], shop.path, from_cli=True).name == "other"
    assert choose(aura, "", [], shop.path / "shop", from_cli=True).name == "shop"


def test_several_roots_of_one_repository_are_one(aura: Aura, shop: GitRepository) -> None:
    assert choose(aura, "", [str(shop.path), str(shop.path / "shop")], None, from_cli=True).name == "shop"


def test_roots_of_several_repositories_are_listed(aura: Aura, shop: GitRepository, other: GitRepository) -> None:
    with pytest.raises(InvalidRequest) as caught:
        choose(aura, "", [str(shop.path), str(other.path)], None, from_cli=True)
    assert all(r.id in caught.value.remedy for r in aura.repositories())


def test_a_plain_folder_is_not_added_because_a_tool_names_it(aura: Aura, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "secret.txt").write_text("secret")
    with pytest.raises(InvalidRequest, match="a folder without git") as refusal:
        choose(aura, str(plain), [], None, from_cli=True)
    assert "aura repos add" in refusal.value.remedy
    added = aura.add(str(plain), from_cli=True)
    assert choose(aura, str(plain), [], None, from_cli=True).id == added.id


def test_a_plain_folder_is_never_taken_unasked(aura: Aura, tmp_path: Path, shop: GitRepository) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    aura.add(str(shop.path), from_cli=True)
    assert choose(aura, "", [str(plain), "/no/such/folder"], plain, from_cli=True).name == "shop"
    assert [r.name for r in aura.repositories()] == ["shop"]


def test_the_only_one_registered_is_meant(aura: Aura, shop: GitRepository) -> None:
    added = aura.add(str(shop.path), from_cli=True)
    assert choose(aura, "", [], None, from_cli=False).id == added.id


def test_when_it_is_not_clear_the_known_ones_are_listed(aura: Aura, shop: GitRepository, other: GitRepository) -> None:
    with pytest.raises(InvalidRequest, match="No repository is registered"):
        choose(aura, "", [], None, from_cli=True)
    ids = {aura.add(str(r.path), from_cli=True).id for r in (shop, other)}
    with pytest.raises(InvalidRequest) as caught:
        choose(aura, "", [], None, from_cli=True)
    assert set(caught.value.details["known"]) == ids


def test_roots_over_http_add_nothing(aura: Aura, shop: GitRepository) -> None:
    with pytest.raises(InvalidRequest):
        choose(aura, "", [str(shop.path)], None, from_cli=False)
    assert aura.repositories() == [] or not list(aura.repositories())


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b", "/a/b"),
        ("file://localhost/a", "/a"),
        ("file:///a%20b/%C3%A9", "/a b/é"),
        ("file://other/a", None),
        ("https://example.com/a", None),
        ("file:", None),
        ("", None),
    ],
)
def test_only_file_addresses_of_this_machine_are_folders(uri: str, path: str | None) -> None:
    assert folder_of(uri) == path


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_client_is_asked_for_its_roots(aura: Aura, shop: GitRepository, other: GitRepository, mode: str) -> None:
    requests = 0

    async def roots(_context: object) -> ListRootsResult:
        nonlocal requests
        requests += 1
        return ListRootsResult(roots=[Root(uri=other.path.as_uri())])  # type: ignore[arg-type]

    async def run() -> None:
        tool_context = ToolContext(lambda: aura, in_thread, FakeIndexer(), shop.path, from_cli=True)
        async with Client(build_server(tool_context), mode=mode, list_roots_callback=roots) as client:
            await client.call_tool("callers", {"name": "x"})
            await client.call_tool("callers", {"name": "x", "repo": "other"})

    anyio.run(run)
    assert requests == 1
    assert [r.name for r in aura.repositories()] == ["other"]
