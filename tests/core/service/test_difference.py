"""A difference, read from the few rows that differ, is that of the whole graphs; an export is all of a graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from hashlib import sha1
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura_core.adapters import open_snapshots
from aura_core.graphs import file_graph
from aura_core.indexing.snapshot_reader import read_files
from aura_core.linking import link_tree, snapshot_digest
from aura_core.model.difference import GraphDiff
from aura_core.model.graph import split_uid, uid_of
from aura_core.model.repository import Repository, RepositoryKind
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.parsing import parse_blob
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.service.difference import diff_manifests
from aura_core.service.export import Row, export_rows, row_filter
from aura_core.settings import Settings
from tests.core.linking.hostile_tree import HostileTree
from tests.core.linking.tree_history import parse
from tests.support import GitRepository

REPOSITORY = Repository("shop-1", "shop", RepositoryKind.FOLDER, "/src/shop")


class Trees:
    """Snapshots of trees of texts in a real store, without views."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(home=folder)
        self.stores = Stores(settings, None, open_snapshots(settings), None, None)  # type: ignore[arg-type]

    def index(self, tree: Mapping[str, str]) -> Manifest:
        rows = {path: parse(path, text) for path, text in tree.items()}
        linked = link_tree({path: (rows[path][0], parse_blob(path, text.encode())) for path, text in tree.items()})
        store = self.stores.snapshots
        store.put_rows(RowKind.FACTS, dict(rows.values()))
        store.put_rows(RowKind.FRAGMENT, {row.key: row.packed for row in linked.fragments.values()})
        store.put_rows(RowKind.READS, {row.key: row.packed for row in linked.reads.values()})
        blobs = {path: sha1(text.encode(), usedforsecurity=False).hexdigest() for path, text in tree.items()}
        entries = {
            p: ManifestEntry(blobs[p], rows[p][0], linked.fragments[p].key, linked.reads[p].key) for p in sorted(tree)
        }
        digest = snapshot_digest({p: e.fragment for p, e in entries.items()}, "v1")
        sha = sha1(repr(sorted(blobs.items())).encode(), usedforsecurity=False).hexdigest()
        store.put_manifest(Manifest(REPOSITORY.id, sha, digest, "v1", entries))
        manifest = store.manifest(REPOSITORY.id, sha)
        assert manifest is not None
        return manifest

    def export(self, manifest: Manifest) -> list[Row]:
        return list(export_rows(self.stores, manifest, row_filter()))

    def contents(self, manifest: Manifest) -> dict[str, Hashable]:
        """What each node says, wherever it stands."""
        file_graphs = [file_graph(*file) for file in read_files(self.stores, manifest.entries)]
        return {
            n.uid: (n.kind, n.signature, n.doc, d) for g in file_graphs for n, d in zip(g.nodes, g.digests, strict=True)
        }


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    return Trees(tmp_path_factory.mktemp("trees"))


def nodes(rows: list[Row]) -> dict[str, Row]:
    return {str(row["uid"]): row for row in rows if row["type"] == "node"}


def edges(rows: list[Row]) -> Counter[tuple[Any, ...]]:
    edge_rows = (r for r in rows if r["type"] == "edge")
    return Counter(
        (r["source_uid"], r["kind"], r["target_uid"] or f"external:{r['target']}", r["how"], tuple(r["lines"]))
        for r in edge_rows
    )  # type: ignore[arg-type]


def sites(rows: list[Row]) -> Counter[tuple[Any, ...]]:
    return Counter((r["source_uid"], r["text"], r["reason"], r["line"]) for r in rows if r["type"] == "unresolved")


