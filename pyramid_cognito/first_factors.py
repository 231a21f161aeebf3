"""The ways to sign in that USER_AUTH lets people choose, and the choice of who has no account."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pyramid_cognito.challenges import Challenge, as_choices

if TYPE_CHECKING:
    from pyramid_cognito.settings import CognitoSettings

#: in our order, each with the feature that offers it here; None for all sites
_FEATURE_OF: Mapping[str, str | None] = {
    "PASSWORD_SRP": None,
    "PASSWORD": None,
    "EMAIL_OTP": "email_code",
    "SMS_OTP": "sms_code",
    "WEB_AUTHN": "passkeys",
}


def ways(settings: CognitoSettings, available: Collection[str]) -> list[str]:
    """Those of *available* that the site offers too; where a password can be proved, only that."""
    offered = {None, *settings.features}
    found = [way for way, feature in _FEATURE_OF.items() if way in available and feature in offered]
    return [way for way in found if way != "PASSWORD" or "PASSWORD_SRP" not in found]


def decoy(
    settings: CognitoSettings, username: str, remember: bool, session_length: int
) -> Challenge:
    """The SELECT_CHALLENGE of an account with all that the site offers, but for a passkey.

    :param session_length: of others, so that the cookie is as long as theirs.
    """
    return Challenge(
        name="SELECT_CHALLENGE",
        parameters=as_choices(ways(settings, _FEATURE_OF.keys() - {"WEB_AUTHN"})),
        username=username,
        user_id=username,
        remember=remember,
        session=secrets.token_hex(session_length)[:session_length],
        is_decoy=True,
    )


def without_destination(challenge: Challenge) -> Challenge:
    """Where a code goes would tell whoever asks that there is such an account."""
    shown = {k: v for k, v in challenge.parameters.items() if k != "CODE_DELIVERY_DESTINATION"}
    return replace(challenge, parameters=shown)
