"""A clock that stands still until a test moves it."""

from __future__ import annotations

from tests.jwt_factory import NOW


class Clock:
    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