def check(
    difference: GraphDiff,
    old: list[Row],
    new: list[Row],
    contents: tuple[Mapping[str, Hashable], Mapping[str, Hashable]],
) -> None:
    """The difference leads from one export to the other, names nothing twice, and nothing that is the same."""
    pairs = [*difference.nodes.changed, *difference.nodes.moved]
    before, after = nodes(old), nodes(new)
    removed = [*(n.uid for n in difference.nodes.removed), *(a.uid for a, _ in pairs)]
    added = [*(n.uid for n in difference.nodes.added), *(b.uid for _, b in pairs)]
    assert len(set(removed)) == len(removed)
    assert len(set(added)) == len(added)
    same = before.keys() - set(removed)
    assert same | set(added) == after.keys()
    assert all(before[uid] == after[uid] and contents[0][uid] == contents[1][uid] for uid in same)
    assert all(contents[0][a.uid] != contents[1][b.uid] for a, b in difference.nodes.changed)
    assert all(contents[0][a.uid] == contents[1][b.uid] and a != b for a, b in difference.nodes.moved)

    uids = {a.uid: b.uid for a, b in pairs}
    edge = {
        item: (uid_of(item.path, item.edge.src), item.edge.kind, item.edge.dst, item.edge.resolution, item.edge.lines)
        for side in sides(difference.edges)
        for item in side
    }
    assert edges(old) - counted(edge, difference.edges, 0) + counted(edge, difference.edges, 1) == edges(new)
    assert not {now(e, uids, 3) for e in (edge[a] for a in difference.edges.removed)} & {
        edge[a][:3] for a in difference.edges.added
    }
    assert all(
        now(edge[a], uids, 3) == edge[b][:3] and edge[a] != edge[b]
        for a, b in (*difference.edges.changed, *difference.edges.moved)
    )
    assert all((edge[a][3] != edge[b][3]) for a, b in difference.edges.changed)
    assert all((edge[a][3] == edge[b][3]) for a, b in difference.edges.moved)

    site = {
        item: (uid_of(item.path, item.site.src), item.site.text, item.site.reason, item.site.line)
        for side in sides(difference.unresolved)
        for item in side
    }
    assert sites(old) - counted(site, difference.unresolved, 0) + counted(site, difference.unresolved, 1) == sites(new)
    assert difference.unresolved.changed == ()


def now(row: tuple[Any, ...], uids: Mapping[str, str], length: int) -> tuple[Any, ...]:
    return tuple(uids.get(part, part) if isinstance(part, str) else part for part in row[:length])


def sides(difference: Any) -> tuple[list[Any], list[Any]]:
    pairs = [*difference.changed, *difference.moved]
    return [*difference.removed, *(a for a, _ in pairs)], [*difference.added, *(b for _, b in pairs)]


def counted(values: Mapping[Any, Any], difference: Any, side: int) -> Counter[Any]:
    return Counter(values[item] for item in sides(difference)[side])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from(["add", "delete", "rename", "swap", "edit", "root", "spoil"]), min_size=1, max_size=6),
)
def test_a_difference_is_that_of_the_whole_graphs(trees: Trees, seed: int, operations: list[str]) -> None:
    random, hostile = Random(seed), HostileTree()
    for _ in range(6):
        hostile.add(random)
    first = trees.index(plain(hostile))
    for operation in operations:
        getattr(hostile, operation)(random)
    last = trees.index(plain(hostile))
    for old, new in ((first, last), (last, first)):
        difference = diff_manifests(trees.stores, old, new)
        check(difference, trees.export(old), trees.export(new), (trees.contents(old), trees.contents(new)))
    assert diff_manifests(trees.stores, first, first) == GraphDiff()


def plain(hostile: HostileTree) -> dict[str, str]:
    return {path: text for path, text in hostile.tree().items() if not text.startswith("binary")}


LONG = (
    "def one(a):\n    return a + 1\n\n\ndef two(b):\n    return one(b) * 2\n\n\ndef three(c):\n    return two(c) - 3\n"
)


def test_a_file_that_was_renamed_and_edited_is_recognised(trees: Trees) -> None:
    old = trees.index({"a.py": LONG, "use.py": "from a import one\n\n\ndef go():\n    return one(1)\n"})
    new = trees.index(
        {"b.py": LONG.replace("- 3", "- 4"), "use.py": "from b import one\n\n\ndef go():\n    return one(1)\n"}
    )
    difference = diff_manifests(trees.stores, old, new)
    assert [tuple(r) for r in difference.files.renamed] == [("a.py", "b.py", False)]
    assert [(a.uid, b.uid) for a, b in difference.nodes.changed] == [
        ("a.py::three", "b.py::three"),
        ("use.py", "use.py"),
    ]
    assert [(a.uid, b.uid) for a, b in difference.nodes.moved] == [
        ("a.py", "b.py"),
        ("a.py::one", "b.py::one"),
        ("a.py::two", "b.py::two"),
    ]
    assert (difference.nodes.added, difference.nodes.removed, difference.edges.added, difference.edges.removed) == (
        (),
        (),
        (),
        (),
    )
    assert {(a.edge.dst, b.edge.dst) for a, b in difference.edges.moved if a.path == "use.py"} >= {
        ("a.py::one", "b.py::one")
    }


