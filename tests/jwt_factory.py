"""Keys, key sets and signed tokens as Cognito makes them, and as it never would."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
CLIENT_ID = "4f1k2j3h4g5f6d7s8a9p0o1i2u"
NOW = 1_780_000_000
LIFETIME = 3600
SUB = "6f1f2b1e-9c8d-4a7b-8e6f-5d4c3b2a1908"

ABSENT = object()
"""The value that takes a claim or a member away."""


@dataclass(frozen=True)
class SigningKey:
    """An RSA key pair and the ``kid`` that it is published under."""

    kid: str
    private_key: RSAPrivateKey

    def jwk(self, **changes: object) -> dict[str, Any]:
        """The public half as a member of a JWKS document, with ``changes``."""
        numbers = self.private_key.public_key().public_numbers()
        return changed(
            {
                "alg": "RS256",
                "e": base64url_number(numbers.e),
                "kid": self.kid,
                "kty": "RSA",
                "n": base64url_number(numbers.n),
                "use": "sig",
            },
            changes,
        )

    def sign(self, signed: bytes) -> bytes:
        return self.private_key.sign(signed, PKCS1v15(), SHA256())


@cache
def signing_key(kid: str = "first", bits: int = 2048) -> SigningKey:
    """A key pair, made at the first call and the same ever after."""
    return SigningKey(kid, generate_private_key(public_exponent=65537, key_size=bits))


def jwks(*keys: SigningKey) -> dict[str, Any]:
    """The JWKS document that publishes ``keys`` (by default the first key alone)."""
    return {"keys": [key.jwk() for key in keys or (signing_key(),)]}


def id_claims(*, now: int = NOW, **changes: object) -> dict[str, Any]:
    """The claims of an id token issued at ``now``; a name with ``:`` is given as ``**{...}``."""
    return changed(
        {
            **_common_claims(now),
            "token_use": "id",
            "aud": CLIENT_ID,
            "cognito:username": "ada",
            "email": "ada@example.com",
            "email_verified": True,
            "custom:domain": "example.com",
        },
        changes,
    )


def access_claims(*, now: int = NOW, **changes: object) -> dict[str, Any]:
    """The claims of a person's access token issued at ``now``."""
    return changed(
        {
            **_common_claims(now),
            "token_use": "access",
            "client_id": CLIENT_ID,
            "username": "ada",
            "scope": "aws.cognito.signin.user.admin",
            "version": 2,
        },
        changes,
    )


def machine_claims(*, now: int = NOW, **changes: object) -> dict[str, Any]:
    """The claims of an access token of the client-credentials grant, issued at ``now``."""
    return changed(
        {
            "sub": CLIENT_ID,
            "token_use": "access",
            "scope": "documents/read",
            "auth_time": now,
            "iss": ISSUER,
            "exp": now + LIFETIME,
            "iat": now,
            "version": 2,
            "jti": "0c9b8a7f-1111-4222-8333-444455556666",
            "client_id": CLIENT_ID,
        },
        changes,
    )


def make_token(
    claims: Mapping[str, Any],
    *,
    key: SigningKey | None = None,
    header: Mapping[str, object] | None = None,
) -> str:
    """A token of ``claims`` signed by ``key``; ``header`` holds changes to the usual one."""
    key = key or signing_key()
    return raw_token(
        json.dumps(changed({"kid": key.kid, "alg": "RS256"}, header or {})).encode(),
        json.dumps(claims).encode(),
        key=key,
    )


def raw_token(header: bytes, payload: bytes, *, key: SigningKey | None = None) -> str:
    """A token of exactly these bytes, rightly signed."""
    return sign_segments(base64url(header), base64url(payload), key=key)


def sign_segments(header: str, payload: str, *, key: SigningKey | None = None) -> str:
    """A token of exactly these segments, rightly signed."""
    signed = f"{header}.{payload}"
    return f"{signed}.{base64url((key or signing_key()).sign(signed.encode()))}"


def changed(members: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    merged = {**members, **changes}
    return {name: value for name, value in merged.items() if value is not ABSENT}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_number(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _common_claims(now: int) -> dict[str, Any]:
    return {
        "sub": SUB,
        "cognito:groups": ["Admin", "Human Resources"],
        "iss": ISSUER,
        "origin_jti": "1d2c3b4a-5f6e-4789-90ab-cdef01234567",
        "event_id": "7a6b5c4d-3e2f-4101-9213-141516171819",
        "auth_time": now,
        "exp": now + LIFETIME,
        "iat": now,
        "jti": "9e8d7c6b-5a49-4838-8271-605f4e3d2c1b",
    }
