"""The benchmark of one change: it measures all parts, and reports a context that differs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aura_core.model.context import ContextPack, ContextRequest
from aura_core.service import Snapshot
from aura_core.settings import Settings
from benchmarks import bench_advance
from benchmarks.bench_advance import Bench
from benchmarks.random_edits import EditedCheckout
from tests.support import GitRepository


@pytest.fixture
def bench(shop: GitRepository, tmp_path: Path, settings: Settings) -> Iterator[Bench]:
    bench = Bench(EditedCheckout(shop.path, tmp_path / "checkout"), settings)
    yield bench
    bench.stores.close()


def test_each_commit_is_indexed_in_six_parts_and_its_contexts_are_those_of_a_rebuilt_view(bench: Bench) -> None:
    bench.bring_in()
    sha = bench.checkout.commit(1)
    assert len(bench.bring_in()) == 6
    assert [ref.sha for ref in bench.stores.catalog.publisher.refs(bench.repo)] == [sha]
    bench.compare()
    assert (bench.comparisons, bench.differences) == (len(bench_advance.TASKS), [])


def test_a_context_that_differs_is_reported(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.bring_in()
    context = Snapshot.context

    def by_cache(snapshot: Snapshot, request: ContextRequest) -> ContextPack:
        cache = snapshot.open_repository.stores.settings.cache_folder
        return replace(context(snapshot, request), text=str(cache))

    monkeypatch.setattr(Snapshot, "context", by_cache)
    bench.compare()
    assert len(bench.differences) == bench.comparisons
    assert "DIFFERS" in capsys.readouterr().out


def test_nothing_is_measured_without_a_commit(bench: Bench) -> None:
    bench.bring_in()
    with pytest.raises(SystemExit):
        bench.bring_in()


def test_edits_are_the_same_every_time_and_parse(shop: GitRepository, tmp_path: Path) -> None:
    trees = set()
    for name in ("one", "other"):
        checkout = EditedCheckout(shop.path, tmp_path / name)
        checkout.commit(1)
        checkout.commit(len(checkout.python()))
        trees.add(checkout.git("rev-parse", "HEAD^{tree}"))
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(checkout.path / "shop")], check=True)
    assert len(trees) == 1


def test_a_saved_edit_of_a_watched_checkout_is_measured_until_its_answer(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_advance, "SAVES", 2)
    bench.bring_in()
    bench.floors.append(1.0)
    bench_advance.measure_saved_edits(bench)
    assert "watched" in capsys.readouterr().out
