"""The graph step links what has changed, whatever it starts from, and writes what linking from nothing writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aura_core import indexing
from aura_core.indexing import link_cache
from aura_core.indexing.link_cache import LinkStates
from aura_core.indexing.steps.graph import LinkedSnapshot, link
from aura_core.indexing.steps.parse import parse_tree
from aura_core.indexing.steps.report import silent
from aura_core.indexing.trees import tree_of
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import GitRepository, run_sql

Graph = Callable[[str], LinkedSnapshot]

BINARY = b"\x00\x01\x02" * 200


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


@pytest.fixture
def graph(stores: Stores, repo: str) -> Graph:
    """Parse and link one commit."""
    return lambda sha: linked_tree(stores, repo, sha)


@pytest.fixture
def rebuilt(shop: GitRepository, repo: str, tmp_path: Path) -> Iterator[Graph]:
    """The same in stores of its own, from nothing each time."""
    other = open_stores(Settings(home=tmp_path / "rebuilt", workers=1))
    Aura(other).add(str(shop.path), from_cli=True)

    def build(sha: str) -> LinkedSnapshot:
        link_cache.forget_link_states(other, repo)
        return linked_tree(other, repo, sha)

    yield build
    other.close()


def linked_tree(stores: Stores, repo: str, sha: str) -> LinkedSnapshot:
    repository = stores.catalog.repositories.get(repo)
    assert repository is not None
    source = stores.sources.open(repository)
    tree = tree_of(stores, source, repo, sha)
    parse_tree(stores, source, repo, tree, silent)
    return link(stores, repo, tree, silent)


def same(one: LinkedSnapshot, other: LinkedSnapshot) -> bool:
    def value(linked: LinkedSnapshot) -> tuple[object, ...]:
        manifest, counts = linked
        rows = dict(manifest.entries), dict(manifest.skipped), manifest.warnings, manifest.versions, manifest.base
        return manifest.digest, rows, {name: number for name, number in counts.items() if name != "linked"}

    return value(one) == value(other)


CHANGES: dict[str, dict[str, str | bytes | None]] = {
    "an edit": {"shop/prices.py": "def total_price(lines, voucher=None):\n    return 0\n"},
    "a file that others import goes away": {"shop/prices.py": None},
    "a file that turns binary": {"shop/prices.py": BINARY},
    "a file that does not parse": {"shop/prices.py": "def f(:\n"},
    "another root": {"pyproject.toml": "[tool.setuptools.packages.find]\nwhere = ['shop']\n"},
    "documentation": {"README.md": "# Shop\n\n## Opening hours\n\nAlways.\n"},
}


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_commit_and_its_reverse_give_what_linking_from_nothing_gives(
    stores: Stores,
    shop: GitRepository,
    repo: str,
    graph: Graph,
    rebuilt: Graph,
    change: dict[str, str | bytes | None],
    cold: bool,
) -> None:
    first = shop.git("rev-parse", "HEAD")
    before = {path: (shop.path / path).read_bytes() if (shop.path / path).exists() else None for path in change}
    graph(first)
    for files in (change, before):
        sha = shop.commit(files)
        if cold:
            link_cache.drop_from_memory(stores, repo)
        assert same(graph(sha), rebuilt(sha))


def test_a_commit_links_only_what_it_touches(shop: GitRepository, graph: Graph) -> None:
    shop.commit({f"many/m{n}.py": f"def f{n}():\n    return {n}\n" for n in range(30)})
    graph(shop.git("rev-parse", "HEAD"))
    assert graph(shop.commit({"many/m3.py": "def f3():\n    return 4\n"})).counts["linked"] == 1


def test_what_an_edited_file_leaves_is_stored_as_a_change_of_what_it_left_before(
    stores: Stores, shop: GitRepository, graph: Graph
) -> None:
    names = ", ".join(f"helper_{n}" for n in range(40))
    helpers = "".join(f"def helper_{n}(value):\n    return value\n\n\n" for n in range(41))
    large = f"from shop.helpers import {names}\n\n\n" + "".join(
        f"def of_{n}(value):\n    return helper_{n}(value)\n\n\n" for n in range(40)
    )
    shop.commit({"shop/helpers.py": helpers, "shop/large.py": large})
    before = graph(shop.git("rev-parse", "HEAD")).manifest.entries["shop/large.py"]
    shop.commit(
        {
            "shop/large.py": large
            + "def of_40(value):\n    from shop.helpers import helper_40\n\n    return helper_40(value)\n"
        }
    )
    after = graph(shop.git("rev-parse", "HEAD")).manifest.entries["shop/large.py"]
    for table, old, new in (
        ("facts", before.facts, after.facts),
        ("fragments", before.fragment, after.fragment),
        ("reads", before.reads, after.reads),
    ):
        rows = run_sql(stores.settings.home / "store.db", f"SELECT base FROM {table} WHERE key = ?", (new,))
        assert rows == [(old,)], table


def test_another_process_links_only_what_has_changed_since_the_last_tree(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph
) -> None:
    shop.commit({f"many/m{n}.py": f"def f{n}():\n    return {n}\n" for n in range(30)})
    graph(shop.git("rev-parse", "HEAD"))
    for n in (3, 4, 5):
        link_cache.drop_from_memory(stores, repo)
        assert graph(shop.commit({f"many/m{n}.py": f"def f{n}():\n    return 0\n"})).counts["linked"] == 1


@pytest.mark.parametrize("spoil", [b"", b"x" * 500], ids=["empty", "other bytes"])
def test_changes_that_cannot_be_read_cost_time_only(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, rebuilt: Graph, spoil: bytes
) -> None:
    graph(shop.git("rev-parse", "HEAD"))
    graph(shop.commit({"shop/cart.py": "x = 1\n"}))
    (file,) = link_cache.states_folder(stores, repo).glob("*.since")
    file.write_bytes(spoil)
    link_cache.drop_from_memory(stores, repo)
    sha = shop.commit({"shop/new.py": "import shop.cart\n"})
    linked = graph(sha)
    assert same(linked, rebuilt(sha))
    assert linked.counts["linked"] == 2


def test_a_disk_that_refuses_costs_time_only(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, rebuilt: Graph
) -> None:
    stores.settings.cache_folder.mkdir(parents=True, exist_ok=True)
    (stores.settings.cache_folder / "links").write_text("in the way")
    graph(shop.git("rev-parse", "HEAD"))
    sha = shop.commit({"shop/cart.py": "x = 1\n"})
    assert graph(sha).counts["linked"] == 1
    link_cache.drop_from_memory(stores, repo)
    assert linked_tree(stores, repo, sha).counts["linked"] == 3


def test_commits_may_come_in_any_order(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, rebuilt: Graph
) -> None:
    shas = [
        shop.commit(
            {"shop/prices.py": f"def total_price(a{n}, b=None):\n    return {n}\n", f"shop/n{n}.py": "import shop\n"}
        )
        for n in range(6)
    ]
    for n, sha in enumerate((shas[5], shas[0], shas[3], shas[1], shas[4], shas[2])):
        if n % 2:
            link_cache.drop_from_memory(stores, repo)
        assert same(graph(sha), rebuilt(sha))


@pytest.mark.parametrize("spoil", [b"", b"AURAVIEW", b"x" * 5000], ids=["empty", "cut off", "other bytes"])
def test_a_kept_tree_that_cannot_be_read_costs_time_only(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, rebuilt: Graph, spoil: bytes
) -> None:
    graph(shop.git("rev-parse", "HEAD"))
    (file,) = link_cache.states_folder(stores, repo).glob("*.links")
    file.write_bytes(spoil)
    link_cache.drop_from_memory(stores, repo)
    sha = shop.commit({"shop/cart.py": "x = 1\n"})
    linked = graph(sha)
    assert same(linked, rebuilt(sha))
    assert linked.counts["linked"] == linked.counts["code_files"]


def test_a_kept_tree_of_other_versions_is_no_start(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph(shop.git("rev-parse", "HEAD"))
    link_cache.drop_from_memory(stores, repo)
    monkeypatch.setattr(link_cache, "index_versions", lambda: "parser=other")
    linked = graph(shop.commit({"shop/cart.py": "x = 1\n"}))
    assert linked.counts["linked"] == linked.counts["code_files"]


@pytest.mark.parametrize("table", ["facts", "fragments", "reads"])
def test_rows_of_the_earlier_tree_that_are_gone_cost_time_only(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph, rebuilt: Graph, table: str
) -> None:
    graph(shop.git("rev-parse", "HEAD"))
    link_cache.drop_from_memory(stores, repo)
    stores.snapshots.forget(repo)
    run_sql(stores.settings.home / "store.db", f"DELETE FROM {table}")
    sha = shop.commit({"shop/prices.py": "def total_price():\n    pass\n"})
    assert same(graph(sha), rebuilt(sha))


def test_only_few_trees_stay_in_memory_and_on_disk(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph
) -> None:
    for n in range(5):
        graph(shop.commit({f"many/m{n}_{k}.py": f"x = {k}\n" for k in range(40)}))
    assert len(list(link_cache.states_folder(stores, repo).glob("*.links"))) == link_cache.MAX_STATES_ON_DISK
    assert len(stores.resources.get(LinkStates).values()) == 1


def test_a_sync_says_how_many_files_were_linked(stores: Stores, shop: GitRepository, repo: str) -> None:
    indexing.index(stores, repo)
    shop.commit({"shop/new.py": "def fresh():\n    pass\n"})
    steps = {s.step: s for s in indexing.index(stores, repo).steps}
    assert steps["graph"].counts["linked"] == 1


def test_a_repository_that_is_removed_leaves_no_kept_tree(
    stores: Stores, shop: GitRepository, repo: str, graph: Graph
) -> None:
    for _ in range(2):  # a tree that was linked from nothing is kept on disk alone
        graph(shop.git("rev-parse", "HEAD"))
    assert stores.resources.get(LinkStates).values()
    Aura(stores).remove(repo)
    assert not list(link_cache.states_folder(stores, repo).glob("*"))
    assert not stores.resources.get(LinkStates).values()
