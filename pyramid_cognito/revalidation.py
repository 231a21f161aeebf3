"""Asks Cognito now and then whether a session still stands (``cognito.revalidate_after``)."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyramid_cognito.cache import GenerationCache
from pyramid_cognito.errors import CognitoError
from pyramid_cognito.flights import Flights

if TYPE_CHECKING:
    from pyramid_cognito.ticket import Session, Tokens

log = logging.getLogger(__name__)

#: sessions of which a process knows when it asked; another is asked about by its tokens' age
REMEMBERED = 10_000
#: seconds that nobody is asked about after Cognito was found away, so that not every session waits
AWAY_PAUSE = 30

#: what GetUser answers about a person or a token that is no longer good; all else is no answer
_REFUSALS = frozenset(
    {
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UnauthorizedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)

#: asks Cognito with the session's tokens; raises CognitoError
Ask = Callable[["Tokens"], object]


class Revalidation:
    """Whether Cognito still takes a session's access token, asked once in a period and process.

    :param ask: GetUser.
    :param period: seconds; 0 never asks.
    """

    def __init__(self, ask: Ask, period: int, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._period = period or math.inf
        self._clock = clock
        self._told_at: GenerationCache[str, float] = GenerationCache(REMEMBERED)
        self._flights: Flights[bool] = Flights(clock)
        self._away_until = 0.0

    def due_at(self, session: Session) -> float:
        """Until then there is no need to ask."""
        issued_at: int = session.claims["iat"]
        told_at = max(issued_at, self._told_at.get(session.id) or 0.0)
        return max(told_at + self._period, self._away_until)

    def confirm(self, session: Session) -> None:
        """Cognito has just issued tokens for the session: that is an answer too."""
        self._told_at.put(session.id, self._clock())

    def is_good(self, session: Session, tokens: Tokens) -> bool:
        """Whether the session goes on: False only where Cognito says no."""
        due_at = self.due_at(session)
        if self._clock() < due_at:
            return True
        return self._flights.run((session.id, due_at), lambda: self._asked(session, tokens))

    def _asked(self, session: Session, tokens: Tokens) -> bool:
        try:
            self._ask(tokens)
        except CognitoError as error:
            if error.code in _REFUSALS and error.status < 500:
                log.info("Cognito does not know a session any more: %s", error.code)
                return False
            log.warning("Whether a session still stands cannot be told now: %s", error.code)
            self._away_until = self._clock() + min(AWAY_PAUSE, self._period)
        self.confirm(session)
        return True
