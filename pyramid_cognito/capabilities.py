"""What the user pool offers, found by asking it: a pool tells its set-up to no one without keys."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyramid_cognito.errors import CognitoError

if TYPE_CHECKING:
    from pyramid_cognito.account import Account
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

#: seconds for which the pool's answer holds
REMEMBERED = 3600

#: feature to the question whose refusal tells that the pool has it not
_QUESTIONS: dict[str, Callable[[Account], object]] = {
    "devices": lambda account: account.list_devices(),
    "sessions": lambda account: account.list_user_sessions(),
    "passkeys": lambda account: account.list_web_authn_credentials(),
}

# The questions have no parameter that a person could get wrong. A pool that does not track devices
# answers InvalidParameterException, or that its set-up is not valid for this.
_NOT_SET_UP = frozenset(
    {
        "InvalidParameterException",
        "InvalidUserPoolConfigurationException",
        "WebAuthnConfigurationMissingException",
    }
)
_NOT_OFFERED = 501


class Capabilities:
    """Which features there are to show, by the settings and by the pool.

    One for a process, safe to share between threads: what one learns all know, and those that
    want to know at the same moment each ask.

    :param clock: seconds since 1970.
    """

    def __init__(self, settings: CognitoSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._answers: dict[str, tuple[bool, float]] = {}

    def offers(self, feature: str, account: Account) -> bool:
        """Whether *feature* is named in ``cognito.features`` and, where only it knows, by the pool.

        Devices, sessions and passkeys are asked for once in an hour, of whoever's *account* comes
        first. A question that could not be answered is answered no, and put again the next time.
        """
        if feature not in self._settings.features:
            return False
        question = _QUESTIONS.get(feature)
        if question is None:
            return True
        answer, until = self._answers.get(feature, (False, 0.0))
        if self._clock() < until:
            return answer
        return self._ask(feature, question, account)

    def _ask(self, feature: str, question: Callable[[Account], object], account: Account) -> bool:
        try:
            question(account)
        except CognitoError as error:
            if error.status != _NOT_OFFERED and error.code not in _NOT_SET_UP:
                log.info("Whether the pool offers %s is not known: %s", feature, error.code)
                return False
            log.info("The pool does not offer %s: %s", feature, error.code)
            offered = False
        else:
            offered = True
        self._answers[feature] = (offered, self._clock() + REMEMBERED)
        return offered
