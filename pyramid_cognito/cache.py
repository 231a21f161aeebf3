"""A small bounded cache for many threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class GenerationCache(Generic[K, V]):
    """Keeps the most recently used entries, of a weight of *size* at most, in two generations.

    When the young generation is full it becomes the old one, and what was old and unused is
    forgotten. A hit in the young generation is one dict look-up without a lock.
    """

    def __init__(self, size: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._half = max(1, size // 2)
        self._weigh = weigh
        self._weight = 0
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep an entry, unless it is heavier than a whole generation."""
        weight = self._weigh(value)
        if weight > self._half:
            return
        with self._lock:
            if self._weight + weight > self._half:
                self._old, self._young, self._weight = self._young, {}, 0
            self._young[key] = value
            self._weight += weight

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
