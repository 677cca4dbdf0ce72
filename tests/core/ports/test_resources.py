"""What a process keeps in memory beside its open stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from aura_core.ports.resources import Resources


class Counts:
    pass


class Handle:
    closed = 0

    def close(self) -> None:
        Handle.closed += 1


def test_each_class_has_one_object_until_the_resources_are_closed() -> None:
    resources, others = Resources(), Resources()
    counts = resources.get(Counts)
    assert resources.get(Counts) is counts
    assert others.get(Counts) is not counts
    resources.close()
    assert resources.get(Counts) is not counts


def test_closing_closes_what_can_be_closed_once() -> None:
    resources = Resources()
    resources.get(Counts)
    resources.get(Handle)
    resources.close()
    resources.close()
    assert Handle.closed == 1


def test_threads_get_the_same_object() -> None:
    resources = Resources()
    with ThreadPoolExecutor(8) as threads:
        objects = list(threads.map(lambda _: resources.get(Counts), range(100)))
    assert len({id(each) for each in objects}) == 1
