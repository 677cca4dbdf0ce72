"""The cache of one process."""

from __future__ import annotations

import threading

from aura_core.adapters import LruCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_kept_until_it_expires() -> None:
    clock = Clock()
    cache = LruCache(clock=clock)
    cache.set("a", b"1", 10)
    clock.now = 9.9
    assert cache.get("a") == b"1"
    clock.now = 10
    assert cache.get("a") is None
    assert cache.get("b") is None


def test_setting_again_renews_value_and_time() -> None:
    clock = Clock()
    cache = LruCache(clock=clock)
    cache.set("a", b"1", 10)
    clock.now = 5
    cache.set("a", b"2", 10)
    clock.now = 14
    assert cache.get("a") == b"2"
    cache.set("a", b"3", 0)
    assert cache.get("a") is None


def test_the_least_recently_used_entry_goes_first() -> None:
    cache = LruCache(max_entries=2)
    cache.set("a", b"1", 10)
    cache.set("b", b"2", 10)
    cache.get("a")
    cache.set("c", b"3", 10)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"1", None, b"3")


def test_bytes_are_bounded() -> None:
    cache = LruCache(max_bytes=30)
    for name in "abc":
        cache.set(name, b"0123456789", 10)
    assert [cache.get(name) for name in "abc"] == [None, b"0123456789", b"0123456789"]
    cache.set("d", b"x" * 30, 10)
    assert cache.get("d") is None
    assert cache.get("c") == b"0123456789"
    cache.set("b", b"", 10)
    cache.set("e", b"0123456", 10)
    assert cache.get("c") == b"0123456789"


def test_a_value_that_grew_too_large_leaves_nothing_old_behind() -> None:
    cache = LruCache(max_bytes=30)
    cache.set("a", b"old", 10)
    cache.set("a", b"x" * 30, 10)
    assert cache.get("a") is None


def test_dropping_takes_all_keys_of_a_prefix() -> None:
    cache = LruCache()
    for key in ("shop:1", "shop:2", "shopping", "other"):
        cache.set(key, b"x", 10)
    cache.drop("shop:")
    assert [cache.get(key) for key in ("shop:1", "shop:2", "shopping", "other")] == [None, None, b"x", b"x"]
    cache.drop("")
    assert cache.get("other") is None


def test_threads_share_it() -> None:
    cache = LruCache(max_entries=10)

    def work(part: int) -> None:
        for number in range(2_000):
            cache.set(f"{number % 17}", b"x" * part, 10)
            cache.get(f"{(number + 5) % 17}")
            if number % 100 == 0:
                cache.drop("1")

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.drop("")
    assert cache._bytes == 0
