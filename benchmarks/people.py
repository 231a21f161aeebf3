"""Signed-in people as Cognito describes them: 3 groups, 6 attributes, a refresh token of 1.8 kB."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

from pyramid_cognito.services import Services
from pyramid_cognito.ticket import Session, Tokens

SETTINGS = {
    "cognito.user_pool_id": "eu-west-1_AbCdEf123",
    "cognito.client_id": "4f1k2j3h4g5f6d7s8a9p0o1i2u",
    "cognito.secret": "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A",
}
GROUPS = ["Admin", "Human Resources", "eu-west-1_Editors"]
LIFETIME = 3600


def sub(number: int) -> str:
    """The id of one of many people."""
    return f"52b5a4d4-7031-70b3-3c0d-{number:012x}"


def id_claims(number: int = 0) -> dict[str, Any]:
    return {
        **_common_claims(number),
        "aud": SETTINGS["cognito.client_id"],
        "cognito:username": sub(number),
        "token_use": "id",
        "jti": "7f3a9d55-6c1e-4c65-8f0b-b7e0a1c2d3e4",
        "email": "ada.lovelace@example.com",
        "email_verified": True,
        "name": "Ada Lovelace",
        "phone_number": "+441234567890",
        "phone_number_verified": True,
        "custom:domain": "example.com",
        "custom:department": "Engineering",
        "custom:tenant": "acme-0042",
    }


def tokens(number: int = 0) -> Tokens:
    """Tokens of the right shape and size; their signatures are noise, as no ticket looks at them.

    Noise is also all that compression can make of a real signature, and of a refresh token.
    """
    access_claims = {
        **_common_claims(number),
        "client_id": SETTINGS["cognito.client_id"],
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "jti": "aa0c1b2d-3e4f-4051-8263-748596a7b8c9",
        "username": sub(number),
    }
    header = {"kid": base64.b64encode(os.urandom(32)).decode(), "alg": "RS256"}
    encrypted = {"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}
    return Tokens(
        _joined(_json(header), _json(id_claims(number)), os.urandom(256)),
        _joined(_json(header), _json(access_claims), os.urandom(256)),
        _joined(_json(encrypted), *map(os.urandom, (256, 12, 1016, 16))),
    )


def session(number: int = 0) -> Session:
    now = int(time.time())
    return Session(
        claims=id_claims(number),
        started_at=now,
        auth_time=now,
        tokens_expire_at=now + LIFETIME,
        remember=False,
    )


def ticket_cookies(services: Services, count: int) -> list[str]:
    """What the browsers of *count* people send, each in one cookie."""
    name = services.cookies.ticket
    tickets = (
        services.tickets.seal(session(number), tokens(number), lifetime=LIFETIME)
        for number in range(count)
    )
    return [f"{name}=1{ticket}" for ticket in tickets]


def _common_claims(number: int) -> dict[str, Any]:
    now = int(time.time())
    return {
        "sub": sub(number),
        "cognito:groups": GROUPS,
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "origin_jti": f"0f5c2e7b-1d36-4a8a-a0c7-{number:012x}",
        "event_id": "be1f6b22-7c0f-4d34-9c6c-0f8f6a4b1e21",
        "auth_time": now,
        "exp": now + LIFETIME,
        "iat": now,
    }


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _joined(*parts: bytes) -> str:
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
