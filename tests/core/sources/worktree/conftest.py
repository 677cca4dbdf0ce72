"""A watched checkout, the patience of its watch, and a count of full scans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aura_core.sources.git.objects import GitObjects
from aura_core.sources.worktree import watcher
from aura_core.sources.worktree.checkout import Checkout
from aura_core.sources.worktree.checkout_scan import scan_checkout
from tests.core.sources.worktree.watched_checkout import WatchedCheckout
from tests.support import PATIENCE_SECONDS


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[WatchedCheckout]:
    checkout = WatchedCheckout(tmp_path)
    yield checkout
    checkout.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine events come late; that is no broken watch."""
    monkeypatch.setattr("aura_core.sources.worktree.file_events.SETTLE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def full_scans(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """One entry, HEAD's commit, for each full scan."""
    heads: list[str | None] = []

    def scan(source: GitObjects, head: str | None) -> Checkout | None:
        heads.append(head)
        return scan_checkout(source, head)

    monkeypatch.setattr(watcher, "scan_checkout", scan)
    return heads
