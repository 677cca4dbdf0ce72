"""Manifests as deltas: what goes in comes out, along any history."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura_core.adapters.snapshots.contents import (
    Contents,
    apply_changes,
    changed_entries,
    contents_of,
    pack_change,
    pack_whole,
    unpack_whole,
)
from aura_core.errors import StoreCorrupt
from aura_core.model.snapshot import Manifest, ManifestEntry

KEYS = st.integers(0, 3).map(lambda number: bytes([number]) * 16)
ENTRIES = st.builds(ManifestEntry, KEYS.map(bytes.hex), KEYS, KEYS, KEYS)
PATHS = st.sampled_from(["a.py", "b.py", "c/d.py", "ä/é.md", "%ff.txt", "e f"])
CONTENTS = st.builds(
    lambda entries, skipped, warnings: contents_of(Manifest("r", "s", "d", "v", entries, skipped, tuple(warnings))),
    st.dictionaries(PATHS, ENTRIES),
    st.dictionaries(st.sampled_from(["binary", "ignored"]), st.integers(0, 9)),
    st.lists(st.sampled_from(["one", "two", "three", "\udcff"]), max_size=6),
)


@given(CONTENTS)
def test_whole_contents_come_back(contents: Contents) -> None:
    assert unpack_whole(pack_whole(contents)) == contents


@settings(max_examples=200)
@given(st.lists(CONTENTS, min_size=1, max_size=6))
def test_any_history_of_changes_ends_at_its_last_state(history: list[Contents]) -> None:
    changes = [pack_change(old, new) for old, new in pairwise(history)]
    ended = apply_changes(history[0], changes)
    assert ended == history[-1]
    assert list(ended.entries) == sorted(ended.entries)


@given(CONTENTS, CONTENTS)
def test_changed_entries_are_those_that_the_old_state_does_not_vouch_for(old: Contents, new: Contents) -> None:
    put = changed_entries(old, new)
    assert all(old.entries.get(path) != entry for path, entry in put.items())
    assert {**old.entries, **put}.items() >= new.entries.items()


@given(st.binary(max_size=60))
def test_bytes_that_are_no_manifest_are_corrupt(data: bytes) -> None:
    with pytest.raises(StoreCorrupt):
        unpack_whole(data)
