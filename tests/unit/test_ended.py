"""What was ended before its time."""

from __future__ import annotations

from pyramid_cognito.ended import EndedPeople, EndedSessions
from tests.clock import Clock


def test_ended_sessions_are_forgotten_after_their_time() -> None:
    clock = Clock()
    ended = EndedSessions(clock)
    ended.add("a", clock() + 10)
    assert "a" in ended
    clock.advance(10)
    assert "a" not in ended


def test_people_whose_sessions_were_all_ended_are_bounded_and_the_oldest_go_first() -> None:
    clock = Clock()
    ended = EndedPeople(clock, size=2)
    now = int(clock())
    for sub in ("ada", "grace", "ada", "eve"):
        ended.add(sub)
    assert [ended.covers(sub, now) for sub in ("ada", "grace", "eve")] == [True, False, True]
    assert [ended.next_start(sub) for sub in ("ada", "grace")] == [now + 1, now]
    assert not ended.covers("ada", now + 1)


def test_ended_sessions_are_bounded_and_the_oldest_go_first() -> None:
    clock = Clock()
    ended = EndedSessions(clock, size=2)
    for name in ("a", "b", "a", "c"):
        ended.add(name, clock() + 10)
    assert [name in ended for name in ("a", "b", "c")] == [True, False, True]
