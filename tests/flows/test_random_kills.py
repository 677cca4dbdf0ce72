"""Syncs and collections killed at random points: whatever was published stays, and the next sync gives the digest of a
clean index.

``AURA_TEST_KILLS`` says how many (``make test-kills N=200``).
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aura_core import indexing
from aura_core.adapters import open_vectors
from aura_core.adapters.database import Database
from aura_core.embedding import static_embedder
from aura_core.indexing.snapshot_reader import read_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.core.adapters.processes import CONTEXT
from tests.support import PATIENCE_SECONDS, GitRepository, expire_lease

KILLS = int(os.environ.get("AURA_TEST_KILLS", "6"))
DIE_AT = "die-at"
COUNTED = "counted"


def settings_of(home: Path) -> Settings:
    return Settings(home=home, workers=1, keep_snapshots=2, keep_days=0, gc_grace_hours=0)


def work(home: Path, ready: Any, die_at: int) -> None:
    """Sync and collect; die before disk operation ``die_at`` (0: only when somebody else sends the signal), and write
    down how many there were.
    """
    count = 0

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **keywords: Any) -> Any:
            nonlocal count
            count += 1
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **keywords)

        return counted

    stores = open_stores(settings_of(home))
    repo = stores.catalog.repositories.list()[0].id
    os.fsync, os.replace, os.pwrite = counting(os.fsync), counting(os.replace), counting(os.pwrite)
    Database.write = counting(Database.write)  # type: ignore[method-assign]
    Database.checkpoint = counting(Database.checkpoint)  # type: ignore[method-assign]
    statement_counter(counting(lambda *_: None))
    ready.set()
    indexing.index(stores, repo)
    # On a clock that is ahead: vectors of this very minute would stay.
    later = replace(stores, vectors=open_vectors(stores.settings, clock=lambda: time.time() + 120))
    indexing.collect_garbage(later)
    (home / COUNTED).write_text(str(count))


def statement_counter(count: Callable[..., Any]) -> None:
    """Count every statement and commit too: transactions are killed in their middle."""
    from sqlalchemy import Engine, event

    event.listen(Engine, "before_cursor_execute", lambda *arguments: count())
    event.listen(Engine, "commit", lambda connection: count())


def run(home: Path, die_at: int = 0, after: float | None = None) -> int:
    """The exit code of a process that works, killed from outside ``after`` so many seconds."""
    ready = CONTEXT.Event()
    process = CONTEXT.Process(target=work, args=(home, ready, die_at))
    process.start()
    assert ready.wait(PATIENCE_SECONDS)
    if after is not None:
        time.sleep(after)
        process.kill()
    process.join(PATIENCE_SECONDS)
    code = process.exitcode
    process.close()
    assert code is not None
    return code


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    stores = open_stores(settings_of(tmp_path / "aura-home"))
    yield stores
    stores.close()


def change(shop: GitRepository, number: int) -> None:
    """A commit that adds, edits and deletes files with links among them."""
    prices = f"def total_price(lines, voucher=None):\n    return round({number})\n\n\n"
    prices += "def apply_voucher(amount, voucher):\n    return amount\n"
    part = f"from shop.prices import total_price\n\n\ndef part_{number}():\n    return total_price([])\n"
    files: dict[str, str | bytes | None] = {"shop/prices.py": prices, f"shop/part{number}.py": part}
    if number > 2:
        files[f"shop/part{number - 2}.py"] = None
    shop.commit(files, f"Change {number}.")


def readable(stores: Stores, repo: str) -> str:
    """The published digest, after reading all that it stands on."""
    for name in ("catalog.db", "store.db"):
        connection = sqlite3.connect(stores.settings.home / name)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
    (ref,) = stores.catalog.publisher.refs(repo)
    for info in stores.snapshots.snapshots(repo):
        manifest = stores.snapshots.manifest(repo, info.sha)
        assert manifest is not None
        for kind, field in ((RowKind.FACTS, "facts"), (RowKind.FRAGMENT, "fragment"), (RowKind.READS, "reads")):
            keys = {getattr(entry, field) for entry in manifest.entries.values()}
            assert stores.snapshots.rows(kind, keys).keys() == keys
    published, model = stores.snapshots.manifest(repo, ref.sha), static_embedder()
    assert published is not None
    texts = {key for path, facts in read_facts(stores, published.entries) for key in model.text_keys(path, facts)}
    assert stores.vectors.touch(model.id, texts) == texts
    view = indexing.ensure_view(stores, repo, ref.sha)
    assert view.node("shop/prices.py::total_price") is not None
    assert not view.dangling()
    return ref.digest


def clean_digest(home: Path, shop: GitRepository) -> str:
    stores = open_stores(Settings(home=home, workers=1))
    digest = indexing.index(stores, Aura(stores).add(str(shop.path), from_cli=True).id).digest
    stores.close()
    return digest


@pytest.mark.slow
@pytest.mark.timeout(max(900, 20 * KILLS))
def test_whatever_is_killed_wherever_the_store_stays_readable_and_the_next_sync_is_right(
    tmp_path: Path, stores: Stores, shop: GitRepository
) -> None:
    home, chance = stores.settings.home, random.Random(int(os.environ.get("AURA_TEST_SEED", "1")))
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    change(shop, 0)
    assert run(home) == 0
    change(shop, 1)
    started = time.monotonic()
    assert run(home) == 0
    pace, total = time.monotonic() - started, int((home / COUNTED).read_text())
    killed, halfway, ahead = 0, 0, 0
    for number in range(2, KILLS + 2):
        old = readable(stores, repo)
        change(shop, number)
        new = clean_digest(tmp_path / f"clean{number}", shop)
        code = run(home, die_at=chance.randint(1, total)) if number % 2 else run(home, after=chance.uniform(0, pace))
        killed += code == -signal.SIGKILL
        digest = readable(stores, repo)
        assert digest in (old, new), "an answer that nobody made"
        halfway += digest == old
        ahead += digest == new
        expire_lease(stores, repo)
        assert indexing.index(stores, repo).digest == new, f"after kill {number - 1}"
        assert readable(stores, repo) == new
    print(f"{killed} of {KILLS} killed before their end; {halfway} before publishing, {ahead} after")
    print(f"{total} disk operations in a run")
    assert killed >= KILLS // 2
    assert halfway
