"""Questions wait in a bounded queue, and are told when they would wait too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import anyio
import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.limits.concurrency import ConcurrencyLimit, TooBusy, patience_of
from aura_core.settings import Settings
from tests.api.fake import FakeAura
from tests.support import PATIENCE_SECONDS

HERE = ("127.0.0.1", 50_000)


class Gate:
    """Work that goes on until the gate is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)

    def work(self) -> str:
        self.entered.release()
        assert self.opened.wait(PATIENCE_SECONDS)
        return "done"


def waiting_for(limit: ConcurrencyLimit, gate: Gate, callers: int, patience: float | None) -> list[object]:
    """The results of a number of callers after one that keeps the only place until all others have asked."""
    results: list[object] = []

    async def ask() -> None:
        try:
            results.append(await limit.run(gate.work, patience))
        except TooBusy as error:
            results.append(error)

    async def run() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(callers + 1):
                group.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
            gate.opened.set()

    anyio.run(run)
    return results


def test_a_question_beyond_the_queue_is_refused_at_once_and_the_others_are_answered() -> None:
    first, *others = waiting_for(ConcurrencyLimit(1, queue=2), Gate(), 3, 60.0)
    assert isinstance(first, TooBusy)
    assert first.details["retry_after"] >= 1
    assert others == ["done"] * 3


def test_without_a_queue_only_those_that_find_a_place_are_answered() -> None:
    results = waiting_for(ConcurrencyLimit(1, queue=0), Gate(), 1, 60.0)
    assert [type(result) for result in results] == [TooBusy, str]


def test_a_question_that_would_wait_longer_than_its_caller_is_refused_at_once() -> None:
    limit = ConcurrencyLimit(1)

    async def slow_question() -> None:
        await limit.run(lambda: time.sleep(0.3), 60.0)

    anyio.run(slow_question)
    results = waiting_for(limit, Gate(), 1, 0.2)
    assert [type(result) for result in results] == [TooBusy, str]
    assert "0.2 s" in str(results[0])


def test_a_question_whose_wait_was_guessed_too_short_ends_when_its_caller_leaves() -> None:
    limit, gate = ConcurrencyLimit(1), Gate()
    outcome: list[str] = []

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(limit.run, gate.work)
            await anyio.to_thread.run_sync(gate.entered.acquire)
            with pytest.raises(TooBusy):
                await limit.run(gate.work, 0.1)
            outcome.append("refused")
            gate.opened.set()

    anyio.run(run)
    assert outcome == ["refused"]


def test_a_part_of_an_answer_that_has_begun_waits_however_long_the_queue_is() -> None:
    assert waiting_for(ConcurrencyLimit(1, queue=0), Gate(), 3, None) == ["done"] * 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 30.0),
        (["wait=5"], 5.0),
        (["respond-async, wait=7"], 7.0),
        (["return=minimal", 'WAIT="8"'], 8.0),
        (["wait=5; foo=bar"], 5.0),
        (["wait=0"], 0.0),
        (["wait=" + "9" * 5_000], 600.0),
        (["wait=soon"], 30.0),
        (["wait=-1"], 30.0),
        (["wait=²"], 30.0),
    ],
)
def test_a_caller_says_how_long_it_waits(headers: list[str], seconds: float) -> None:
    assert patience_of(headers, 30.0) == seconds


@pytest.fixture
def busy_client(settings: Settings) -> Iterator[tuple[TestClient, Gate]]:
    """A server with one place, which a question holds until the gate opens, and no queue."""
    aura, gate = FakeAura(), Gate()
    app = create_app(replace(settings, queue_length=0), cast(Any, aura))
    with TestClient(app, base_url="http://127.0.0.1:8321", client=HERE) as client:
        app.state.limiter = ConcurrencyLimit(1, queue=0)
        client.portal.start_task_soon(app.state.limiter.run, gate.work)  # type: ignore[union-attr]
        assert gate.entered.acquire(timeout=PATIENCE_SECONDS)
        yield client, gate
        gate.opened.set()


def test_a_full_queue_is_429_with_the_time_to_wait_and_health_goes_on(busy_client: tuple[TestClient, Gate]) -> None:
    client, _ = busy_client
    answer = client.get("/api/v1/repos/shop-1/search", params={"q": "voucher"})
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "too_busy"
    assert answer.headers["retry-after"] == str(answer.json()["retry_after"]) == "1"
    assert client.get("/health").status_code == 200
    assert 'aura_refused_requests_total{code="too_busy"} 1.0' in client.get("/metrics").text
