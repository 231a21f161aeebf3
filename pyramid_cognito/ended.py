"""What was ended before its time in this process: single sessions, and all of a person's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T", int, float)


class _Ended(Generic[T]):
    """Times by key; of at most *size* keys, the oldest forgotten first."""

    def __init__(self, clock: Callable[[], float], size: int = 20_000) -> None:
        self._times: dict[str, T] = {}
        self._clock = clock
        self._size = size
        self._lock = threading.Lock()

    def _put(self, key: str, time: T) -> None:
        with self._lock:
            self._times.pop(key, None)
            while len(self._times) >= self._size:
                del self._times[next(iter(self._times))]
            self._times[key] = time


class EndedSessions(_Ended[float]):
    """Sessions by id, and until when each would have lasted."""

    def add(self, session_id: str, until: float) -> None:
        """End a session."""
        self._put(session_id, until)

    def __contains__(self, session_id: str | None) -> bool:
        return bool(self._times) and self._clock() < self._times.get(session_id or "", 0)


class EndedPeople(_Ended[int]):
    """People by ``sub``, and when all sessions of each were ended."""

    def add(self, sub: str) -> None:
        """End what a person has begun until now."""
        self._put(sub, int(self._clock()))

    def covers(self, sub: str, started_at: int) -> bool:
        """Whether what began then is over."""
        return bool(self._times) and started_at <= self._times.get(sub, -1)

    def next_start(self, sub: str) -> int:
        """When a session that begins now does so, in whole seconds: after those that have ended."""
        return max(int(self._clock()), self._times.get(sub, -1) + 1)
