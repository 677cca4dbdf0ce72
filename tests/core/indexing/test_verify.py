"""Verification finds what is wrong with a stored index, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace

import msgpack
import pytest

from aura_core import indexing
from aura_core.errors import InvalidRequest, SnapshotNotReady, UnknownRevision
from aura_core.indexing import VerifyOutcome
from aura_core.linking import pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.fragments import row_of
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import Manifest
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.support import GitRepository, run_sql

CART = "shop/cart.py"


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


@pytest.fixture
def sha(stores: Stores, repo: str) -> str:
    return indexing.index(stores, repo).sha


def verified(stores: Stores, repo: str, sha: str) -> indexing.VerifyResult:
    (result,) = indexing.verify(stores, repo, [sha])
    return result


def manifest(stores: Stores, repo: str, sha: str) -> Manifest:
    stored = stores.snapshots.manifest(repo, sha)
    assert stored is not None
    return stored


def spoil(stores: Stores, repo: str, sha: str, *, fragment: Fragment | None = None, reads: bytes | None = None) -> None:
    """Store the commit with another fragment or other reads of one file, as a linker with a bug would."""
    old = manifest(stores, repo, sha)
    entry = old.entries[CART]
    for kind, packed in (
        (RowKind.FRAGMENT, pack_fragment(fragment) if fragment is not None else None),
        (RowKind.READS, reads),
    ):
        if packed is not None:
            row = row_of(packed)
            stores.snapshots.put_rows(kind, {row.key: row.packed})
            entry = entry._replace(**{kind.value: row.key})
    entries = {**old.entries, CART: entry}
    digest = (
        snapshot_digest({p: e.fragment for p, e in entries.items()}, "spoiled") if fragment is not None else old.digest
    )
    stores.snapshots.forget(repo)
    stores.snapshots.put_manifest(replace(old, entries=entries, digest=digest, parent=""))


def test_a_fresh_index_is_equal(stores: Stores, repo: str, sha: str) -> None:
    result = verified(stores, repo, sha)
    assert (result.equality, result.digest, result.difference) == (VerifyOutcome.EQUAL, result.rebuilt, "")


def test_an_index_made_commit_by_commit_is_equal_at_every_commit(
    stores: Stores, shop: GitRepository, repo: str, sha: str
) -> None:
    shas = [sha]
    for n in range(4):
        shop.commit(
            {
                "shop/prices.py": f"def total_price(lines, voucher={n}):\n    return {n}\n",
                f"shop/n{n}.py": "from shop.cart import Cart\nCart()\n",
            }
        )
        shas.append(indexing.index(stores, repo).sha)
    assert {v.equality for v in indexing.verify(stores, repo, shas)} == {VerifyOutcome.EQUAL}


def test_a_lost_edge_is_named_by_file_and_symbol(stores: Stores, repo: str, sha: str) -> None:
    fragment = unpack_fragment(
        stores.snapshots.rows(RowKind.FRAGMENT, [key := manifest(stores, repo, sha).entries[CART].fragment])[key]
    )
    spoil(
        stores,
        repo,
        sha,
        fragment=replace(fragment, edges=tuple(e for e in fragment.edges if "total_price" not in e.dst)),
    )
    result = verified(stores, repo, sha)
    assert result.equality is VerifyOutcome.DIFFERS
    assert result.difference.startswith(
        f"{CART}: Cart.checkout: CALLS shop/prices.py::total_price: the stored index has no such edge"
    )
    assert result.digest != result.rebuilt


def test_reads_that_were_not_recorded_are_found_though_the_digest_is_right(stores: Stores, repo: str, sha: str) -> None:
    spoil(stores, repo, sha, reads=msgpack.packb((b"", b"", b"")))
    result = verified(stores, repo, sha)
    assert (result.equality, result.digest) == (VerifyOutcome.DIFFERS, result.rebuilt)
    assert result.difference == f"{CART}: other reads than a clean rebuild makes"


def test_bytes_that_are_not_what_their_key_says_are_found(stores: Stores, repo: str, sha: str) -> None:
    key = manifest(stores, repo, sha).entries[CART].facts
    other = manifest(stores, repo, sha).entries["shop/prices.py"].facts
    swap = "UPDATE facts SET data = (SELECT data FROM facts WHERE key = ?) WHERE key = ?"
    run_sql(stores.settings.home / "store.db", swap, (other, key))
    assert verified(stores, repo, sha).difference == f"{CART}: other facts than a clean rebuild makes"


def test_a_file_that_is_missing_in_the_index_is_found(stores: Stores, repo: str, sha: str) -> None:
    old = manifest(stores, repo, sha)
    stores.snapshots.forget(repo)
    stores.snapshots.put_manifest(replace(old, entries={p: e for p, e in old.entries.items() if p != CART}, parent=""))
    assert verified(stores, repo, sha).difference == f"{CART}: only the rebuilt index has this file"


def test_a_working_tree_is_verified_from_what_was_kept_of_it(stores: Stores, shop: GitRepository, repo: str) -> None:
    shop.write({"shop/draft.py": "from shop.cart import Cart\nCart().checkout()\n"})
    sha = indexing.index(stores, repo, worktree=True).sha
    shop.write({"shop/draft.py": "x = 1\n"})
    assert verified(stores, repo, sha).equality is VerifyOutcome.EQUAL


def test_what_cannot_be_compared_is_no_difference(stores: Stores, shop: GitRepository, repo: str, sha: str) -> None:
    stores.snapshots.put_manifest(replace(manifest(stores, repo, sha), sha="1" * 40))
    stores.snapshots.put_manifest(replace(manifest(stores, repo, sha), sha="2" * 40, versions="parser=old"))
    new = shop.commit({"x.py": ""})
    assert [v.equality for v in indexing.verify(stores, repo, ["1" * 40, "2" * 40, new])] == [
        VerifyOutcome.UNREADABLE,
        VerifyOutcome.OTHER_VERSIONS,
        VerifyOutcome.NOT_INDEXED,
    ]


def test_a_range_is_what_one_commit_has_and_the_other_has_not(
    stores: Stores, shop: GitRepository, repo: str, sha: str
) -> None:
    shas = [shop.commit({"x.py": f"x = {n}\n"}) for n in range(3)]
    assert indexing.commits_to_verify(stores, repo, between=f"{sha}..main") == shas
    assert indexing.commits_to_verify(stores, repo, between="main..main") == []


def test_a_sample_is_drawn_from_what_is_indexed(stores: Stores, shop: GitRepository, repo: str, sha: str) -> None:
    shop.commit({"x.py": "x = 1\n"})
    new = indexing.index(stores, repo).sha
    shop.commit({"x.py": "x = 2\n"})
    assert sorted(indexing.commits_to_verify(stores, repo, sample=9)) == sorted([sha, new])
    assert len(indexing.commits_to_verify(stores, repo, sample=1)) == 1


def test_without_a_choice_what_readers_get_is_verified(stores: Stores, repo: str, sha: str) -> None:
    assert indexing.commits_to_verify(stores, repo) == [sha]
    assert indexing.commits_to_verify(stores, repo, sha="main") == [sha]


def test_nothing_is_verified_where_nothing_is_indexed(stores: Stores, repo: str) -> None:
    with pytest.raises(SnapshotNotReady):
        indexing.commits_to_verify(stores, repo)
    assert indexing.commits_to_verify(stores, repo, sample=3) == []


@pytest.mark.parametrize("between", ["main", "..main", "main..", "main...main"])
def test_a_range_that_is_none_is_refused(stores: Stores, repo: str, sha: str, between: str) -> None:
    with pytest.raises(InvalidRequest):
        indexing.commits_to_verify(stores, repo, between=between)


def test_two_choices_and_unknown_commits_are_refused(stores: Stores, repo: str, sha: str) -> None:
    with pytest.raises(InvalidRequest):
        indexing.commits_to_verify(stores, repo, sha=sha, sample=2)
    with pytest.raises(UnknownRevision):
        indexing.commits_to_verify(stores, repo, sha="nothing")
