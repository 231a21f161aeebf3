"""Forgeries by the thousand: whoever lacks the pool's private key gets nothing accepted.

Every forgery is made of right tokens that an attacker may hold, and of the pool's public key.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from random import Random
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_cognito.tokens import InvalidToken, TokenVerifier
from tests.clock import Clock
from tests.jwt_factory import (
    CLIENT_ID,
    ISSUER,
    access_claims,
    base64url,
    id_claims,
    jwks,
    machine_claims,
    make_token,
    signing_key,
)

#: as many times, so many forgeries; ``make bench`` makes some more
ROUNDS, FORGERIES = 100, 1_000

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. \n\0%é"
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**31, 2**63, 1.5, "", "Admin", [], {}, ["Admin"], CLIENT_ID, ISSUER),
    *("none", "HS256", "RS256", "RS384", "RS512", "PS256", "ES256", "first", "second", "../first"),
)
NAMES = (
    *("alg", "kid", "typ", "crit", "jwk", "jku", "x5c", "zip", "b64"),
    *("sub", "iss", "exp", "iat", "nbf", "auth_time", "token_use", "client_id", "aud", "act"),
    *("cognito:groups", "username", "cognito:username", "origin_jti", "scope", "custom:domain"),
)

RIGHT = {
    make_token(claims)
    for claims in (
        *(id_claims(), id_claims(**{"cognito:groups": ["Admin"]}), access_claims()),
        *(access_claims(scope="documents/write"), machine_claims(), id_claims(sub="another")),
    )
}
FOREIGN = {make_token(claims, key=signing_key("second")) for claims in (id_claims(),)}
TOKENS = [*sorted(RIGHT), *sorted(FOREIGN)]

VERIFIER = TokenVerifier(ISSUER, CLIENT_ID, jwks, clock=Clock())
PUBLIC = signing_key().private_key.public_key()
MODULUS = PUBLIC.public_numbers().n
HMAC_SECRETS = [
    PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    PUBLIC.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
    json.dumps(signing_key().jwk()).encode(),
    b"",
]

Segments = list[str]


def character(random: Random, token: Segments) -> None:
    """One character is replaced, put in or taken out, anywhere."""
    number = random.randrange(len(token))
    place = random.randrange(len(token[number]))
    put, taken = random.choice([(1, 1), (1, 0), (0, 1)])
    new = random.choice(CHARACTERS) * put
    token[number] = token[number][:place] + new + token[number][place + taken :]


def bits(random: Random, token: Segments) -> None:
    """A few bits of what a segment encodes."""
    number = random.randrange(len(token))
    data = bytearray(decoded(token[number]))
    for _ in range(random.randint(1, 3)):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    token[number] = base64url(data)


def part(random: Random, token: Segments) -> None:
    """A part of a segment goes, comes twice, or changes its place."""
    number = random.randrange(len(token))
    text = token[number]
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    token[number] = random.choice(
        [
            text[:start] + text[end:],
            text[:end] + text[start:],
            text[start:end],
            text[end:] + text[start:end] + text[:start],
        ]
    )


def segment(random: Random, token: Segments) -> None:
    """A segment is another token's, another segment's, or there once more."""
    number = random.randrange(len(token))
    other = random.choice(random.choice(TOKENS).split("."))
    if random.random() < 0.2:
        token.insert(number, other)
    else:
        token[number] = other


def order(random: Random, token: Segments) -> None:
    random.shuffle(token)


def member(random: Random, token: Segments) -> None:
    """Header or claims say something else."""
    number = random.randrange(2)
    members = json_of(token[number])
    members[random.choice(NAMES)] = random.choice(VALUES)
    token[number] = base64url(json.dumps(members).encode())


def spelling(random: Random, token: Segments) -> None:
    """Header or claims say the same in other bytes."""
    number = random.randrange(2)
    members = list(json_of(token[number]).items())
    random.shuffle(members)
    text = json.dumps(
        dict(members), indent=random.choice([None, 0, 1]), separators=random.choice([None, ",:"])
    )
    token[number] = base64url(text.encode() + b" " * random.randrange(2))


def twice(random: Random, token: Segments) -> None:
    """Header or claims say something twice."""
    number = random.randrange(2)
    said = json.dumps({random.choice(NAMES): random.choice(VALUES)})
    text = decoded(token[number]).decode("utf-8", "replace").strip()
    token[number] = base64url(f"{said[:-1]}, {text[1:]}".encode())


def arithmetic(random: Random, token: Segments) -> None:
    """The signature is another number, of the same residue even."""
    number = int.from_bytes(decoded(token[-1]), "big")
    number = random.choice([number + MODULUS, MODULUS - number, -number % MODULUS, number * 2, 1])
    size = max(256, (number.bit_length() + 7) // 8) + random.choice([0, 0, 1])
    token[-1] = base64url(abs(number).to_bytes(size, "big"))


def confusion(random: Random, token: Segments) -> None:
    """The public key is taken for a secret, or there is no signature at all."""
    header = json_of(token[0])
    header["alg"] = random.choice(["HS256", "HS256", "hs256", "none", "None", "RS256"])
    token[:] = [base64url(json.dumps(header).encode()), token[min(1, len(token) - 1)]]
    signed = ".".join(token).encode()
    signature = hmac.digest(random.choice(HMAC_SECRETS), signed, "sha256")
    token.append(random.choice([base64url(signature), ""]))


KINDS: list[Callable[[Random, Segments], None]] = [
    *(character, bits, part, segment, order, member, spelling, twice, arithmetic, confusion)
]


def decoded(text: str) -> bytes:
    """What a segment encodes, of sorts: an earlier mutation may have damaged it."""
    try:
        return base64.urlsafe_b64decode(text.encode() + b"==") or b"\0"
    except ValueError:
        return b"\0"


def json_of(text: str) -> dict[str, Any]:
    try:
        members = json.loads(decoded(text))
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def forged(random: Random) -> str:
    token = random.choice(TOKENS).split(".")
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        token = [text or "A" for text in token]
        random.choice(KINDS)(random, token)
    return ".".join(token)


def accepted(token: str) -> bool:
    try:
        VERIFIER.read(token)
    except InvalidToken:
        return False
    return True


def test_the_tokens_that_are_forged_are_right() -> None:
    assert [token for token in TOKENS if accepted(token)] == sorted(RIGHT)


@settings(max_examples=ROUNDS, deadline=None)
@given(st.integers(0, 2**64))
def test_no_forgery_is_accepted(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - to be had again from its seed
    for _ in range(FORGERIES):
        token = forged(random)
        assert token in RIGHT or not accepted(token)
