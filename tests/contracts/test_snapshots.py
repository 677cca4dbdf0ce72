"""What every snapshot store promises."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import blake2b

import pytest

from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.model.snapshot import Manifest, ManifestEntry, SkipReason
from aura_core.ports.snapshots import RowKind, SnapshotStore
from aura_core.settings import Settings
from tests.contracts.conftest import TurnableClock


def key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def entry(text: str) -> ManifestEntry:
    return ManifestEntry(
        key(text).hex() + "00000000", key("facts " + text), key("fragment " + text), key("reads " + text)
    )


def stored(store: SnapshotStore, texts: dict[str, str]) -> dict[str, ManifestEntry]:
    """Entries of files with these texts, their rows put."""
    entries = {path: entry(text) for path, text in texts.items()}
    store.put_rows(RowKind.FACTS, {e.facts: b"facts" for e in entries.values()})
    store.put_rows(RowKind.FRAGMENT, {e.fragment: b"fragment" for e in entries.values()})
    store.put_rows(RowKind.READS, {e.reads: b"" for e in entries.values()})
    return entries


def manifest(store: SnapshotStore, sha: str, texts: dict[str, str], parent: str = "", versions: str = "v1") -> Manifest:
    digest = blake2b(repr(sorted(texts.items())).encode(), digest_size=16).hexdigest()
    skipped = {SkipReason.BINARY: 2, "ignored": 1}
    return Manifest("shop-1", sha, digest, versions, stored(store, texts), skipped, ("a.py: odd",), "", parent)


def files(number: int) -> dict[str, str]:
    return {f"pkg/module{n:04}.py": f"text {n}" for n in range(number)}


def test_the_facts_that_snapshots_name_are_those_of_their_manifests(snapshots: SnapshotStore) -> None:
    texts = files(300)
    for number in range(6):
        texts = {**texts, f"pkg/module{number:04}.py": f"other {number}", "twin.py": "text 250"}
        snapshots.put_manifest(manifest(snapshots, f"{number:040}", texts, f"{number - 1:040}"))
    assert set(snapshots.named_facts()) == {
        (path, key(f"facts {text}"))
        for path, text in [*files(300).items(), *texts.items()]
        if path != "pkg/module0000.py" or text != "text 0"
    }
    snapshots.retire("shop-1", [f"{number:040}" for number in range(5)])
    assert set(snapshots.named_facts()) == {(path, key(f"facts {text}")) for path, text in texts.items()}


@pytest.mark.parametrize("kind", list(RowKind))
def test_rows_come_back_as_they_were_put(snapshots: SnapshotStore, kind: RowKind) -> None:
    rows = {key("a"): b"", key("b"): b"\0binary\xff" * 1_000, b"other length": b"x"}
    assert snapshots.put_rows(kind, rows) == 3
    assert snapshots.rows(kind, rows) == rows
    assert snapshots.touch(kind, [*rows, key("missing")]) == set(rows)


def test_missing_rows_are_left_out(snapshots: SnapshotStore) -> None:
    snapshots.put_rows(RowKind.FACTS, {key("a"): b"a"})
    assert snapshots.rows(RowKind.FACTS, [key("a"), key("b")]) == {key("a"): b"a"}
    assert snapshots.rows(RowKind.FACTS, []) == {}
    assert snapshots.touch(RowKind.READS, [key("a")]) == set()


def test_a_row_is_never_changed(snapshots: SnapshotStore) -> None:
    snapshots.put_rows(RowKind.FACTS, {key("a"): b"first"})
    assert snapshots.put_rows(RowKind.FACTS, {key("a"): b"second", key("b"): b"new"}) == 1
    assert snapshots.rows(RowKind.FACTS, [key("a")]) == {key("a"): b"first"}


def test_many_rows_go_in_and_out(snapshots: SnapshotStore) -> None:
    rows = {key(str(number)): str(number).encode() for number in range(1_777)}
    assert snapshots.put_rows(RowKind.FRAGMENT, rows) == 1_777
    assert snapshots.rows(RowKind.FRAGMENT, iter(rows)) == rows


def test_a_manifest_comes_back_as_it_was_put(snapshots: SnapshotStore) -> None:
    put = replace(manifest(snapshots, "a" * 40, files(3) | {"umläut %ff.py": "x"}), base="b" * 40)
    snapshots.put_manifest(put)
    assert snapshots.manifest("shop-1", "a" * 40) == put


def test_an_empty_manifest_is_a_manifest(snapshots: SnapshotStore) -> None:
    put = Manifest("shop-1", "a" * 40, "digest", "v1", {})
    snapshots.put_manifest(put)
    assert snapshots.manifest("shop-1", "a" * 40) == put


def test_a_manifest_that_is_not_there_is_none(snapshots: SnapshotStore) -> None:
    snapshots.put_manifest(manifest(snapshots, "a" * 40, files(1)))
    assert snapshots.manifest("shop-1", "b" * 40) is None
    assert snapshots.manifest("shop-2", "a" * 40) is None
    assert snapshots.info("shop-1", "b" * 40) is None


@pytest.mark.parametrize("kind", [RowKind.FACTS, RowKind.FRAGMENT, RowKind.READS])
def test_a_manifest_that_names_missing_rows_is_refused(snapshots: SnapshotStore, kind: RowKind) -> None:
    good = manifest(snapshots, "a" * 40, files(600))
    field = {RowKind.FACTS: "facts", RowKind.FRAGMENT: "fragment", RowKind.READS: "reads"}[kind]
    bad = replace(
        good, entries={**good.entries, "x.py": good.entries["pkg/module0001.py"]._replace(**{field: key("missing")})}
    )
    with pytest.raises(StoreCorrupt) as refused:
        snapshots.put_manifest(bad)
    assert refused.value.details == {"kind": str(kind), "missing": 1}
    assert snapshots.manifest("shop-1", "a" * 40) is None
    snapshots.put_manifest(good)
    with pytest.raises(StoreCorrupt):
        snapshots.put_manifest(replace(bad, sha="b" * 40, parent="a" * 40))


def test_children_read_back_whole_along_a_long_chain(snapshots: SnapshotStore) -> None:
    texts, parent, put = files(50), "", []
    for number in range(70):
        texts = {**texts, f"pkg/module{number % 50:04}.py": f"edit {number}", f"new{number}.py": "new"}
        texts.pop(f"new{number - 3}.py", None)
        put.append(manifest(snapshots, f"{number:040}", texts, parent))
        snapshots.put_manifest(put[-1])
        parent = put[-1].sha
    assert [snapshots.manifest("shop-1", m.sha) for m in put] == put


def test_one_changed_file_costs_little(snapshots: SnapshotStore) -> None:
    texts = files(2_000)
    snapshots.put_manifest(
        replace(manifest(snapshots, "a" * 40, texts), warnings=tuple(f"{path}: odd" for path in texts))
    )
    changed = replace(
        manifest(snapshots, "b" * 40, {**texts, "pkg/module0003.py": "edit"}, "a" * 40),
        warnings=tuple(f"{p}: odd" for p in texts),
    )
    snapshots.put_manifest(changed)
    info = snapshots.info("shop-1", "b" * 40)
    assert info is not None
    assert info.stored_bytes < 400
    assert info.files == 2_000


def test_every_thirty_second_manifest_is_whole(snapshots: SnapshotStore) -> None:
    texts, parent = files(100), ""
    for number in range(66):
        snapshots.put_manifest(manifest(snapshots, f"{number:040}", {**texts, "a.py": str(number)}, parent))
        parent = f"{number:040}"
    sizes = [info.stored_bytes for info in reversed(snapshots.snapshots("shop-1"))]
    assert [number for number, size in enumerate(sizes) if size > 2_000] == [0, 32, 64]


def test_a_manifest_of_other_versions_is_never_a_base(snapshots: SnapshotStore) -> None:
    snapshots.put_manifest(manifest(snapshots, "a" * 40, files(100), versions="v1"))
    snapshots.put_manifest(manifest(snapshots, "b" * 40, files(100), "a" * 40, versions="v2"))
    one, two = snapshots.info("shop-1", "a" * 40), snapshots.info("shop-1", "b" * 40)
    assert one is not None
    assert two is not None
    assert one.stored_bytes == two.stored_bytes


def test_an_unknown_parent_makes_a_whole_manifest(snapshots: SnapshotStore) -> None:
    put = manifest(snapshots, "a" * 40, files(3), "f" * 40)
    snapshots.put_manifest(put)
    assert snapshots.manifest("shop-1", "a" * 40) == put


def test_warnings_are_bounded_and_may_change(snapshots: SnapshotStore) -> None:
    many = tuple(f"warning {number}" for number in range(1_500))
    first = replace(manifest(snapshots, "a" * 40, files(9)), warnings=many)
    second = replace(
        manifest(snapshots, "b" * 40, files(10), "a" * 40),
        warnings=(*many[:10], "new", *many[11:500]),
        skipped={"binary": 9},
    )
    third = replace(manifest(snapshots, "c" * 40, files(10), "b" * 40), warnings=())
    for put in (first, second, third):
        snapshots.put_manifest(put)
    assert snapshots.manifest("shop-1", "a" * 40) == replace(first, warnings=many[:1_000])
    assert snapshots.manifest("shop-1", "b" * 40) == second
    assert snapshots.manifest("shop-1", "c" * 40) == third


def test_what_a_caller_does_to_a_manifest_does_not_reach_the_next_caller(snapshots: SnapshotStore) -> None:
    put = manifest(snapshots, "a" * 40, files(3))
    snapshots.put_manifest(put)
    got = snapshots.manifest("shop-1", "a" * 40)
    assert got is not None
    with suppress(AttributeError):  # what cannot be changed at all is as good
        got.entries.clear()  # type: ignore[attr-defined]
    with suppress(AttributeError):
        put.entries.clear()  # type: ignore[attr-defined]
    put = manifest(snapshots, "a" * 40, files(3))
    assert snapshots.manifest("shop-1", "a" * 40) == put


def test_indexing_a_commit_again_changes_its_manifest_and_not_its_childrens(snapshots: SnapshotStore) -> None:
    child = manifest(snapshots, "b" * 40, files(101), "a" * 40)
    snapshots.put_manifest(manifest(snapshots, "a" * 40, files(100)))
    snapshots.put_manifest(child)
    again = manifest(snapshots, "a" * 40, files(40), versions="v2")
    snapshots.put_manifest(again)
    assert snapshots.manifest("shop-1", "a" * 40) == again
    assert snapshots.manifest("shop-1", "b" * 40) == child


def test_the_same_manifest_again_is_nothing_new(snapshots: SnapshotStore, clock: TurnableClock) -> None:
    put = manifest(snapshots, "a" * 40, files(3))
    snapshots.put_manifest(put)
    before = snapshots.info("shop-1", "a" * 40)
    clock.turn(100)
    snapshots.put_manifest(replace(put, parent="a" * 40))
    assert snapshots.info("shop-1", "a" * 40) == before


def test_snapshots_are_listed_newest_first_and_paged_without_gaps(
    snapshots: SnapshotStore, clock: TurnableClock
) -> None:
    for number in range(7):
        snapshots.put_manifest(manifest(snapshots, f"{number:040}", files(number)))
        clock.turn(number % 2)
    pages, before = [], None
    while page := snapshots.snapshots("shop-1", limit=3, before=before):
        pages.append([info.files for info in page])
        before = page[-1].created_at
    assert pages == [[6, 5, 4], [3, 2, 1], [0]]
    assert snapshots.snapshots("shop-2") == []


def test_a_listing_says_what_a_snapshot_is(snapshots: SnapshotStore, clock: TurnableClock) -> None:
    put = manifest(snapshots, "a" * 40, files(3))
    snapshots.put_manifest(put)
    (info,) = snapshots.snapshots("shop-1")
    assert (info.repo, info.sha, info.digest, info.files, info.versions) == ("shop-1", put.sha, put.digest, 3, "v1")
    assert info.created_at == clock.now
    assert snapshots.info("shop-1", put.sha) == info


def test_abbreviated_shas_are_found(snapshots: SnapshotStore) -> None:
    for sha in ("abc1" + "0" * 36, "abc2" + "0" * 36, "abd0" + "0" * 36):
        snapshots.put_manifest(manifest(snapshots, sha, files(1)))
    assert snapshots.find("shop-1", "abc") == ["abc1" + "0" * 36, "abc2" + "0" * 36]
    assert snapshots.find("shop-1", "ab%") == []
    assert snapshots.find("shop-1", "ABC") == []
    assert snapshots.find("shop-2", "abc") == []


def test_at_most_twenty_shas_are_found(snapshots: SnapshotStore) -> None:
    for number in range(22):
        snapshots.put_manifest(manifest(snapshots, f"aa{number:038}", {}))
    assert len(snapshots.find("shop-1", "aa")) == 20


def test_an_artifact_is_replaced(snapshots: SnapshotStore) -> None:
    assert snapshots.artifact("shop-1", "clusters") is None
    value = {"labels": [1, 2.5, None, True], "names": {"a": "ä"}}
    snapshots.put_artifact("shop-1", "clusters", "a" * 40, [])
    snapshots.put_artifact("shop-1", "clusters", "b" * 40, value)
    assert snapshots.artifact("shop-1", "clusters") == ("b" * 40, value)


def test_forgetting_drops_one_repositorys_manifests_and_keeps_rows(snapshots: SnapshotStore) -> None:
    put = manifest(snapshots, "0" * 40, files(20))
    other = replace(put, repo="other-1")
    snapshots.put_manifest(put)
    snapshots.put_manifest(other)
    snapshots.put_artifact("shop-1", "clusters", "a", 1)
    for number in range(1, 230):
        snapshots.put_manifest(
            replace(manifest(snapshots, f"{number:040}", {**files(20), "a": str(number)}), parent=f"{number - 1:040}")
        )
    snapshots.forget("shop-1")
    assert snapshots.snapshots("shop-1") == []
    assert snapshots.artifact("shop-1", "clusters") is None
    assert snapshots.manifest("other-1", "0" * 40) == other
    assert snapshots.touch(RowKind.FACTS, {e.facts for e in put.entries.values()}) == {
        e.facts for e in put.entries.values()
    }
    snapshots.put_manifest(put)
    assert snapshots.manifest("shop-1", "0" * 40) == put


def test_sizes_name_the_tables(snapshots: SnapshotStore) -> None:
    assert snapshots.sizes()["facts"] == 0
    snapshots.put_rows(RowKind.FACTS, {key("a"): bytes(range(256)) * 4})
    assert 16 < snapshots.sizes()["facts"] < 1_100
    assert {"facts", "fragments", "reads", "texts", "manifests", "snapshots", "artifacts"} <= snapshots.sizes().keys()


def test_flushing_and_pinging_a_healthy_store_is_quiet(snapshots: SnapshotStore) -> None:
    snapshots.put_rows(RowKind.FACTS, {key("a"): b"a"})
    snapshots.flush()
    snapshots.ping()
    assert snapshots.rows(RowKind.FACTS, [key("a")]) == {key("a"): b"a"}


def chain(snapshots: SnapshotStore, number: int) -> list[Manifest]:
    """Snapshots of which each is stored as a change of the one before."""
    put: list[Manifest] = []
    for n in range(number):
        texts = {**files(20), "pkg/module0001.py": f"edit {n}", f"own{n}.py": f"own {n}"}
        put.append(replace(manifest(snapshots, f"{n:040}", texts), parent=put[-1].sha if put else ""))
        snapshots.put_manifest(put[-1])
    return put


@pytest.mark.parametrize("every", [2, 7, 33])
def test_what_builds_on_retired_snapshots_stays_whole(snapshots: SnapshotStore, settings: Settings, every: int) -> None:
    put = chain(snapshots, 70)
    branch = replace(manifest(snapshots, "b" * 40, {**files(20), "branch.py": "x"}), parent=put[5].sha)
    snapshots.put_manifest(branch)
    snapshots.put_artifact("shop-1", f"counts:{put[0].sha}", put[0].sha, 1)
    stay = [m for n, m in enumerate(put) if n % every == every - 1]
    retired = [m.sha for m in put if m not in stay]
    assert snapshots.retire("shop-1", [*retired, "f" * 40]) == len(retired)
    for other in (*stay, branch):
        assert snapshots.manifest("shop-1", other.sha) == other
    assert {info.sha for info in snapshots.snapshots("shop-1", 1_000)} == {m.sha for m in (*stay, branch)}
    assert snapshots.artifacts("shop-1") == []
    whole = snapshots.info("shop-1", put[-1].sha if put[-1] in stay else stay[-1].sha)
    assert whole is not None
    assert whole.stored_bytes == manifest_bytes(settings, whole.sha)


def manifest_bytes(settings: Settings, sha: str) -> int:
    """The stored size of a snapshot's manifest row; there is one such row a snapshot."""
    query = "SELECT length(m.data), (SELECT count(*) FROM manifests), (SELECT count(*) FROM snapshots) FROM manifests m"
    file = settings.database_url.removeprefix("sqlite:///") or settings.home / "store.db"
    with closing(sqlite3.connect(file)) as connection:
        row = connection.execute(f"{query} JOIN snapshots s ON s.manifest = m.id WHERE s.sha = ?", (sha,)).fetchone()
    size, manifests, snapshots = row
    assert manifests == snapshots, "a manifest that no snapshot needs stays"
    return int(size)


