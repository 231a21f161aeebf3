"""Every check of a token refuses one that is right in all else, and no check goes without."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pyramid_cognito import tokens
from pyramid_cognito.tokens import InvalidToken, TokenVerifier
from tests.clock import Clock
from tests.jwt_factory import (
    ABSENT,
    CLIENT_ID,
    ISSUER,
    NOW,
    access_claims,
    make_token,
    raw_token,
    signing_key,
)

HEADER = b'{"kid": "first", "alg": "RS256"}'
RIGHT = make_token(access_claims())
PUBLISHED = {"keys": [signing_key().jwk(), signing_key("second").jwk(use="enc")]}

VERIFIER = TokenVerifier(ISSUER, CLIENT_ID, lambda: PUBLISHED, clock=Clock())


def but_for(claim: str, value: object) -> str:
    return make_token(access_claims(**{claim: value}))


def under(**changes: object) -> str:
    return make_token(access_claims(), header=changes)


def with_member(text: str) -> str:
    return raw_token(HEADER, f"{json.dumps(access_claims())[:-1]}, {text}}}".encode())


def foreign_signature() -> str:
    return make_token(access_claims(), key=signing_key("third"), header={"kid": "first"})


FAULTS: dict[str, Any] = {
    "TokenTooLarge": but_for("custom:long", "x" * tokens.MAX_TOKEN_CHARACTERS),
    "NotText": RIGHT.encode(),
    "WrongSegments": f"{RIGHT}.e30",
    "InvalidEncoding": f"{RIGHT}=",
    "InvalidJson": with_member('"a": 1,'),
    "NotAnObject": raw_token(HEADER, json.dumps([access_claims()]).encode()),
    "DuplicateName": with_member('"username": "ada"'),
    "InvalidNumber": with_member('"custom:number": NaN'),
    "NestedTooDeeply": with_member(f'"custom:deep": {"[" * 16}{"]" * 16}'),
    "WrongAlgorithm": under(alg="RS384"),
    "UnsupportedHeader": under(crit=[]),
    "InvalidKeyId": under(kid=ABSENT),
    "UnknownKey": under(kid="third"),
    "UnusableKey": make_token(access_claims(), key=signing_key("second")),
    "InvalidSignature": foreign_signature(),
    "InvalidIssuer": but_for("iss", f"{ISSUER}4"),
    "InvalidTokenUse": but_for("token_use", "id"),
    "InvalidAudience": but_for("aud", "another-client"),
    "InvalidClient": but_for("client_id", "another-client"),
    "DerivedToken": but_for("act", {"sub": "someone"}),
    "InvalidExpiry": but_for("exp", ABSENT),
    "Expired": but_for("exp", NOW - 1),
    "InvalidIssueTime": but_for("iat", ABSENT),
    "IssuedInFuture": but_for("iat", NOW + 31),
    "InvalidNotBefore": but_for("nbf", None),
    "NotYetValid": but_for("nbf", NOW + 31),
    "InvalidAuthTime": but_for("auth_time", ABSENT),
    "AuthenticatedInFuture": but_for("auth_time", NOW + 31),
    "InvalidSubject": but_for("sub", ""),
    "InvalidUsername": but_for("username", ""),
    "MachineToken": but_for("username", ABSENT),
    "InvalidOriginJti": but_for("origin_jti", ""),
    "InvalidGroups": but_for("cognito:groups", "Admin"),
    "InvalidScope": but_for("scope", ["openid"]),
}


@pytest.mark.parametrize("check", FAULTS)
def test_a_token_with_one_fault_is_refused_for_it(check: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        # twice: what was once refused may not pass as seen before
        [VERIFIER.verify(FAULTS[check], "access") for _ in range(2)]

    assert type(caught.value).__name__ == check


@pytest.mark.parametrize("check", FAULTS)
def test_a_refused_token_spoils_no_right_one(check: str) -> None:
    with pytest.raises(InvalidToken):
        VERIFIER.verify(FAULTS[check], "access")

    assert VERIFIER.verify(RIGHT, "access") == access_claims()


def test_there_is_a_fault_for_every_check() -> None:
    kinds = {name: kind for name, kind in vars(tokens).items() if is_check(kind)}
    # both stand for others: no check raises them
    assert FAULTS.keys() == kinds.keys() - {"InvalidToken", "InvalidClaim"}


def is_check(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, InvalidToken)
