from __future__ import annotations

import threading

from pyramid_cognito.cache import GenerationCache


def test_what_was_put_is_found() -> None:
    cache: GenerationCache[str, int] = GenerationCache(4)
    cache.put("a", 1)
    assert cache.get("a") == 1
    assert cache.get("b") is None


def test_it_never_holds_more_than_its_size() -> None:
    cache: GenerationCache[int, int] = GenerationCache(100)
    for number in range(10_000):
        cache.put(number, number)
        assert len(cache) <= 100


def test_heavy_entries_leave_room_for_fewer() -> None:
    cache: GenerationCache[int, str] = GenerationCache(100, weigh=len)
    for number in range(1000):
        cache.put(number, "x" * (1 + number % 40))
        kept = [cache._young, cache._old]
        assert sum(len(text) for generation in kept for text in generation.values()) <= 100
    cache.put(-1, "x" * 51)
    assert cache.get(-1) is None


def test_what_is_used_outlives_what_is_not() -> None:
    cache: GenerationCache[int, int] = GenerationCache(10)
    cache.put(0, 0)
    for number in range(1, 100):
        cache.put(number, number)
        assert cache.get(0) == 0
    assert cache.get(1) is None


def test_threads_may_share_it() -> None:
    cache: GenerationCache[int, int] = GenerationCache(50)
    wrong: list[int] = []

    def work() -> None:
        for number in range(2000):
            cache.put(number % 70, number % 70)
            found = cache.get(number % 70)
            if found not in (None, number % 70):
                wrong.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) <= 50
