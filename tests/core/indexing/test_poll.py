"""Polling a mirror that cannot be fetched."""

import time

import pytest

from aura_core.errors import GitFailed
from aura_core.indexing import poll_head
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.sources.git.fetch_failures import MAX_PAUSE_SECONDS, read_failure, record_failure
from tests.support import GitRepository


def test_a_mirror_that_fails_is_left_alone_until_its_next_try(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores)
    repo = aura.add(f"file://{shop.path}", from_cli=True).id
    away = shop.path.with_name("away")
    shop.path.rename(away)
    with pytest.raises(GitFailed):
        poll_head(stores, repo)
    assert not poll_head(stores, repo)
    assert "Fetching has failed once; the next try is at" in aura.status(repo).problem

    with pytest.raises(GitFailed):
        aura.index(repo)  # a person who asks is not kept waiting
    assert "2 times in a row" in aura.status(repo).problem
    away.rename(shop.path)
    assert not poll_head(stores, repo)
    aura.index(repo)
    assert aura.status(repo).problem == ""


def test_pauses_double_up_to_a_limit_and_differ(stores: Stores) -> None:
    file = stores.settings.home / "x.failure.json"
    stores.settings.home.mkdir(exist_ok=True)
    pauses = []
    for _ in range(12):
        record_failure(file, "no", 60.0)
        failure = read_failure(file)
        assert failure is not None
        pauses.append(failure.next_try - time.time())
    assert pauses[0] == pytest.approx(60.0, rel=0.21)
    assert pauses[3] == pytest.approx(480.0, rel=0.21)
    assert pauses[11] == pytest.approx(MAX_PAUSE_SECONDS, rel=0.21)
    assert len(set(pauses[-3:])) == 3
