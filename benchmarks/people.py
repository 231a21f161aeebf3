"""Signed-in people as Cognito describes them: 3 groups, 6 attributes, a refresh token of 1.8 kB."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

from pyramid_cognito.cookies import TakenCookies
from pyramid_cognito.services import Services
from pyramid_cognito.ticket import Session, Tokens

SETTINGS = {
    "cognito.user_pool_id": "eu-west-1_AbCdEf123",
    "cognito.client_id": "4f1k2j3h4g5f6d7s8a9p0o1i2u",
    "cognito.secret": "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A",
}
GROUPS = ("Admin", "Human Resources", "eu-west-1_Editors")
LIFETIME = 3600
#: more of these people than a process remembers the tickets of
REMEMBERED = 2_500

Claims = dict[str, Any]


def sub(number: int) -> str:
    """The id of one of many people."""
    return f"52b5a4d4-7031-70b3-3c0d-{number:012x}"


def id_claims(number: int = 0, groups: tuple[str, ...] = GROUPS) -> Claims:
    now = int(time.time())
    return {
        "sub": sub(number),
        "cognito:groups": groups,
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "origin_jti": f"0f5c2e7b-1d36-4a8a-a0c7-{number:012x}",
        "event_id": "be1f6b22-7c0f-4d34-9c6c-0f8f6a4b1e21",
        "auth_time": now,
        "exp": now + LIFETIME,
        "iat": now,
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


def token(claims: Claims) -> str:
    """A token of the right shape and size, whose signature is noise: no ticket looks at it.

    Noise is also all that compression can make of a real signature, and of a refresh token.
    """
    header = {"kid": base64.b64encode(os.urandom(32)).decode(), "alg": "RS256"}
    return _joined(_json(header), _json(claims), os.urandom(256))


def tokens(claims: Claims) -> Tokens:
    return Tokens(token(claims), token(access_claims(claims)), _refresh_token())


def session(claims: Claims) -> Session:
    """A session that has just begun."""
    now = int(time.time())
    return Session(
        claims=claims,
        started_at=now,
        auth_time=now,
        tokens_expire_at=now + LIFETIME,
        remember=False,
    )


def cookie(services: Services, number: int = 0) -> str:
    """What the browser of one of many people sends."""
    claims = id_claims(number)
    ticket = services.tickets.seal(session(claims), tokens(claims), lifetime=LIFETIME)
    return in_browser(services, ticket)


def in_browser(services: Services, ticket: str) -> str:
    """The ticket as a browser sends it: one cookie, or more if it is long."""
    headers = services.cookies.write(TakenCookies(), services.cookies.ticket, ticket)
    pairs = [value.partition(";")[0] for name, value in headers if name == "Set-Cookie"]
    return "; ".join(pairs)


def access_claims(claims: Claims) -> Claims:
    shared = ("sub", "cognito:groups", "iss", "origin_jti", "event_id", "auth_time", "exp", "iat")
    return {
        **{name: claims[name] for name in shared},
        "client_id": SETTINGS["cognito.client_id"],
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "jti": "aa0c1b2d-3e4f-4051-8263-748596a7b8c9",
        "username": claims["sub"],
    }


def _refresh_token() -> str:
    header = {"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}
    return _joined(_json(header), *map(os.urandom, (256, 12, 1016, 16)))


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _joined(*parts: bytes) -> str:
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
