"""What a caller types becomes one repository and one snapshot, or a clear error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import AuraError, Forbidden, InvalidRequest, SnapshotNotReady, UnknownRepository, UnknownRevision
from aura_core.model.context import ContextRequest
from aura_core.model.snapshot import is_worktree
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import GitRepository


@pytest.fixture
def aura(stores: Stores, shop: GitRepository) -> Aura:
    facade = Aura(stores)
    facade.index(facade.add(str(shop.path), from_cli=True).id)
    return facade


def test_id_name_path_and_a_path_inside_mean_the_same_repository(aura: Aura, shop: GitRepository) -> None:
    (only,) = aura.repositories()
    for text in (only.id, only.name, str(shop.path), str(shop.path / "shop")):
        assert aura.repository(text) == only


def test_an_unknown_repository_error_lists_the_known_ids(aura: Aura) -> None:
    with pytest.raises(UnknownRepository) as raised:
        aura.repository("nowhere")
    assert raised.value.details["known"] == [aura.repositories()[0].id]


@pytest.mark.parametrize("revision", ["", "main", "refs/heads/main", "HEAD"])
def test_names_of_the_head_find_the_published_snapshot(aura: Aura, shop: GitRepository, revision: str) -> None:
    assert aura.at(str(shop.path), revision).sha == shop.git("rev-parse", "HEAD")


def test_full_and_abbreviated_shas_find_a_snapshot(aura: Aura, shop: GitRepository) -> None:
    sha = shop.git("rev-parse", "HEAD")
    assert aura.at(str(shop.path), sha).sha == aura.at(str(shop.path), sha[:8]).sha == sha


def test_a_commit_that_is_not_indexed_says_what_is(aura: Aura, shop: GitRepository) -> None:
    old = shop.git("rev-parse", "HEAD")
    new = shop.commit({"a.py": "x = 1\n"})
    with pytest.raises(SnapshotNotReady) as raised:
        aura.at(str(shop.path), new)
    assert (raised.value.details["wanted"], raised.value.details["indexed"]) == (new, old)


@pytest.mark.parametrize("revision", ["no-such-branch", "0" * 40, "--upload-pack=x", "WORKTREE-000000000000"])
def test_an_unknown_revision_is_a_clear_error(aura: Aura, shop: GitRepository, revision: str) -> None:
    with pytest.raises(UnknownRevision):
        aura.at(str(shop.path), revision)


@pytest.mark.parametrize(("revision", "error"), [("a\0b", UnknownRevision), ("x" * 2_000, InvalidRequest)])
def test_a_hostile_revision_is_refused(aura: Aura, shop: GitRepository, revision: str, error: type[AuraError]) -> None:
    with pytest.raises(error):
        aura.at(str(shop.path), revision)


def test_a_local_door_is_answered_from_the_working_tree(aura: Aura, shop: GitRepository) -> None:
    here = Aura(aura.stores, local=True)
    shop.write({"shop/prices.py": "def total_price(lines, voucher=None):\n    return 'edited just now'\n"})
    with pytest.raises(SnapshotNotReady):
        here.at(str(shop.path))
    here.index(str(shop.path))
    pack = here.at(str(shop.path)).context(ContextRequest("total price", max_tokens=500))
    assert is_worktree(pack.sha)
    assert "edited just now" in pack.text
    assert "edited just now" not in aura.at(str(shop.path)).context(ContextRequest("total price", max_tokens=500)).text


def test_a_plain_folder_is_indexed_as_a_working_tree(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "a.py").write_text("def alone():\n    return 1\n")
    aura = Aura(stores)
    repo = aura.add(str(folder), from_cli=True).id
    aura.index(repo)
    assert "def alone" in aura.at(repo).context(ContextRequest("alone", max_tokens=500)).text


def test_a_local_path_over_http_is_forbidden_outside_the_allowed_folders(stores: Stores, shop: GitRepository) -> None:
    with pytest.raises(Forbidden):
        Aura(stores).add(str(shop.path), from_cli=False)


def test_a_local_path_over_http_is_allowed_under_a_configured_folder(settings: Settings, shop: GitRepository) -> None:
    stores = open_stores(replace(settings, repo_roots=(shop.path.parent,)))
    assert Aura(stores).add(str(shop.path), from_cli=False).added_by == "api"
    stores.close()


def test_a_removed_repository_is_gone_with_its_snapshots(aura: Aura, shop: GitRepository) -> None:
    sha = shop.git("rev-parse", "HEAD")
    repo = aura.remove(str(shop.path)).id
    assert not aura.repositories()
    assert aura.stores.snapshots.info(repo, sha) is None


def test_the_same_question_gives_the_same_bytes(aura: Aura, shop: GitRepository) -> None:
    request = ContextRequest("apply a voucher", max_tokens=800)
    first, again = (aura.at(str(shop.path)).context(request) for _ in range(2))
    assert (first.text, first.items, first.replay_id) == (again.text, again.items, again.replay_id)


def test_an_export_of_one_digest_is_one_sequence_of_rows(aura: Aura, shop: GitRepository) -> None:
    rows = list(aura.at(str(shop.path)).export())
    calls = {(r["source"], r["target"]): r for r in rows if r["type"] == "edge" and r["kind"] == "CALLS"}
    inner = calls["shop.cart.Cart.checkout", "shop.prices.total_price"]
    assert (inner["source_uid"], inner["target_uid"]) == ("shop/cart.py::Cart.checkout", "shop/prices.py::total_price")
    assert (inner["how"], inner["line"], inner["external"]) == ("exact", 18, False)
    assert ("shop.prices.total_price", "shop.prices.apply_voucher") in calls
    outside = [r for r in rows if r.get("external")]
    assert all(r["target_uid"] is None and not str(r["target"]).startswith("external:") for r in outside)
    names = {r["uid"]: r["name"] for r in rows if r["type"] == "node"}
    assert (names["shop/cart.py"], names["shop/cart.py::Cart.add"]) == ("shop.cart", "shop.cart.Cart.add")
    order = ["node", "edge", "unresolved"]
    assert [r["type"] for r in rows] == sorted((str(r["type"]) for r in rows), key=order.index)
    assert rows == list(aura.at(str(shop.path)).export())


def test_status_says_how_far_behind_the_index_is(aura: Aura, shop: GitRepository) -> None:
    assert aura.status(str(shop.path)).current
    shop.commit({"a.py": "x = 1\n"})
    shop.commit({"a.py": "x = 2\n"})
    status = aura.status(str(shop.path))
    assert not status.current
    assert status.lag.commits == 2


def test_a_repository_without_a_commit_says_so(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = GitRepository(tmp_path_factory.mktemp("empty"))
    aura = Aura(stores, local=True)
    repo = aura.add(str(empty.path), from_cli=True).id
    assert aura.index(repo).sha == ""
    with pytest.raises(SnapshotNotReady, match="no commit"):
        aura.at(repo).context(ContextRequest("anything"))
