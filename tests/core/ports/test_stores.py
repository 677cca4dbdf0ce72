"""Open stores under changed settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura_core.ports.stores import FIXED_SETTINGS, Stores
from aura_core.sources import identify


def test_sources_go_by_the_changed_settings_too(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "long.py").write_text("x = 1\n" * 1_000)
    repository = identify(str(folder), from_cli=True)
    trees = [each.sources.open(repository).worktree() for each in (stores, stores.with_settings(max_file_bytes=1_000))]
    assert [len(tree.files) for tree in trees if tree is not None] == [1, 0]


@pytest.mark.parametrize("name", sorted(FIXED_SETTINGS))
def test_settings_that_open_stores_have_read_are_fixed(stores: Stores, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        stores.with_settings(**{name: getattr(stores.settings, name)})
