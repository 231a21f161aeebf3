"""What the user pool offers, found by asking it: a pool tells its set-up to no one without keys."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pyramid_cognito.errors import CognitoError

if TYPE_CHECKING:
    from pyramid_cognito.account import Account
    from pyramid_cognito.settings import CognitoSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

#: seconds for which the pool's answer holds, by whether it offers the feature. What may be found
#: there by mistake is asked for again soon: a page is missing meanwhile.
REMEMBERED = {True: 3600, False: 300}


class _Question(NamedTuple):
    """What tells by its refusal that the pool has a feature not.

    :ivar find: all that a person has of it.
    """

    operation: str
    find: Callable[[Account], Sequence[Any]]


_QUESTIONS: Mapping[str, _Question] = {
    "devices": _Question("ListDevices", lambda account: account.list_devices()),
    "sessions": _Question("ListUserSessions", lambda account: account.list_user_sessions()),
    "passkeys": _Question(
        "ListWebAuthnCredentials", lambda account: account.list_web_authn_credentials()
    ),
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

        Devices, sessions and passkeys are asked for once in an hour, after a "no" once in five
        minutes, of whoever's *account* comes first. A question that could not be answered is
        answered no, and put again the next time: good for a menu, while a page asks `found`.
        """
        if feature not in self._settings.features:
            return False
        question = _QUESTIONS.get(feature)
        if question is None:
            return True
        answer = self._remembered(feature)
        if answer is not None:
            return answer
        try:
            # the first page alone, however many there are
            page = self._ask(feature, lambda: account._own(question.operation))  # noqa: SLF001
        except CognitoError as error:
            log.info("Whether the pool offers %s is not known: %s", feature, error.code)
            return False
        return page is not None

    def found(self, feature: str, account: Account) -> Sequence[Any] | None:
        """The person's devices, sessions or passkeys; None where there is no such *feature*.

        :raises CognitoError: whether there are any could not be found out.
        """
        if feature not in self._settings.features or self._remembered(feature) is False:
            return None
        return self._ask(feature, lambda: _QUESTIONS[feature].find(account))

    def _remembered(self, feature: str) -> bool | None:
        answer, until = self._answers.get(feature, (None, 0.0))
        return answer if self._clock() < until else None

    def _ask(self, feature: str, question: Callable[[], T]) -> T | None:
        """What *question* finds, None where the pool has not the feature; either is remembered."""
        found = None
        try:
            found = question()
        except CognitoError as error:
            if error.status != _NOT_OFFERED and error.code not in _NOT_SET_UP:
                raise
            log.info("The pool does not offer %s: %s", feature, error.code)
        offered = found is not None
        self._answers[feature] = (offered, self._clock() + REMEMBERED[offered])
        return found