def test_a_file_with_little_in_common_is_another_file_and_so_is_an_empty_one(trees: Trees) -> None:
    old = trees.index({"a.py": LONG, "x/__init__.py": ""})
    new = trees.index({"b.py": LONG.replace("return", "yield"), "y/__init__.py": ""})
    difference = diff_manifests(trees.stores, old, new)
    assert (difference.files.renamed, difference.files.added, difference.files.removed) == (
        (),
        ("b.py", "y/__init__.py"),
        ("a.py", "x/__init__.py"),
    )


def test_of_several_files_of_the_same_bytes_the_one_of_the_same_name_is_taken(trees: Trees) -> None:
    old = trees.index({"a/util.py": LONG, "b/other.py": LONG})
    new = trees.index({"c/other.py": LONG, "d/new.py": LONG})
    assert [tuple(r)[:2] for r in diff_manifests(trees.stores, old, new).files.renamed] == [
        ("a/util.py", "d/new.py"),
        ("b/other.py", "c/other.py"),
    ]


def test_a_definition_that_went_to_another_file_has_moved(trees: Trees) -> None:
    two = "def two(b):\n    return b * 2\n"
    old = trees.index({"a.py": f"def one(a):\n    return a\n\n\n{two}", "b.py": "def zero():\n    pass\n"})
    new = trees.index({"a.py": "def one(a):\n    return a\n", "b.py": f"def zero():\n    pass\n\n\n{two}"})
    difference = diff_manifests(trees.stores, old, new)
    assert [(a.uid, b.uid) for a, b in difference.nodes.moved if a.path != b.path] == [("a.py::two", "b.py::two")]
    assert (difference.nodes.added, difference.nodes.removed) == ((), ())


def test_lines_that_shift_move_what_is_below_and_change_nothing_there(trees: Trees) -> None:
    old, new = trees.index({"a.py": LONG}), trees.index({"a.py": LONG.replace("return a + 1", "a += 1\n    return a")})
    difference = diff_manifests(trees.stores, old, new)
    assert [split_uid(b.uid)[1] for _, b in difference.nodes.changed] == ["one"]
    assert [split_uid(b.uid)[1] for _, b in difference.nodes.moved] == ["", "three", "two"]
    assert difference.edges.changed == difference.edges.added == difference.edges.removed == ()
    assert {b.edge.lines for _, b in difference.edges.moved if b.edge.kind == "CALLS"} == {(7,), (11,)}


def test_only_the_files_that_differ_are_read(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {f"m{n}.py": f"def f{n}():\n    return {n}\n" for n in range(50)}
    old, new = trees.index(texts), trees.index({**texts, "m7.py": "def f7():\n    return 8\n"})
    counts: list[int] = []
    rows = trees.stores.snapshots.rows
    monkeypatch.setattr(
        trees.stores.snapshots, "rows", lambda kind, keys: counts.append(len(set(keys))) or rows(kind, keys)
    )
    assert diff_manifests(trees.stores, old, new).files.changed == ("m7.py",)
    assert counts == [1, 1, 1, 1]


def test_an_export_holds_what_the_view_holds(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    aura.index(repo)
    view, rows = aura.at(repo).graph(), list(aura.at(repo).export())
    assert nodes(rows).keys() == {n.uid for n in view.nodes()}
    assert edges(rows) == Counter(
        (uid_of(path, e.src), e.kind, e.dst, e.resolution, e.lines) for path, e in view.edges()
    )
    assert sites(rows) == Counter((uid_of(path, u.src), u.text, u.reason, u.line) for path, u in view.unresolved())


def test_an_export_asks_for_the_rows_of_a_few_files_at_a_time(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = trees.index({f"m{n}.py": f"def f{n}():\n    return g{n}()\n" for n in range(20)})
    monkeypatch.setattr("aura_core.indexing.snapshot_reader.FILES_IN_A_BATCH", 3)
    counts: list[int] = []
    rows = trees.stores.snapshots.rows
    monkeypatch.setattr(
        trees.stores.snapshots, "rows", lambda kind, keys: counts.append(len(set(keys))) or rows(kind, keys)
    )
    assert sum(row["type"] == "node" for row in trees.export(manifest)) == 40
    assert max(counts) == 3
