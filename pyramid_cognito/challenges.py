"""What Cognito asks before there are tokens, and the sealed cookie in which that waits."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyramid_cognito.errors import cognito_error
from pyramid_cognito.ticket import MAX_SEALED, Sealer

log = logging.getLogger(__name__)

#: the second factor of an authenticator app
AUTHENTICATOR = "SOFTWARE_TOKEN_MFA"

#: the answers that each challenge accepts, besides ``userAttributes.`` of a new password
ANSWERS: Mapping[str, frozenset[str]] = {
    "NEW_PASSWORD_REQUIRED": frozenset({"NEW_PASSWORD"}),
    "SOFTWARE_TOKEN_MFA": frozenset({"SOFTWARE_TOKEN_MFA_CODE"}),
    "SMS_MFA": frozenset({"SMS_MFA_CODE"}),
    "EMAIL_OTP": frozenset({"EMAIL_OTP_CODE"}),
    "SMS_OTP": frozenset({"SMS_OTP_CODE"}),
    "SELECT_MFA_TYPE": frozenset({"ANSWER"}),
    # VerifySoftwareToken takes these; the answer that follows it is empty
    "MFA_SETUP": frozenset({"SOFTWARE_TOKEN_MFA_CODE", "FRIENDLY_DEVICE_NAME"}),
    # a password is wanted by the choice of one alone
    "SELECT_CHALLENGE": frozenset({"ANSWER", "PASSWORD"}),
    "PASSWORD": frozenset({"PASSWORD"}),
    "PASSWORD_SRP": frozenset({"PASSWORD"}),
    "ADMIN_NO_SRP_AUTH": frozenset({"PASSWORD"}),
    "WEB_AUTHN": frozenset({"CREDENTIAL"}),
    "CUSTOM_CHALLENGE": frozenset({"ANSWER"}),
}

#: the challenges that are answered without asking anyone; out of their place, they are refused
UNASKED = frozenset({"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"})

#: what Cognito asks of those alone whose password was right
AFTER_PASSWORD = frozenset(
    {"SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP"}
)

#: the answers that may be left empty, by challenge
OPTIONAL_ANSWERS: Mapping[str, frozenset[str]] = {
    "MFA_SETUP": frozenset({"FRIENDLY_DEVICE_NAME"}),
    "SELECT_CHALLENGE": frozenset({"PASSWORD"}),
}

#: the challenges that a password answers
PASSWORDS = frozenset({"PASSWORD_SRP", "PASSWORD", "ADMIN_NO_SRP_AUTH"})

#: the ways to sign in whose choice sends a message
MESSAGES = frozenset({"EMAIL_OTP", "SMS_OTP"})

_CHOICES = {
    "SELECT_MFA_TYPE": "MFAS_CAN_CHOOSE",
    "MFA_SETUP": "MFAS_CAN_SETUP",
    "SELECT_CHALLENGE": "AVAILABLE_CHALLENGES",
}

#: the parameters that a page shows or needs; the rest would only make the cookie longer
_KEPT = frozenset(
    {
        "CODE_DELIVERY_DELIVERY_MEDIUM",
        "CODE_DELIVERY_DESTINATION",
        "CREDENTIAL_REQUEST_OPTIONS",
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
    :ivar is_decoy: whether it is ours, in place of one for an account that there is not.
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
    is_decoy: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        """The second factors to choose from (SELECT_MFA_TYPE) or to set up (MFA_SETUP).

        For SELECT_CHALLENGE, the ways to sign in that the site offers too. Each as Cognito spells
        it there, and as an answer must.
        """
        return _names(self.parameters.get(_CHOICES.get(self.name, ""), "[]"))


class PendingChallenges:
    """Seals a challenge for its own cookie, and opens it."""

    def __init__(self, sealer: Sealer, lifetime: int) -> None:
        self._sealer = sealer
        self.lifetime = lifetime

    def seal(self, challenge: Challenge) -> str:
        """The cookie's value, as short-lived as Cognito's session string.

        :raises CognitoError: "TicketTooLong", where a custom challenge has long parameters.
        """
        facts = [
            challenge.name,
            _kept(challenge),
            challenge.username,
            challenge.user_id,
            challenge.remember,
            challenge.session,
            challenge.subject,
            challenge.secret,
            challenge.is_decoy,
        ]
        sealed = self._sealer.seal(json.dumps(facts).encode(), lifetime=self.lifetime)
        if len(sealed) > MAX_SEALED:
            log.error("%s has more parameters than a cookie holds", challenge.name)
            raise cognito_error("TicketTooLong", challenge.name)
        return sealed

    def open(self, value: str) -> Challenge | None:
        """The challenge, or None for what is not ours or past its time."""
        opened = self._sealer.open(value)
        return Challenge(*json.loads(opened.content)) if opened else None


def as_choices(names: Iterable[str]) -> dict[str, str]:
    """Parameters of a SELECT_CHALLENGE between *names*, which Cognito tells beside them."""
    return {_CHOICES["SELECT_CHALLENGE"]: json.dumps(list(names))}


def _kept(challenge: Challenge) -> dict[str, str]:
    # what a custom challenge asks with is the pool's own
    is_custom = challenge.name == "CUSTOM_CHALLENGE"
    return {k: v for k, v in challenge.parameters.items() if is_custom or k in _KEPT}


def _names(text: str) -> tuple[str, ...]:
    try:
        names = json.loads(text)
    except ValueError:
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()
