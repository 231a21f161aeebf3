from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyramid_cognito.flights import Flights
from tests.clock import Clock


def bring(number: int) -> Callable[[], int]:
    return lambda: number


def test_an_outcome_is_kept_for_stragglers_and_then_fetched_anew() -> None:
    clock = Clock()
    flights: Flights[int] = Flights(clock)
    assert flights.run(("session", 0), bring(1)) == 1
    clock.advance(29)
    assert flights.run(("session", 0), bring(2)) == 1
    clock.advance(1)
    assert flights.run(("session", 0), bring(3)) == 3


def test_a_failure_is_kept_for_a_shorter_time() -> None:
    clock = Clock()
    flights: Flights[int] = Flights(clock)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            flights.run(("session", 0), lambda: 1 // 0)
        clock.advance(4)
    clock.advance(1)
    assert flights.run(("session", 0), bring(1)) == 1


def test_a_clock_that_is_set_back_does_not_keep_a_failure() -> None:
    clock = Clock()
    flights: Flights[int] = Flights(clock)
    with pytest.raises(ZeroDivisionError):
        flights.run(("session", 0), lambda: 1 // 0)
    clock.advance(-86400)
    assert flights.run(("session", 0), bring(1)) == 1


def test_outcomes_are_bounded() -> None:
    flights: Flights[int] = Flights(Clock(), size=3)
    for number in range(20):
        flights.run((str(number), 0), bring(number))
    assert len(flights._flights) <= 3


def test_outcomes_past_their_time_are_dropped() -> None:
    clock = Clock()
    flights: Flights[int] = Flights(clock)
    flights.run(("a", 0), bring(1))
    clock.advance(60)
    flights.run(("b", 0), bring(2))
    assert list(flights._flights) == [("b", 0)]


def test_threads_that_wait_share_the_failure_too() -> None:
    flights: Flights[int] = Flights(Clock())
    started, go_on = threading.Event(), threading.Event()

    def fail() -> int:
        started.set()
        go_on.wait(timeout=10)
        raise OSError

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.run, ("session", 0), fail)
        started.wait(timeout=10)
        second = pool.submit(flights.run, ("session", 0), bring(1))
        go_on.set()
    for waiting in (first, second):
        assert isinstance(waiting.exception(), OSError)
