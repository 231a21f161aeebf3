"""Pages that the embedded pool cannot bring about, and the answers of a pool that can."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from playwright.sync_api import Page, expect

from pyramid_cognito.errors import Context, cognito_error

from .pages import World, submit_unchecked
from .scripted import Answers
from .steps import (
    ACCOUNT,
    CHANGE_PASSWORD,
    DELETE,
    DEVICES,
    EMAIL,
    PASSKEYS,
    PERSONAL_DATA,
    PHONE,
    PROFILE,
    SESSIONS,
    SIGN_IN,
    TWO_FACTOR,
    VERIFY_EMAIL,
    VERIFY_PHONE,
    fill_in_sign_in,
    press,
)

THEN = datetime(2026, 3, 4, 17, 5, tzinfo=timezone.utc)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


@dataclass(frozen=True)
class ScriptedPlace:
    """A page with its heading, where the pool answers ``answers`` besides the usual.

    It is that of ada, signed in with ``session``, or where that is None of somebody who enters
    a password. ``press`` names the button that is then pressed, in a form without any entry.
    ``lacks`` is a CSS selector of what must not be there.
    """

    name: str
    path: str
    heading: str
    answers: Answers = field(default_factory=dict)
    session: Mapping[str, Any] | None = field(default_factory=dict)
    press: str | None = None
    lacks: str | None = None

    def visit(self, page: Page, world: World) -> None:
        site = world.scripted
        site.answers = {**USUAL, **self.answers}
        if self.session is not None:
            page.context.add_cookies(site.cookies(**self.session))
        page.goto(site.url + self.path)
        if self.session is None:
            fill_in_sign_in(page, "ada")
            press(page, "Sign in")
        if self.press is not None:
            submit_unchecked(page, self.press)
        if self.lacks is not None:
            expect(page.locator(self.lacks)).to_have_count(0)


def _attributes(**attributes: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def _device(key: str, name: str | None, status: str = "remembered") -> dict[str, Any]:
    named = {"device_name": name} if name else {}
    told = {**named, "last_ip_used": "203.0.113.7", "dev:device_remembered_status": status}
    return {
        "DeviceKey": f"eu-west-1_{key * 8}-1111-2222-3333-444444444444",
        "DeviceAttributes": _attributes(**told),
        "DeviceCreateDate": THEN,
        "DeviceLastAuthenticatedDate": THEN,
    }


def _session(number: int, device_type: str, **more: Any) -> dict[str, Any]:
    return {
        "SessionId": f"00000000-0000-4000-8000-00000000000{number}",
        "DeviceType": device_type,
        "CreateDate": THEN,
        "LastActiveDate": THEN,
        "LastIPAddress": "2001:db8:1234:5678:9abc:def0:1234:5678",
        **more,
    }


def _passkey(number: int, name: str) -> dict[str, Any]:
    return {
        "CredentialId": f"credential-{number}",
        "FriendlyCredentialName": name,
        "RelyingPartyId": "example.com",
        "AuthenticatorAttachment": "platform",
        "AuthenticatorTransports": ["internal", "hybrid"],
        "CreatedAt": THEN,
    }


def _user(**attributes: str) -> dict[str, Any]:
    return {"Username": "ada", "UserAttributes": _attributes(**attributes)}


def after_the_password(name: str, **parameters: str) -> Answers:
    return {
        "RespondToAuthChallenge": {
            "ChallengeName": name,
            "Session": "a session of Cognito's",
            "ChallengeParameters": parameters,
        }
    }


FACTORS = ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"]
EVERYTHING = {
    "name": f"Ada {LONG_NAME}",
    "email": f"ada.{LONG_NAME.lower()}@mail.example.com",
    "email_verified": "true",
    "phone_number": "+442079460958",
    "phone_number_verified": "true",
    "address": "1 Long Street\nLondon",
    "birthdate": "1815-12-10",
    "locale": "en-GB",
    "zoneinfo": "America/Argentina/ComodRivadavia",
    "website": "https://example.com/" + "a-long-path/" * 8,
    "custom:newsletter": "true",
    "custom:shoe_size": "39.5",
    "custom:joined": "2026-03-04",
    "sub": "0d4f6a2e-0000-4000-8000-000000000001",
}
USUAL: Answers = {
    "GetUser": {
        **_user(**EVERYTHING),
        "UserMFASettingList": FACTORS,
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
    },
    "GetUserAuthFactors": {
        "Username": "ada",
        "UserMFASettingList": FACTORS,
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP"],
    },
    "ListDevices": {
        "Devices": [
            _device("a", "Firefox on Linux"),
            _device("b", LONG_NAME, "not_remembered"),
            _device("c", None),
        ]
    },
    "ListUserSessions": {
        "Sessions": [
            _session(1, "Windows 11, Chrome"),
            _session(2, "macOS, Safari", IsCurrentSession=True),
            _session(3, "unknown", LastLocation={"City": "Villeneuve-d'Ascq", "Country": "France"}),
        ]
    },
    "ListWebAuthnCredentials": {"Credentials": [_passkey(1, "Telephone"), _passkey(2, LONG_NAME)]},
    "InitiateAuth": {
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": "ada",
            "SALT": "12ab" * 8,
            "SRP_B": "12ab" * 192,
            "SECRET_BLOCK": "AAAA" * 300,
        },
    },
    "AssociateSoftwareToken": {
        "SecretCode": "JBSWY3DPEHPK3PXP" * 3,
        "Session": "the session that follows it",
    },
}
UNCONFIRMED = {
    "GetUser": _user(
        **EVERYTHING | {"email_verified": "false", "phone_number_verified": "false"},
    )
}
SETUP = after_the_password("MFA_SETUP", MFAS_CAN_SETUP=json.dumps(["SOFTWARE_TOKEN_MFA"]))
CHOICE = after_the_password("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE=json.dumps(FACTORS))
WAYS: Answers = {
    "RespondToAuthChallenge": {
        "ChallengeName": "SELECT_CHALLENGE",
        "Session": "a session of Cognito's",
        "AvailableChallenges": ["PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"],
    }
}
AWAY = {"GetUser": cognito_error("ServiceUnavailable")}
TOO_MANY = cognito_error("TooManyRequestsException", retry_after=90, context=Context.SIGNED_IN)
ELSEWHERE = {
    "claims": {
        "cognito:username": "Example_ada",
        "identities": [{"providerName": "Example", "userId": "ada"}],
    }
}

PASSWORD = "input[type=password]"

SCRIPTED_PLACES = (
    ScriptedPlace("an account with everything", ACCOUNT, "Your account"),
    ScriptedPlace("a profile with everything", PROFILE, "Your profile"),
    ScriptedPlace("an unconfirmed address", EMAIL, "E-mail address", UNCONFIRMED),
    ScriptedPlace("an unconfirmed number", PHONE, "Telephone number", UNCONFIRMED),
    ScriptedPlace(
        "the code of an address",
        f"{VERIFY_EMAIL}?to=a***@e***&reason=sent",
        "Enter your code",
    ),
    ScriptedPlace(
        "too many codes",
        VERIFY_PHONE,
        "Enter your code",
        {"GetUserAttributeVerificationCode": TOO_MANY},
        press="Send another code",
    ),
    ScriptedPlace("three second factors", TWO_FACTOR, "Two-factor sign-in"),
    ScriptedPlace("three second factors to come", TWO_FACTOR, "Two-factor sign-in", UNCONFIRMED),
    ScriptedPlace(
        "a second factor that must stay",
        TWO_FACTOR,
        "Two-factor sign-in",
        {"SetUserMFAPreference": cognito_error("InvalidParameterException")},
        press="Turn off Authenticator app",
    ),
    ScriptedPlace("devices", DEVICES, "Devices"),
    ScriptedPlace("no devices", DEVICES, "Devices", {"ListDevices": {"Devices": []}}),
    ScriptedPlace(
        "a device that is gone",
        DEVICES,
        "Devices",
        {"ForgetDevice": cognito_error("ResourceNotFoundException", context=Context.SIGNED_IN)},
        press="Forget Firefox on Linux",
    ),
    ScriptedPlace("sessions", SESSIONS, "Where you are signed in"),
    ScriptedPlace("passkeys", PASSKEYS, "Passkeys"),
    ScriptedPlace(
        "no passkeys", PASSKEYS, "Passkeys", {"ListWebAuthnCredentials": {"Credentials": []}}
    ),
    ScriptedPlace("personal data of every kind", PERSONAL_DATA, "Your personal data"),
    ScriptedPlace(
        "a sign-in of an hour ago",
        CHANGE_PASSWORD,
        "Enter your password again",
        session={"auth_time": int(time.time()) - 3600},
    ),
    ScriptedPlace(
        "no password to change",
        CHANGE_PASSWORD,
        "There is no password to change",
        session=ELSEWHERE,
        lacks=PASSWORD,
    ),
    ScriptedPlace(
        "deletion without a password",
        DELETE,
        "Delete your account",
        session=ELSEWHERE,
        lacks=PASSWORD,
    ),
    ScriptedPlace("too many requests", ACCOUNT, "Too many requests", {"GetUser": TOO_MANY}),
    ScriptedPlace("a pool that is away", ACCOUNT, "Please try again shortly", AWAY),
    ScriptedPlace(
        "a first authenticator", SIGN_IN, "Set up an authenticator app", SETUP, session=None
    ),
    ScriptedPlace(
        "a first authenticator without its code",
        SIGN_IN,
        "Set up an authenticator app",
        SETUP,
        session=None,
        press="Save and sign in",
    ),
    ScriptedPlace(
        "a choice of second factors", SIGN_IN, "Choose how to go on", CHOICE, session=None
    ),
    ScriptedPlace(
        "no choice of second factors",
        SIGN_IN,
        "Choose how to go on",
        CHOICE,
        session=None,
        press="Go on",
    ),
    ScriptedPlace(
        "a code by text message",
        SIGN_IN,
        "Enter your code",
        after_the_password("SMS_MFA", CODE_DELIVERY_DESTINATION="+*******0958"),
        session=None,
    ),
    ScriptedPlace(
        "a step that is not offered",
        SIGN_IN,
        "This step is not offered here",
        after_the_password("DEVICE_SRP_AUTH"),
        session=None,
    ),
    ScriptedPlace("ways to sign in", SIGN_IN, "Choose how to go on", WAYS, session=None),
    ScriptedPlace(
        "the password later",
        SIGN_IN,
        "Enter your password",
        after_the_password("PASSWORD"),
        session=None,
    ),
    ScriptedPlace(
        "a passkey",
        SIGN_IN,
        "Use your passkey",
        after_the_password("WEB_AUTHN", CREDENTIAL_REQUEST_OPTIONS='{"challenge": "AAAA"}'),
        session=None,
    ),
    ScriptedPlace(
        "a question of the pool's own",
        SIGN_IN,
        "One more question",
        after_the_password("CUSTOM_CHALLENGE", question="Which was your first telephone?"),
        session=None,
    ),
)
