"""The cache that a process keeps in memory."""

from __future__ import annotations

import threading

from aura_core.lru import LruCache


def test_the_least_recently_used_value_goes_first() -> None:
    cache: LruCache[str, int] = LruCache(2)
    assert (cache.put("a", 1), cache.put("b", 2)) == ([], [])
    assert cache.get("a") == 1
    assert cache.put("c", 3) == [2]
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_storing_a_key_again_replaces_its_value_and_counts_as_a_use() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.put("a", 3) == []
    assert cache.put("c", 4) == [2]
    assert cache.values() == [3, 4]


def test_weights_are_bounded_but_the_newest_value_stays() -> None:
    cache: LruCache[str, str] = LruCache(10, len)
    cache.put("a", "12345")
    cache.put("b", "12345")
    assert cache.put("c", "1") == ["12345"]
    assert cache.put("d", "x" * 100) == ["12345", "1"]
    assert cache.get("d") == "x" * 100


def test_a_value_that_is_taken_out_is_no_longer_in_the_cache() -> None:
    cache: LruCache[str, int] = LruCache(3)
    cache.put("a", 1)
    cache.put("b", 2)
    assert (cache.pop("a"), cache.pop("a"), cache.get("a")) == (1, None, None)
    assert (cache.clear(), cache.values()) == ([2], [])


def test_threads_share_it() -> None:
    cache: LruCache[int, int] = LruCache(10)

    def work() -> None:
        for number in range(2_000):
            cache.put(number % 17, number)
            cache.get((number + 5) % 17)
            if number % 100 == 0:
                cache.pop(number % 17)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.put(17, 17)
    values = cache.values()
    assert len(values) == len(cache.clear()) == 10
    assert values[-1] == 17
