"""One changed file costs what it changes, however many others there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import pytest

from aura_core import indexing
from aura_core.adapters.snapshots.rows import Rows
from aura_core.indexing.steps.parse import key_of
from aura_core.indexing.view_cache import open_view, view_file
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.views import View
from tests.support import GitRepository

MANY = 60


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    """A repository of many files that is indexed."""
    shop.commit({f"many/m{n}.py": f"def f{n}():\n    return {n}\n" for n in range(MANY)})
    repo_id = Aura(stores).add(str(shop.path), from_cli=True).id
    indexing.index(stores, repo_id)
    return repo_id


def test_only_what_has_changed_is_asked_of_the_store(
    stores: Stores, shop: GitRepository, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_counts: list[int] = []

    def counted(method: Any) -> Any:
        def call(
            rows: Rows, kind: Any, keys: Iterable[bytes] | Mapping[bytes, bytes], *like: Mapping[bytes, bytes]
        ) -> Any:
            key_list = keys if isinstance(keys, Mapping) else list(keys)
            key_counts.append(len(key_list))
            return method(rows, kind, key_list, *like)

        return call

    for name in ("touch", "read", "put"):
        monkeypatch.setattr(Rows, name, counted(getattr(Rows, name)))
    key_paths: list[str] = []
    parse_module = import_module("aura_core.indexing.steps.parse")
    monkeypatch.setattr(parse_module, "key_of", lambda file: (key_paths.append(file.path), key_of(file))[1])
    shop.commit({"many/m1.py": "def f1():\n    return 'other'\n"})
    report = indexing.index(stores, repo)
    assert [step.counts["parsed"] for step in report.steps if step.step == "parse"] == [1]
    assert key_paths == ["many/m1.py"]
    assert max(key_counts) <= 3


def test_facts_that_only_an_older_snapshot_names_are_not_made_again(
    stores: Stores, shop: GitRepository, repo: str
) -> None:
    shop.commit(dict.fromkeys(shop.git("ls-files", "many").splitlines()))
    indexing.index(stores, repo)
    shop.commit({"many/again.py": "def again():\n    return 1\n", "many/m2.py": "def f2():\n    return 2\n"})
    report = indexing.index(stores, repo)
    assert [step.counts["parsed"] for step in report.steps if step.step == "parse"] == [1]


def test_a_view_is_opened_once_by_a_process_and_again_when_its_file_is_another(stores: Stores, repo: str) -> None:
    [ref] = stores.catalog.publisher.refs(repo)
    file = view_file(stores, ref.digest)
    first = open_view(stores, ref.digest)
    assert first is not None
    assert open_view(stores, ref.digest) is first
    file.write_bytes(file.read_bytes()[:-1])
    assert open_view(stores, ref.digest) is None
    file.unlink()
    assert open_view(stores, ref.digest) is None
    rebuilt = indexing.ensure_view(stores, repo, ref.sha)
    assert isinstance(rebuilt, View)
    assert rebuilt is not first
