"""Rows that are changes of other rows: they read as they were put, whatever goes meanwhile."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aura_core.adapters import open_snapshots
from aura_core.adapters.snapshots.compression import (
    MAX_BASE_RATIO,
    MAX_CHANGE_SHARE,
    Base,
    compress,
    decompress,
    decompress_on,
    pack_row,
)
from aura_core.adapters.snapshots.store import SqlSnapshots
from aura_core.errors import StoreCorrupt
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import RowKind
from aura_core.settings import Settings
from tests.core.adapters.boundaries import at_boundary

HOUR = 3_600.0
EVER = 31 * HOUR
"""Longer than anything is kept that nothing names."""


def value(name: str, version: int) -> bytes:
    """The text of a file at one version: most of it is in all versions, and nothing of it in other files."""
    common = random.Random(name).randbytes(1_000)
    return common + f"{name} at {version}".encode()


def key(name: str, version: int) -> bytes:
    return blake2b(value(name, version), digest_size=16).digest()


def put(store: SqlSnapshots, name: str, version: int, like: int | None = None, kind: RowKind = RowKind.FACTS) -> bytes:
    row_key = key(name, version)
    store.put_rows(kind, {row_key: value(name, version)}, {} if like is None else {row_key: key(name, like)})
    return row_key


def bases(home: Path, table: str = "facts") -> dict[bytes, bytes | None]:
    connection = sqlite3.connect(home / "store.db")
    base_of = dict(connection.execute(f"SELECT key, base FROM {table}").fetchall())
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    return base_of


def changed_by_hand(home: Path, statement: str, *values: bytes) -> None:
    connection = sqlite3.connect(home / "store.db")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.fixture
def clock() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def store(tmp_path: Path, clock: list[float]) -> Iterator[SqlSnapshots]:
    opened = open_snapshots(Settings(home=tmp_path), clock=lambda: clock[0])
    yield opened
    opened.close()


PIECES = st.lists(
    st.sampled_from([b"def a():", b"x" * 300, bytes(range(256)), b"\0", b"\x37\xa4\x30\xec"]), max_size=12
).map(b"".join)


@settings(max_examples=300)
@given(PIECES | st.binary(max_size=50), PIECES | st.binary(max_size=50), st.sampled_from([3, 9]))
def test_any_value_comes_back_and_is_a_change_only_where_that_is_worth_it(base: bytes, new: bytes, level: int) -> None:
    packed = pack_row(new, level, Base(b"key", base))
    whole = compress(new, level)
    if packed.base is None:
        assert packed.data == whole
        assert decompress(packed.data) == new
    else:
        assert packed.base == b"key"
        assert decompress_on(base, packed.data) == new
        assert len(packed.data) * MAX_CHANGE_SHARE <= len(whole)
        assert len(base) <= MAX_BASE_RATIO * len(new)


def test_all_versions_are_changes_of_one_whole_row(store: SqlSnapshots, tmp_path: Path) -> None:
    keys = [put(store, "a", version, version - 1) for version in range(5)]
    assert bases(tmp_path) == {keys[0]: None, **dict.fromkeys(keys[1:], keys[0])}
    assert store.rows(RowKind.FACTS, keys) == {key("a", version): value("a", version) for version in range(5)}
    assert store.rows(RowKind.FACTS, keys[3:]) == {key("a", version): value("a", version) for version in (3, 4)}
    assert store.sizes()["facts"] < 2 * len(value("a", 0))


def test_a_row_that_has_little_in_common_with_another_is_whole(store: SqlSnapshots, tmp_path: Path) -> None:
    other = put(store, "other", 0)
    store.put_rows(RowKind.FACTS, {key("a", 0): value("a", 0)}, {key("a", 0): other})
    assert bases(tmp_path) == {other: None, key("a", 0): None}


def test_a_row_does_not_hold_on_to_one_that_is_much_longer(store: SqlSnapshots, tmp_path: Path) -> None:
    long = random.Random(1).randbytes(10_000)
    store.put_rows(RowKind.FACTS, {b"long": long})
    store.put_rows(
        RowKind.FACTS, {b"short": long[:4_999], b"half": long[:5_000]}, {b"short": b"long", b"half": b"long"}
    )
    assert bases(tmp_path) == {b"long": None, b"short": None, b"half": b"long"}


def test_a_row_that_is_like_one_that_is_not_there_or_like_itself_is_whole(store: SqlSnapshots, tmp_path: Path) -> None:
    keys = [put(store, "a", 0, 7), put(store, "b", 0, 0)]
    assert bases(tmp_path) == dict.fromkeys(keys)


def test_rows_of_other_kinds_are_no_base(store: SqlSnapshots, tmp_path: Path) -> None:
    put(store, "a", 0, kind=RowKind.READS)
    assert bases(tmp_path) == {}
    assert bases(tmp_path, "reads") == {key("a", 0): None}
    assert bases(tmp_path, "reads") != {put(store, "a", 1, 0): None}


@pytest.mark.parametrize("version", [0, 1])
def test_a_change_of_something_else_is_corrupt(store: SqlSnapshots, tmp_path: Path, version: int) -> None:
    first, second = put(store, "a", 0), put(store, "a", 1, 0)
    changed_by_hand(tmp_path, "UPDATE facts SET data = ? WHERE key = ?", compress(value("b", 0)), first)
    with pytest.raises(StoreCorrupt, match="does not decompress"):
        store.rows(RowKind.FACTS, [first, second][version:])


def test_a_change_without_its_base_is_corrupt(store: SqlSnapshots, tmp_path: Path) -> None:
    first, second = put(store, "a", 0), put(store, "a", 1, 0)
    changed_by_hand(tmp_path, "DELETE FROM facts WHERE key = ?", first)
    with pytest.raises(StoreCorrupt, match="has lost the row"):
        store.rows(RowKind.FACTS, [second])


def named(store: SqlSnapshots, sha: str, **files: int) -> None:
    """A snapshot of these versions of files, whose rows are there."""
    entries = {name: ManifestEntry("00", *[key(name, version)] * 3) for name, version in files.items()}
    for kind in (RowKind.FRAGMENT, RowKind.READS):
        store.put_rows(kind, {key(name, version): value(name, version) for name, version in files.items()})
    store.put_manifest(Manifest("shop-1", sha, sha, "v", entries))


def test_a_base_stays_as_long_as_a_change_of_it_and_no_longer(
    store: SqlSnapshots, tmp_path: Path, clock: list[float]
) -> None:
    first, second, third = put(store, "a", 0), put(store, "a", 1, 0), put(store, "a", 2, 1)
    named(store, "s", a=1)
    clock[0] += EVER
    assert store.sweep(set, dry_run=True) == (swept := store.sweep(set))
    assert swept[RowKind.FACTS].rows == 1
    assert bases(tmp_path) == {first: None, second: first}
    assert third not in store.touch(RowKind.FACTS, [third])
    assert store.rows(RowKind.FACTS, [second]) == {second: value("a", 1)}
    store.retire("shop-1", ["s"])
    clock[0] += EVER
    assert store.sweep(set, dry_run=True) == (swept := store.sweep(set))
    assert swept[RowKind.FACTS].rows == 2
    assert bases(tmp_path) == {}


def again_on_another(store: SqlSnapshots) -> None:
    """The base goes and comes back as a change of something else."""
    store.sweep(set)
    put(store, "a", 9)
    put(store, "a", 0, 9)


@pytest.mark.parametrize("meanwhile", [lambda store: store.sweep(set), again_on_another])
@pytest.mark.parametrize("boundary", [1, 2, 3])
def test_a_base_that_goes_while_a_change_is_put_costs_its_whole_value(
    store: SqlSnapshots, tmp_path: Path, clock: list[float], boundary: int, meanwhile: Callable[[SqlSnapshots], object]
) -> None:
    put(store, "a", 0)
    clock[0] += EVER
    with at_boundary(boundary, lambda: meanwhile(store)) as seen:
        second = put(store, "a", 1, 0)
    assert seen[0] >= boundary or boundary == 3
    assert store.rows(RowKind.FACTS, [second]) == {second: value("a", 1)}
    base_of = bases(tmp_path)
    assert all(base is None or base_of[base] is None for base in base_of.values())
    assert base_of[second] is None or boundary != 2


class Collected(RuleBasedStateMachine):
    """Rows are put in any order on any others, named, retired and swept: what is named reads as it was put; the rest
    goes.
    """

    NAMES = st.sampled_from(["a", "b"])
    VERSIONS = st.integers(0, 5)

    @initialize()
    def opened(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.clock = 1_000_000.0
        self.store = open_snapshots(Settings(home=self.home), clock=lambda: self.clock)
        self.snapshots: dict[str, dict[str, int]] = {}

    @rule(name=NAMES, version=VERSIONS, like=st.none() | VERSIONS)
    def rows_are_put(self, name: str, version: int, like: int | None) -> None:
        put(self.store, name, version, like)

    @rule(files=st.dictionaries(NAMES, VERSIONS, min_size=1), likes=VERSIONS)
    def a_snapshot_is_made(self, files: dict[str, int], likes: int) -> None:
        for name, version in files.items():
            put(self.store, name, version, likes)
        sha = f"{len(self.snapshots):040}"
        named(self.store, sha, **files)
        self.snapshots[sha] = files

    @precondition(lambda self: any(self.snapshots.values()))
    @rule(data=st.data())
    def a_snapshot_is_retired(self, data: st.DataObject) -> None:
        sha = data.draw(st.sampled_from([sha for sha, files in self.snapshots.items() if files]))
        self.store.retire("shop-1", [sha])
        self.snapshots[sha] = {}

    @rule(hours=st.sampled_from([1, 31]))
    def rows_are_swept(self, hours: int) -> None:
        self.clock += hours * HOUR
        forecast = self.store.sweep(set, dry_run=True)
        assert self.store.sweep(set) == forecast

    @rule()
    def everything_old_is_swept(self) -> None:
        self.clock += EVER
        self.store.sweep(set)
        live = {key(name, version) for files in self.snapshots.values() for name, version in files.items()}
        base_of = bases(self.home)
        assert base_of.keys() == live | {base for row, base in base_of.items() if base is not None and row in live}

    @invariant()
    def what_is_named_reads_as_it_was_put(self) -> None:
        values = {
            key(name, version): value(name, version)
            for files in self.snapshots.values()
            for name, version in files.items()
        }
        assert self.store.rows(RowKind.FACTS, values) == values
        base_of = bases(self.home)
        assert all(base is None or base_of[base] is None for base in base_of.values()), "a change of a change"

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


Collected.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestCollected = pytest.mark.slow(Collected.TestCase)
