"""A question that takes too long is answered 503 by every door, and the next one is answered as ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.limits import concurrency
from aura_core.model.context import MAX_TASK_CHARS
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.time_limit import time_limit
from tests.api.conftest import NEAR
from tests.support import GitRepository
from tests.work import seconds

READS = {
    "search": {"q": "voucher"},
    "graph/expand": {"symbol": "total_price"},
    "graph/path": {"from": "Cart.checkout", "to": "total_price"},
    "graph/find": {"pattern": "*_voucher"},
}


class Server:
    """The API over a repository with two commits that are indexed."""

    def __init__(self, client: TestClient, repo: str, old: str, new: str) -> None:
        self.client, self.repo, self.old, self.new = client, repo, old, new

    def statuses(self) -> dict[str, int]:
        """The status of each kind of question."""
        root = f"/api/v1/repos/{self.repo}"
        answers = {path: self.client.get(f"{root}/{path}", params=asked) for path, asked in READS.items()}
        answers["export"] = self.client.get(f"{root}/graph/{self.new}")
        answers["diff"] = self.client.get(f"{root}/graph/{self.old}/diff/{self.new}")
        answers["context"] = self.client.post("/api/v1/context", json={"repo": self.repo, "task": "vouchers"})
        for path, answer in answers.items():
            assert answer.status_code == 200 or answer.json()["code"] == "too_slow", (path, answer.text)
        return {path: answer.status_code for path, answer in answers.items()}


@pytest.fixture
def server(stores: Stores, shop: GitRepository) -> Iterator[Server]:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    old = aura.index(repo).sha
    new = shop.commit({"shop/prices.py": "def total_price(lines):\n    return 1\n"})
    aura.index(repo)
    app = create_app(stores.settings, aura)
    with TestClient(app, base_url="http://127.0.0.1:8321", client=NEAR) as client:
        yield Server(client, repo, old, new)


def test_a_question_that_takes_too_long_is_503_and_the_next_one_is_answered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(server.statuses().values()) == {200}
    with monkeypatch.context() as patch:
        patch.setattr(concurrency, "time_limit", lambda _: time_limit(-1.0))
        assert set(server.statuses().values()) == {503}
    assert set(server.statuses().values()) == {200}


@pytest.mark.parametrize("unit", ["a", "a.", "a/", "`", "a.1."])
def test_the_longest_task_of_one_word_takes_a_moment(server: Server, unit: str) -> None:
    task = (unit * MAX_TASK_CHARS)[:MAX_TASK_CHARS]

    def ask() -> None:
        answer = server.client.post("/api/v1/context", json={"repo": server.repo, "task": task})
        assert answer.status_code == 200, answer.text

    assert seconds(ask) < 5