def test_only_rows_that_nothing_names_and_nobody_wanted_lately_are_swept(
    snapshots: SnapshotStore, clock: TurnableClock
) -> None:
    put = chain(snapshots, 3)
    text = key("text")
    snapshots.put_rows(RowKind.TEXT, {text: b"a", key("other text"): b"bb"})
    clock.turn(31 * 3_600)
    snapshots.retire("shop-1", [put[0].sha])
    snapshots.put_rows(RowKind.FACTS, {key("young"): b"y"})
    again = entry("own 0").fragment
    assert snapshots.touch(RowKind.FRAGMENT, [again]) == {again}
    forecast = snapshots.sweep(lambda: {text}, dry_run=True)
    totals = snapshots.sweep(lambda: {text})
    assert forecast == totals
    assert {kind: (total.rows, total.waiting) for kind, total in totals.items()} == {
        RowKind.FACTS: (2, 1),
        RowKind.FRAGMENT: (1, 1),
        RowKind.READS: (2, 0),
        RowKind.TEXT: (1, 0),
    }
    assert snapshots.touch(RowKind.TEXT, [text, key("other text")]) == {text}
    assert snapshots.manifest("shop-1", put[2].sha) == put[2]
    snapshots.put_manifest(replace(put[1], sha="c" * 40))
    with pytest.raises(RowsGone):
        snapshots.put_manifest(replace(put[0], parent=""))


def test_thousands_of_rows_are_swept_in_portions(snapshots: SnapshotStore, clock: TurnableClock) -> None:
    snapshots.put_rows(RowKind.READS, {key(str(n)): b"r" for n in range(4_321)})
    clock.turn(31 * 3_600)
    assert snapshots.sweep(set)[RowKind.READS].rows == 4_321
    assert snapshots.sizes()["reads"] == 0


def test_who_has_snapshots_is_known(snapshots: SnapshotStore) -> None:
    put = chain(snapshots, 1)[0]
    snapshots.put_manifest(replace(put, repo="app-1"))
    assert snapshots.owners() == ["app-1", "shop-1"]
