"""Indexing first: shared, watched, given up in time, and stopped with the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from aura_core.errors import GitFailed, SnapshotNotReady
from aura_mcp.indexer import LocalIndexer, Progress, QueueIndexer
from tests.api.fake import FakeAura
from tests.support import PATIENCE_SECONDS


class Indexing(FakeAura):
    """Reports progress and then waits to be let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.runs = 0
        self.error: Exception | None = None
        self.stopped = False

    def index(self, text: str, *, revision: str = "", progress: Callable[[str, int, int], None]) -> None:
        self.runs += 1
        try:
            progress("wait", 0, 0)
            progress("parse", 1_200, 2_400)
            while not self.go.wait(0.01):
                progress("parse", 600, 2_400)
            progress("snapshot", 1, 2)
        except Exception:
            self.stopped = True
            raise
        if self.error is not None:
            raise self.error


def _until(poll: Callable[[], Progress], condition: Callable[[Progress], bool]) -> Progress:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition(progress := poll()):
        assert time.monotonic() < end, f"still {progress}"
        time.sleep(0.01)
    return progress


def test_questions_share_one_indexing_and_see_how_far_it_is() -> None:
    aura, indexer = Indexing(), LocalIndexer()
    polls = [lambda: indexer.poll(cast(Any, aura), "shop", "")] * 3
    for poll in polls:
        _until(poll, lambda progress: progress.text == "parse 600 of 2,400 (step 1 of 5)")
    progress = polls[0]()
    assert (progress.done, progress.total, progress.over) == (0.5, 5, False), "progress never goes back"
    aura.go.set()
    assert _until(polls[0], lambda progress: progress.over).text == "indexed"
    assert aura.runs == 1


def test_another_revision_is_another_indexing_and_a_later_question_begins_again() -> None:
    aura, indexer = Indexing(), LocalIndexer()
    aura.go.set()
    for revision in ("", "abc", ""):
        _until(
            lambda revision=revision: indexer.poll(cast(Any, aura), "shop", revision), lambda progress: progress.over
        )  # type: ignore[misc]
    assert aura.runs == 3


def test_what_made_it_fail_is_said_once_and_then_it_is_tried_again() -> None:
    aura, indexer = Indexing(), LocalIndexer()
    aura.go.set()
    aura.error = GitFailed("No network.")
    with pytest.raises(GitFailed):
        _until(lambda: indexer.poll(cast(Any, aura), "shop", ""), lambda progress: progress.over)
    aura.error = None
    _until(lambda: indexer.poll(cast(Any, aura), "shop", ""), lambda progress: progress.over)


def test_the_end_of_the_server_ends_the_indexing_at_its_next_step() -> None:
    aura, indexer = Indexing(), LocalIndexer()
    _until(lambda: indexer.poll(cast(Any, aura), "shop", ""), lambda progress: progress.done > 0)
    indexer.stop()
    assert aura.stopped


class Queue(FakeAura):
    """Publishes when told; ``age`` is the indexer's last beat."""

    def __init__(self) -> None:
        super().__init__()
        self.published = False
        self.age: float | None = 1.0
        self.events = {"received": 1}
        self.message = ""

    def status(self, text: str) -> Any:
        status = super().status(text)
        assert status.last_run is not None
        return replace(status, events=self.events, last_run=replace(status.last_run, message=self.message))

    def at(self, text: str, revision: str = "", *, local: bool | None = None) -> Any:
        if not self.published:
            raise SnapshotNotReady("Nothing yet.", wanted="a" * 40, indexed=None)
        return super().at(text, revision)

    def health(self) -> dict[str, Any]:
        return {"indexer_age_seconds": self.age}


def test_the_queue_is_asked_once_and_looked_at_until_it_is_published() -> None:
    aura, indexer = Queue(), QueueIndexer()
    assert not indexer.poll(cast(Any, aura), "shop", "main").over
    assert not indexer.poll(cast(Any, aura), "shop", "main").over
    assert [arguments for name, arguments in aura.calls if name == "sync"] == [("shop", "mcp", "main", None)]
    aura.published = True
    assert indexer.poll(cast(Any, aura), "shop", "main").over


def test_a_wish_that_was_given_up_is_made_again_and_its_reason_told() -> None:
    aura, indexer = Queue(), QueueIndexer()
    aura.events, aura.message = {"dead": 1}, "the disk is full"
    assert (
        indexer.poll(cast(Any, aura), "shop", "").text
        == "waiting for a run to begin; the last run said: the disk is full"
    )
    aura.events = {"taken": 1}
    assert indexer.poll(cast(Any, aura), "shop", "").text.startswith("a run has begun")
    assert aura.names().count("sync") == 2


@pytest.mark.parametrize("age", [None, 61.0])
def test_without_an_indexer_nobody_waits(age: float | None) -> None:
    aura = Queue()
    aura.age = age
    with pytest.raises(SnapshotNotReady) as caught:
        QueueIndexer().poll(cast(Any, aura), "shop", "")
    assert "start `aura dev`" in caught.value.remedy
    assert caught.value.details["indexed"] is None
