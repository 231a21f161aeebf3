"""What Cognito asks before there are tokens, and the sealed cookie in which that waits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyramid_cognito.ticket import Sealer

#: the second factor of an authenticator app
AUTHENTICATOR = "SOFTWARE_TOKEN_MFA"

#: the answers that each challenge accepts, besides ``userAttributes.`` of a new password
ANSWERS: Mapping[str, frozenset[str]] = {
    "NEW_PASSWORD_REQUIRED": frozenset({"NEW_PASSWORD"}),
    "SOFTWARE_TOKEN_MFA": frozenset({"SOFTWARE_TOKEN_MFA_CODE"}),
    "SMS_MFA": frozenset({"SMS_MFA_CODE"}),
    "EMAIL_OTP": frozenset({"EMAIL_OTP_CODE"}),
    "SELECT_MFA_TYPE": frozenset({"ANSWER"}),
    # VerifySoftwareToken takes these; the answer that follows it is empty
    "MFA_SETUP": frozenset({"SOFTWARE_TOKEN_MFA_CODE", "FRIENDLY_DEVICE_NAME"}),
}

#: what Cognito asks of those alone whose password was right
AFTER_PASSWORD = frozenset(
    {"SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP"}
)

#: the answers that may be left empty
OPTIONAL_ANSWERS = frozenset({"FRIENDLY_DEVICE_NAME"})

_CHOICES = {"SELECT_MFA_TYPE": "MFAS_CAN_CHOOSE", "MFA_SETUP": "MFAS_CAN_SETUP"}

#: the parameters that a page shows or needs; the rest would only make the cookie longer
_KEPT = frozenset(
    {
        "CODE_DELIVERY_DELIVERY_MEDIUM",
        "CODE_DELIVERY_DESTINATION",
        "FRIENDLY_DEVICE_NAME",
        "requiredAttributes",
        *_CHOICES.values(),
    }
)


@dataclass(frozen=True)
class Challenge:
    """A question of Cognito's that must be answered before there are tokens.

    :ivar name: Cognito's ChallengeName.
    :ivar parameters: Cognito's ChallengeParameters that a page may need.
    :ivar username: what the person typed.
    :ivar user_id: the name that Cognito wants in every answer.
    :ivar remember: whether the person asked to stay signed in.
    :ivar subject: the ``sub`` that must come out of it, where someone who is signed in proves
        anew who they are; None for a sign-in.
    :ivar secret: what an authenticator app is to be set up with; None until Cognito has given it.
    """

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    username: str
    user_id: str
    remember: bool
    session: str | None = field(repr=False)
    subject: str | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def choices(self) -> tuple[str, ...]:
        """The second factors to choose from (SELECT_MFA_TYPE) or to set up (MFA_SETUP).

        Each as Cognito spells it there, and as an answer must.
        """
        return _names(self.parameters.get(_CHOICES.get(self.name, ""), "[]"))


class PendingChallenges:
    """Seals a challenge for its own cookie, and opens it."""

    def __init__(self, sealer: Sealer, lifetime: int) -> None:
        self._sealer = sealer
        self.lifetime = lifetime

    def seal(self, challenge: Challenge) -> str:
        """The cookie's value, as short-lived as Cognito's session string."""
        facts = [
            challenge.name,
            {k: v for k, v in challenge.parameters.items() if k in _KEPT},
            challenge.username,
            challenge.user_id,
            challenge.remember,
            challenge.session,
            challenge.subject,
            challenge.secret,
        ]
        return self._sealer.seal(json.dumps(facts).encode(), lifetime=self.lifetime)

    def open(self, value: str) -> Challenge | None:
        """The challenge, or None for what is not ours or past its time."""
        opened = self._sealer.open(value)
        return Challenge(*json.loads(opened.content)) if opened else None


def _names(text: str) -> tuple[str, ...]:
    try:
        names = json.loads(text)
    except ValueError:
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
