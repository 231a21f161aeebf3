"""One call of a kind at a time, however many threads want its outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")

#: seconds that an outcome is kept for requests that come late
STRAGGLER_TIME = 30
#: seconds that what failed is not tried again
OUTAGE_PAUSE = 5

FlightKey = tuple[str, float]


class Flights(Generic[T]):
    """Calls under way, and their outcomes for a while.

    A call about a session is named by its id and a time, not by its ticket: base64 can spell one
    ticket in many ways.
    """

    def __init__(self, clock: Callable[[], float], size: int = 512) -> None:
        self._flights: dict[FlightKey, tuple[Future[T], float, float]] = {}
        self._clock = clock
        self._size = size
        self._lock = threading.Lock()

    def run(self, key: FlightKey, call: Callable[[], T]) -> T:
        """The outcome of *call*, which the first thread that comes with *key* makes."""
        with self._lock:
            future, settled_at, keep = self._flights.get(key, (None, 0.0, 0.0))
            is_mine = future is None or (future.done() and self._is_over(settled_at, keep))
            if is_mine:
                future = Future()
                self._make_room()
                self._flights[key] = (future, 0.0, 0.0)
        assert future is not None  # noqa: S101
        if is_mine:
            self._fly(key, future, call)
        return future.result()

    def _fly(self, key: FlightKey, future: Future[T], call: Callable[[], T]) -> None:
        keep = float(STRAGGLER_TIME)
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - no thread may wait for ever
            keep = OUTAGE_PAUSE
            future.set_exception(error)
        with self._lock:
            self._flights[key] = (future, self._clock(), keep)

    def _is_over(self, settled_at: float, keep: float) -> bool:
        # a clock that was set back must not keep an outcome for as long as it takes to catch up
        return not 0 <= self._clock() - settled_at < keep

    def _make_room(self) -> None:
        for key, (future, settled_at, keep) in list(self._flights.items()):
            is_over = self._is_over(settled_at, keep)
            if future.done() and (is_over or len(self._flights) >= self._size):
                del self._flights[key]
