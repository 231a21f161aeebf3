from __future__ import annotations

import base64
import hmac
import json
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from pyramid_cognito import tokens
from pyramid_cognito.jwks import VerificationKey
from pyramid_cognito.tokens import (
    AuthenticatedInFuture,
    DerivedToken,
    DuplicateName,
    Expired,
    InvalidAudience,
    InvalidAuthTime,
    InvalidClaim,
    InvalidClient,
    InvalidEncoding,
    InvalidExpiry,
    InvalidGroups,
    InvalidIssuer,
    InvalidIssueTime,
    InvalidJson,
    InvalidKeyId,
    InvalidNotBefore,
    InvalidNumber,
    InvalidOriginJti,
    InvalidScope,
    InvalidSignature,
    InvalidSubject,
    InvalidToken,
    InvalidTokenUse,
    InvalidUsername,
    IssuedInFuture,
    KeysUnavailable,
    MachineToken,
    NestedTooDeeply,
    NotAnObject,
    NotText,
    NotYetValid,
    TokenTooLarge,
    TokenVerifier,
    UnknownKey,
    UnsupportedHeader,
    UnusableKey,
    WrongAlgorithm,
    WrongSegments,
)
from tests.clock import Clock
from tests.jwt_factory import (
    ABSENT,
    CLIENT_ID,
    ISSUER,
    LIFETIME,
    NOW,
    SUB,
    access_claims,
    base64url,
    id_claims,
    jwks,
    machine_claims,
    make_token,
    raw_token,
    sign_segments,
    signing_key,
)
from tests.key_server import KeyServer

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_server() -> KeyServer:
    return KeyServer()


@pytest.fixture
def verifier(key_server: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(ISSUER, CLIENT_ID, key_server, clock=clock)


# What is accepted


def test_a_right_id_token_gives_its_claims(verifier: TokenVerifier) -> None:
    claims = id_claims()
    assert verifier.verify(make_token(claims), "id") == claims


def test_a_right_access_token_gives_its_claims(verifier: TokenVerifier) -> None:
    claims = access_claims()
    assert verifier.verify(make_token(claims), "access") == claims


@pytest.mark.parametrize(
    "changes",
    [
        {"cognito:groups": ABSENT},
        {"cognito:groups": []},
        {"origin_jti": ABSENT},
        {"nbf": NOW},
        {"at_hash": "managed login adds it"},
        {"cognito:username": "Zoë ☂ 𝄞"},
        {"custom:tags": [{"a": [1, 2.5, None, True]}, -(2**63), 2**64]},
        {"custom:quoted": 'a "quoted" \\ word'},
        {"custom:brackets": "[{" * 100},
        {"custom:lists": [[]] * 100},
    ],
)
def test_an_id_token_may_have(verifier: TokenVerifier, changes: dict[str, object]) -> None:
    claims = id_claims(**changes)
    assert verifier.verify(make_token(claims), "id") == claims


def test_an_access_token_may_name_our_client_as_its_audience(verifier: TokenVerifier) -> None:
    claims = access_claims(aud=CLIENT_ID)
    assert verifier.verify(make_token(claims), "access") == claims


def test_a_token_of_a_hundred_groups_is_not_too_large(verifier: TokenVerifier) -> None:
    claims = id_claims(**{"cognito:groups": [f"{number:0100}" for number in range(100)]})
    token = make_token(claims)
    assert len(token) > 14_000
    assert verifier.verify(token, "id") == claims


def test_the_header_may_name_its_type(verifier: TokenVerifier) -> None:
    assert verifier.verify(make_token(id_claims(), header={"typ": "JWT"}), "id")


def test_the_key_is_chosen_by_its_id(verifier: TokenVerifier, key_server: KeyServer) -> None:
    key_server.document = jwks(signing_key(), signing_key("second"))
    assert verifier.verify(make_token(id_claims(), key=signing_key("second")), "id")


# Claims


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (InvalidIssuer, {"iss": ABSENT}),
        (InvalidIssuer, {"iss": None}),
        (InvalidIssuer, {"iss": [ISSUER]}),
        (InvalidIssuer, {"iss": f"{ISSUER}/"}),
        (InvalidIssuer, {"iss": ISSUER.upper()}),
        (InvalidIssuer, {"iss": ISSUER.replace("AbCdEf123", "AbCdEf124")}),
        (InvalidIssuer, {"iss": ISSUER.replace("eu-west-1.", "eu-west-2.")}),
        (InvalidTokenUse, {"token_use": ABSENT}),
        (InvalidTokenUse, {"token_use": "refresh"}),
        (InvalidTokenUse, {"token_use": ["id", "access"]}),
        (InvalidTokenUse, {"token_use": "ID"}),
        (DerivedToken, {"act": {"sub": "someone"}}),
        (DerivedToken, {"act": None}),
        (InvalidExpiry, {"exp": ABSENT}),
        (InvalidExpiry, {"exp": None}),
        (InvalidExpiry, {"exp": str(NOW + LIFETIME)}),
        (InvalidExpiry, {"exp": NOW + 0.5}),
        (InvalidExpiry, {"exp": float(NOW + LIFETIME)}),
        (InvalidExpiry, {"exp": True}),
        (InvalidExpiry, {"exp": [NOW + LIFETIME]}),
        (Expired, {"exp": NOW}),
        (Expired, {"exp": NOW - 1}),
        (Expired, {"exp": 0}),
        (InvalidExpiry, {"exp": -NOW}),
        (InvalidIssueTime, {"iat": ABSENT}),
        (InvalidIssueTime, {"iat": str(NOW)}),
        (InvalidIssueTime, {"iat": float(NOW)}),
        (InvalidIssueTime, {"iat": False}),
        (IssuedInFuture, {"iat": NOW + 31}),
        (InvalidNotBefore, {"nbf": None}),
        (InvalidNotBefore, {"nbf": str(NOW)}),
        (InvalidNotBefore, {"nbf": float(NOW)}),
        (NotYetValid, {"nbf": NOW + 31}),
        (InvalidAuthTime, {"auth_time": ABSENT}),
        (InvalidAuthTime, {"auth_time": str(NOW)}),
        (InvalidAuthTime, {"auth_time": float(NOW)}),
        (InvalidAuthTime, {"auth_time": True}),
        (AuthenticatedInFuture, {"auth_time": NOW + 31}),
        (InvalidSubject, {"sub": ABSENT}),
        (InvalidSubject, {"sub": ""}),
        (InvalidSubject, {"sub": 7}),
        (InvalidSubject, {"sub": [SUB]}),
        (InvalidOriginJti, {"origin_jti": None}),
        (InvalidOriginJti, {"origin_jti": ""}),
        (InvalidOriginJti, {"origin_jti": 7}),
        (InvalidGroups, {"cognito:groups": None}),
        (InvalidGroups, {"cognito:groups": "Admin"}),
        (InvalidGroups, {"cognito:groups": {"Admin": True}}),
        (InvalidGroups, {"cognito:groups": ["Admin", 7]}),
        (InvalidGroups, {"cognito:groups": [["Admin"]]}),
        (InvalidScope, {"scope": None}),
        (InvalidScope, {"scope": ["openid"]}),
    ],
)
@pytest.mark.parametrize(("claims", "use"), [(id_claims, "id"), (access_claims, "access")])
def test_any_token_is_refused_for_a_claim(
    verifier: TokenVerifier,
    claims: Callable[..., dict[str, Any]],
    use: Any,
    error: type[InvalidClaim],
    changes: dict[str, object],
) -> None:
    bad = claims(**changes)
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(make_token(bad), use)
    assert type(caught.value) is error
    assert caught.value.failed == bad.get(error.check)


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (InvalidAudience, {"aud": ABSENT}),
        (InvalidAudience, {"aud": None}),
        (InvalidAudience, {"aud": ""}),
        (InvalidAudience, {"aud": [CLIENT_ID]}),
        (InvalidAudience, {"aud": {CLIENT_ID: True}}),
        (InvalidAudience, {"aud": CLIENT_ID.upper()}),
        (InvalidAudience, {"aud": ABSENT, "client_id": CLIENT_ID}),
        (InvalidUsername, {"cognito:username": ABSENT, "username": "ada"}),
        (InvalidUsername, {"cognito:username": ""}),
        (InvalidUsername, {"cognito:username": 7}),
    ],
)
def test_an_id_token_is_refused_for_a_claim(
    verifier: TokenVerifier, error: type[InvalidClaim], changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(make_token(id_claims(**changes)), "id")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (InvalidClient, {"client_id": ABSENT}),
        (InvalidClient, {"client_id": None}),
        (InvalidClient, {"client_id": [CLIENT_ID]}),
        (InvalidClient, {"client_id": "another-client"}),
        (InvalidClient, {"client_id": ABSENT, "aud": CLIENT_ID}),
        (InvalidAudience, {"aud": "another-client"}),
        (InvalidAudience, {"aud": None}),
        (InvalidAudience, {"aud": [CLIENT_ID]}),
        (InvalidAudience, {"aud": "https://api.example.com"}),
        (InvalidUsername, {"username": None}),
        (InvalidUsername, {"username": ""}),
        (InvalidUsername, {"username": 7}),
        (MachineToken, {"username": ABSENT}),
        (MachineToken, {"username": ABSENT, "cognito:username": "ada"}),
    ],
)
def test_an_access_token_is_refused_for_a_claim(
    verifier: TokenVerifier, error: type[InvalidClaim], changes: dict[str, object]
) -> None:
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(make_token(access_claims(**changes)), "access")
    assert type(caught.value) is error


def test_a_machine_is_no_person(verifier: TokenVerifier) -> None:
    with pytest.raises(MachineToken):
        verifier.verify(make_token(machine_claims()), "access")


def test_a_machine_need_not_say_when_it_authenticated(verifier: TokenVerifier) -> None:
    with pytest.raises(MachineToken):
        verifier.verify(make_token(machine_claims(auth_time=ABSENT)), "access")


def test_an_expired_machine_token_is_expired_first(verifier: TokenVerifier) -> None:
    with pytest.raises(Expired):
        verifier.verify(make_token(machine_claims(exp=NOW)), "access")


def test_an_access_token_is_no_id_token(verifier: TokenVerifier) -> None:
    token = make_token(access_claims(aud=CLIENT_ID, **{"cognito:username": "ada"}))
    with pytest.raises(InvalidTokenUse) as caught:
        verifier.verify(token, "id")
    assert (caught.value.failed, caught.value.expected) == ("access", "id")


def test_an_id_token_is_no_access_token(verifier: TokenVerifier) -> None:
    token = make_token(id_claims(client_id=CLIENT_ID, username="ada"))
    with pytest.raises(InvalidTokenUse):
        verifier.verify(token, "access")


@pytest.mark.parametrize("use", ["refresh", "", None])
def test_there_is_no_other_use(verifier: TokenVerifier, use: Any) -> None:
    token = make_token(id_claims(token_use=use or ABSENT))
    with pytest.raises(ValueError, match="token_use"):
        verifier.verify(token, use)


# Time


@pytest.mark.parametrize(
    ("claim", "error"),
    [("iat", IssuedInFuture), ("nbf", NotYetValid), ("auth_time", AuthenticatedInFuture)],
)
def test_the_issuers_clock_may_be_ahead_by_the_leeway_and_no_more(
    key_server: KeyServer, clock: Clock, claim: str, error: type[InvalidClaim]
) -> None:
    verifier = TokenVerifier(ISSUER, CLIENT_ID, key_server, leeway=5, clock=clock)
    assert verifier.verify(make_token(id_claims(**{claim: NOW + 5})), "id")
    with pytest.raises(error) as caught:
        verifier.verify(make_token(id_claims(**{claim: NOW + 6})), "id")
    assert (caught.value.failed, caught.value.expected) == (NOW + 6, NOW + 5)


def test_a_token_is_good_until_its_expiry_and_not_at_it(
    verifier: TokenVerifier, clock: Clock
) -> None:
    token = make_token(id_claims())
    clock.advance(LIFETIME - 0.001)
    assert verifier.verify(token, "id")
    clock.advance(0.001)
    with pytest.raises(Expired) as caught:
        verifier.verify(token, "id")
    assert (caught.value.failed, caught.value.expected) == (NOW + LIFETIME, NOW + LIFETIME)


def test_a_clock_set_back_before_the_issue_refuses_a_token_seen_before(
    verifier: TokenVerifier, clock: Clock
) -> None:
    token = make_token(id_claims())
    verifier.verify(token, "id")
    clock.advance(-30)
    assert verifier.verify(token, "id")
    clock.advance(-1)
    with pytest.raises(IssuedInFuture):
        verifier.verify(token, "id")


@pytest.mark.parametrize(
    ("claim", "error"), [("nbf", NotYetValid), ("auth_time", AuthenticatedInFuture)]
)
def test_a_clock_set_back_before_any_time_in_it_refuses_a_token_seen_before(
    verifier: TokenVerifier, clock: Clock, claim: str, error: type[InvalidClaim]
) -> None:
    token = make_token(id_claims(**{"iat": NOW - 100, "auth_time": NOW - 100, claim: NOW}))
    verifier.verify(token, "id")
    clock.advance(-31)
    with pytest.raises(error):
        verifier.verify(token, "id")


# Form


@pytest.mark.parametrize(
    "token", [None, 7, b"a.b.c", ["a.b.c"], "ä.b.c", "a.b.c\N{ZERO WIDTH SPACE}", "\ud800.b.c"]
)
def test_what_is_no_ascii_text_is_refused(verifier: TokenVerifier, token: Any) -> None:
    with pytest.raises(NotText):
        verifier.verify(token, "id")


def test_a_token_may_be_as_large_as_the_limit_and_no_larger(verifier: TokenVerifier) -> None:
    with pytest.raises(WrongSegments):
        verifier.verify("a" * 16 * 1024, "id")
    with pytest.raises(TokenTooLarge) as caught:
        verifier.verify("a" * (16 * 1024 + 1), "id")
    assert (caught.value.failed, caught.value.expected) == (16 * 1024 + 1, 16 * 1024)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token.split(".")[0],
        lambda token: token.rpartition(".")[0],
        lambda token: f"{token}.",
        lambda token: f".{token}",
        lambda token: token.replace(".", "..", 1),
        lambda token: f"{token}.e30.e30",
    ],
)
def test_three_segments_are_demanded(verifier: TokenVerifier, change: Callable[[str], str]) -> None:
    token = change(make_token(id_claims()))
    with pytest.raises(WrongSegments) as caught:
        verifier.verify(token, "id")
    assert (caught.value.failed, caught.value.expected) == (token.count(".") + 1, 3)


@pytest.mark.parametrize("segment", range(3))
@pytest.mark.parametrize("foreign", ["=", "==", "+", "/", " ", "\n", "\0", "%", "*", "~"])
def test_only_the_url_safe_alphabet_is_read(
    verifier: TokenVerifier, segment: int, foreign: str
) -> None:
    segments = make_token(id_claims()).split(".")
    segments[segment] += foreign
    with pytest.raises(InvalidEncoding):
        verifier.verify(".".join(segments), "id")


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def respelled(segment: str) -> str:
    """Another spelling of the same bytes, to a decoder that ignores surplus bits."""
    other = segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) + 1]
    assert base64.urlsafe_b64decode(segment + "==") == base64.urlsafe_b64decode(other + "==")
    return other


def filled(text: str, surplus: int) -> bytes:
    """The JSON object ``text`` with as much white space as leaves ``surplus`` of three bytes."""
    return f"{{{' ' * ((surplus - len(text)) % 3)}{text[1:]}".encode()


@pytest.mark.parametrize("surplus", [1, 2])
@pytest.mark.parametrize("segment", ["header", "claims", "signature"])
def test_a_segment_has_one_spelling(verifier: TokenVerifier, segment: str, surplus: int) -> None:
    header = base64url(filled('{"kid": "first", "alg": "RS256"}', surplus))
    claims = base64url(filled(json.dumps(id_claims()), surplus))
    signed, _, signature = sign_segments(header, claims).rpartition(".")
    assert verifier.verify(f"{signed}.{signature}", "id")
    bad = {
        "header": sign_segments(respelled(header), claims),
        "claims": sign_segments(header, respelled(claims)),
        "signature": f"{signed}.{respelled(signature)}",
    }
    with pytest.raises(InvalidEncoding):
        verifier.verify(bad[segment], "id")


@pytest.mark.parametrize("segment", range(3))
def test_a_single_character_left_over_is_no_byte(verifier: TokenVerifier, segment: int) -> None:
    segments = make_token(id_claims()).split(".")
    segments[segment] = segments[segment][: len(segments[segment]) // 4 * 4] + "A"
    token = ".".join(segments) if segment == 2 else sign_segments(*segments[:2])
    with pytest.raises(InvalidEncoding):
        verifier.verify(token, "id")


# JSON

HEADER = b'{"kid": "first", "alg": "RS256"}'


def payload(member: str) -> bytes:
    """Right claims and one ``member`` more, as it stands."""
    return f"{json.dumps(id_claims())[:-1]}, {member}}}".encode()


BAD_JSON = [
    (InvalidJson, b""),
    (InvalidJson, b"{"),
    (InvalidJson, b"{}{}"),
    (InvalidJson, b'{"a": 1,}'),
    (InvalidJson, b"{'a': 1}"),
    (InvalidJson, b'{"a": 01}'),
    (InvalidJson, b'{"a": "\n"}'),
    (InvalidJson, b'{"a": "\\x"}'),
    (InvalidJson, b"\xef\xbb\xbf{}"),
    (InvalidJson, b'{"a": "\xff"}'),
    (InvalidJson, '{"a": "ä"}'.encode("latin-1")),
    (InvalidJson, '{"a": "ä"}'.encode("utf-16")),
    (InvalidJson, b'{"a": "\xed\xa0\x80"}'),
    (InvalidJson, b'{"a": "\\ud800"}'),
    (InvalidJson, b'{"\\udfff": 1}'),
    (NotAnObject, b"[]"),
    (NotAnObject, b"null"),
    (NotAnObject, b"true"),
    (NotAnObject, b"7"),
    (NotAnObject, b'"{}"'),
    (DuplicateName, b'{"alg": "RS256", "alg": "RS256"}'),
    (DuplicateName, b'{"a": 1, "b": 2, "\\u0061": 1}'),
    (DuplicateName, b'{"a": [{"b": 1, "b" : 2}]}'),
    (InvalidNumber, b'{"a": NaN}'),
    (InvalidNumber, b'{"a": Infinity}'),
    (InvalidNumber, b'{"a": -Infinity}'),
    (InvalidNumber, b'{"a": 1e400}'),
    (InvalidNumber, b'{"a": -1e400}'),
    (InvalidNumber, b'{"a": 0.' + b"1" * 30 + b"}"),
    (InvalidNumber, b'{"a": 1' + b"0" * 24 + b"}"),
    (InvalidNumber, b'{"a": ' + b"9" * 10_000 + b"}"),
    (NestedTooDeeply, b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}"),
    (NestedTooDeeply, b'{"a":' * 17 + b"1" + b"}" * 17),
    (NestedTooDeeply, b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
]
IDS = [f"{error.__name__}-{data[:30]!r}" for error, data in BAD_JSON]


@pytest.mark.parametrize(("error", "data"), BAD_JSON, ids=IDS)
def test_a_header_is_strict_json(
    verifier: TokenVerifier, error: type[InvalidJson], data: bytes
) -> None:
    with pytest.raises(InvalidJson) as caught:
        verifier.verify(raw_token(data, json.dumps(id_claims()).encode()), "id")
    assert type(caught.value) is error


@pytest.mark.parametrize(("error", "data"), BAD_JSON, ids=IDS)
def test_claims_are_strict_json(
    verifier: TokenVerifier, error: type[InvalidJson], data: bytes
) -> None:
    with pytest.raises(InvalidJson) as caught:
        verifier.verify(raw_token(HEADER, data), "id")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    "member",
    [
        '"exp": 4102444800',
        '"\\u0065xp": 4102444800',
        '"sub": "someone else"',
        '"custom:nested": {"a": 1, "a": 2}',
    ],
)
def test_a_claim_stands_once(verifier: TokenVerifier, member: str) -> None:
    with pytest.raises(DuplicateName):
        verifier.verify(raw_token(HEADER, payload(member)), "id")


@pytest.mark.parametrize("white_space", [b" ", b"\n", b"\0"])
@pytest.mark.parametrize("before", [True, False])
def test_nothing_stands_around_the_claims(
    verifier: TokenVerifier, white_space: bytes, before: bool
) -> None:
    claims = json.dumps(id_claims()).encode()
    data = white_space + claims if before else claims + white_space
    with pytest.raises(InvalidJson):
        verifier.verify(raw_token(HEADER, data), "id")


def test_sixteen_levels_are_not_too_deep(verifier: TokenVerifier) -> None:
    data = payload(f'"custom:deep": {"[" * 15}{"]" * 15}')
    assert verifier.verify(raw_token(HEADER, data), "id")


@pytest.mark.parametrize("literal", ["18446744073709551616", "-2.2250738585072014e-308"])
def test_a_64_bit_number_is_not_too_long(verifier: TokenVerifier, literal: str) -> None:
    data = payload(f'"custom:number": {literal}')
    assert verifier.verify(raw_token(HEADER, data), "id")["custom:number"] == float(literal)


# Header


@pytest.mark.parametrize(
    "algorithm",
    [ABSENT, None, "", "none", "None", "HS256", "RS384", "PS256", "ES256", "rs256", ["RS256"], 256],
)
def test_only_rs256_is_an_algorithm(verifier: TokenVerifier, algorithm: object) -> None:
    with pytest.raises(WrongAlgorithm) as caught:
        verifier.verify(make_token(id_claims(), header={"alg": algorithm}), "id")
    assert caught.value.expected == "RS256"


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": True},
        {"b64": False, "crit": ["b64"]},
        {"jku": "https://example.net/jwks.json"},
        {"jwk": {"kty": "RSA"}},
        {"x5u": "https://example.net/certificate.pem"},
        {"x5c": ["MII="]},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
)
def test_a_header_brings_neither_a_key_nor_another_reading(
    verifier: TokenVerifier, header: dict[str, object]
) -> None:
    with pytest.raises(UnsupportedHeader) as caught:
        verifier.verify(make_token(id_claims(), header=header), "id")
    assert caught.value.failed == sorted(header)


@pytest.mark.parametrize("kid", [ABSENT, None, "", 1, True, ["first"], {}, "k" * 129])
def test_a_key_id_is_a_short_string(verifier: TokenVerifier, kid: object) -> None:
    with pytest.raises(InvalidKeyId):
        verifier.verify(make_token(id_claims(), header={"kid": kid}), "id")


@pytest.mark.parametrize(
    "kid", ["k" * 128, "First", "first ", "first\0", "../first", "' OR 1=1 --", "null", "0", "ﬁrst"]
)
def test_an_unknown_key_id_has_no_key(verifier: TokenVerifier, kid: str) -> None:
    with pytest.raises(UnknownKey) as caught:
        verifier.verify(make_token(id_claims(), header={"kid": kid}), "id")
    assert caught.value.failed == kid


# Signature


def test_an_empty_signature_is_refused(verifier: TokenVerifier) -> None:
    token = make_token(id_claims()).rpartition(".")[0] + "."
    with pytest.raises(InvalidSignature):
        verifier.verify(token, "id")


@pytest.mark.parametrize("signature", [b"\0", b"\0" * 256, b"\xff" * 256, b"\1" * 257, b"1" * 9999])
def test_what_only_looks_like_a_signature_is_refused(
    verifier: TokenVerifier, signature: bytes
) -> None:
    token = f"{make_token(id_claims()).rpartition('.')[0]}.{base64url(signature)}"
    with pytest.raises(InvalidSignature):
        verifier.verify(token, "id")


def test_another_keys_signature_is_refused(verifier: TokenVerifier, key_server: KeyServer) -> None:
    key_server.document = jwks(signing_key(), signing_key("second"))
    token = make_token(id_claims(), key=signing_key("second"), header={"kid": "first"})
    with pytest.raises(InvalidSignature):
        verifier.verify(token, "id")


def test_another_tokens_signature_is_refused(verifier: TokenVerifier) -> None:
    signed = make_token(id_claims(**{"cognito:groups": ["Admin"]})).rpartition(".")[0]
    signature = make_token(id_claims()).rpartition(".")[2]
    with pytest.raises(InvalidSignature):
        verifier.verify(f"{signed}.{signature}", "id")


def signed_otherwise(sign: Callable[[bytes], bytes], algorithm: str) -> str:
    header = json.dumps({"kid": "first", "alg": algorithm}).encode()
    signed = f"{base64url(header)}.{base64url(json.dumps(id_claims()).encode())}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def public_key_as_secret() -> list[bytes]:
    public = signing_key().private_key.public_key()
    return [
        public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        for encoding in (Encoding.PEM, Encoding.DER)
    ] + [json.dumps(signing_key().jwk()).encode(), signing_key().jwk()["n"].encode()]


@pytest.mark.parametrize("secret", range(4))
@pytest.mark.parametrize("claimed", ["HS256", "RS256"])
def test_the_public_key_is_no_hmac_secret(
    verifier: TokenVerifier, secret: int, claimed: str
) -> None:
    def sign(signed: bytes) -> bytes:
        return hmac.digest(public_key_as_secret()[secret], signed, "sha256")

    with pytest.raises(WrongAlgorithm if claimed == "HS256" else InvalidSignature):
        verifier.verify(signed_otherwise(sign, claimed), "id")


@pytest.mark.parametrize(
    ("algorithm", "scheme", "digest"),
    [
        ("RS384", padding.PKCS1v15(), SHA384()),
        ("PS256", padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size), SHA256()),
    ],
)
@pytest.mark.parametrize("honest", [True, False])
def test_the_right_key_by_another_algorithm_is_refused(
    verifier: TokenVerifier, algorithm: str, scheme: Any, digest: Any, honest: bool
) -> None:
    def sign(signed: bytes) -> bytes:
        return signing_key().private_key.sign(signed, scheme, digest)

    with pytest.raises(WrongAlgorithm if honest else InvalidSignature):
        verifier.verify(signed_otherwise(sign, algorithm if honest else "RS256"), "id")


def test_no_algorithm_without_signature_is_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(WrongAlgorithm):
        verifier.verify(signed_otherwise(lambda _: b"", "none"), "id")


# Mutations

SHARED = TokenVerifier(ISSUER, CLIENT_ID, jwks, clock=Clock())
TOKEN = make_token(access_claims())
SEGMENTS = [base64.urlsafe_b64decode(f"{segment}==") for segment in TOKEN.split(".")]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4)
    ),
    max_leaves=10,
)


def refused(token: str) -> bool:
    try:
        SHARED.verify(token, "access")
    except InvalidToken:
        return True
    return False


def test_no_character_may_be_another() -> None:
    for place, character in enumerate(TOKEN):
        for other in {"A", "x", "_", ".", "="} - {character}:
            assert refused(TOKEN[:place] + other + TOKEN[place + 1 :])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2), st.integers(0), st.integers(1, 255), st.sampled_from("cid"))
def test_no_byte_may_be_changed_inserted_or_deleted(
    segment: int, place: int, bits: int, kind: str
) -> None:
    data = bytearray(SEGMENTS[segment])
    place %= len(data)
    if kind == "c":
        data[place] ^= bits
    elif kind == "i":
        data.insert(place, bits)
    else:
        del data[place]
    mutated = [bytes(data) if number == segment else SEGMENTS[number] for number in range(3)]
    assert refused(".".join(map(base64url, mutated)))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"[\w=.-]{0,100}\.[\w-]{0,100}\.[\w-]{0,100}"))
def test_any_text_is_refused_by_an_error_of_ours(text: str) -> None:
    assert refused(text)


@settings(max_examples=100, deadline=None)
@given(JSON_VALUES)
def test_any_header_is_refused_by_an_error_of_ours(header: object) -> None:
    assert refused(raw_token(json.dumps(header).encode(), SEGMENTS[1]))


@settings(max_examples=100, deadline=None)
@given(JSON_VALUES)
def test_any_claims_are_refused_by_an_error_of_ours(claims: object) -> None:
    assert refused(raw_token(HEADER, json.dumps(claims).encode()))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(access_claims())), JSON_VALUES)
def test_any_value_of_a_claim_is_accepted_or_refused_by_an_error_of_ours(
    claim: str, value: object
) -> None:
    token = make_token(access_claims(**{claim: value}))
    assert refused(token) or SHARED.verify(token, "access")[claim] == value


# Errors

PASSWORD_LIKE = "s3cret-" * 1000


@pytest.mark.parametrize(
    "token",
    [
        make_token(id_claims(iss=PASSWORD_LIKE)),
        make_token(id_claims(), header={"kid": PASSWORD_LIKE}),
        make_token(id_claims(), header={"alg": [PASSWORD_LIKE] * 2}),
        raw_token(HEADER, b'{"a": ' + b"9" * 9999 + b"}"),
        raw_token(HEADER, b'{"a": "b"' + b"c" * 9999),
        raw_token(HEADER, b"\xff" * 9999),
        TOKEN[:-4] + "AAAA",
        TOKEN + "=",
        TOKEN + ".",
    ],
)
def test_an_error_is_short_and_holds_nothing_of_the_token(
    verifier: TokenVerifier, token: str
) -> None:
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(token, "access")
    error = caught.value
    shown = f"{error} {error!r} {error.args}"
    assert len(shown) < 1500
    assert not any(segment and segment in shown for segment in token.split("."))
    assert getattr(error.__context__, "doc", None) is None
    assert getattr(error.__context__, "object", None) is None


def test_an_error_tells_what_was_found_and_what_was_expected(verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidIssuer) as caught:
        verifier.verify(make_token(id_claims(iss="https://example.net")), "id")
    assert str(caught.value) == f"iss: found 'https://example.net', expected '{ISSUER}'"


def test_an_error_cannot_forge_a_log_line(verifier: TokenVerifier) -> None:
    with pytest.raises(UnknownKey) as caught:
        verifier.verify(make_token(id_claims(), header={"kid": "a\nWARNING b"}), "id")
    assert "\n" not in str(caught.value)


def test_an_outage_is_no_verdict() -> None:
    assert not issubclass(KeysUnavailable, InvalidToken)


# Tokens seen before


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The signatures that were really verified."""
    verified: list[bytes] = []
    verifies = VerificationKey.verifies

    def counted(key: VerificationKey, signed: bytes, signature: bytes) -> bool:
        verified.append(signature)
        return verifies(key, signed, signature)

    monkeypatch.setattr(VerificationKey, "verifies", counted)
    return verified


def test_a_signature_is_verified_once(verifier: TokenVerifier, signatures: list[bytes]) -> None:
    token = make_token(id_claims())
    assert verifier.verify(token, "id") == verifier.verify(token, "id") == id_claims()
    assert len(signatures) == 1


def test_claims_are_the_callers_own(verifier: TokenVerifier) -> None:
    claims = id_claims(**{"custom:nested": {"list": [1, {"a": 2}]}})
    token = make_token(claims)
    for _ in range(3):
        mine = verifier.verify(token, "id")
        assert mine == claims
        mine["cognito:groups"].append("Root")
        mine["custom:nested"]["list"][1]["a"] = 3
        mine["sub"] = "someone else"


def test_forgotten_tokens_are_verified_again(
    verifier: TokenVerifier, signatures: list[bytes]
) -> None:
    token = make_token(id_claims())
    verifier.verify(token, "id")
    verifier.forget()
    verifier.verify(token, "id")
    assert len(signatures) == 2


def test_a_token_seen_in_one_use_is_not_accepted_in_the_other(verifier: TokenVerifier) -> None:
    token = make_token(id_claims())
    verifier.verify(token, "id")
    with pytest.raises(InvalidTokenUse):
        verifier.verify(token, "access")


def test_a_refused_token_is_not_remembered(
    verifier: TokenVerifier, signatures: list[bytes]
) -> None:
    token = make_token(id_claims(iss="https://example.net"))
    for _ in range(2):
        with pytest.raises(InvalidIssuer):
            verifier.verify(token, "id")
    assert len(signatures) == 2


def test_a_seen_token_dies_with_its_key(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock
) -> None:
    token = make_token(id_claims(exp=NOW + DAY))
    verifier.verify(token, "id")
    key_server.document = jwks(signing_key("second"))
    clock.advance(HOUR - 1)
    assert verifier.verify(token, "id")
    clock.advance(1)
    with pytest.raises(UnknownKey):
        verifier.verify(token, "id")


def test_a_seen_token_dies_when_another_key_takes_its_keys_id(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock
) -> None:
    token = make_token(id_claims(exp=NOW + DAY))
    verifier.verify(token, "id")
    key_server.document = {"keys": [signing_key("second").jwk(kid="first")]}
    clock.advance(HOUR)
    with pytest.raises(InvalidSignature):
        verifier.verify(token, "id")


def test_a_seen_token_survives_a_refetch_of_the_same_key(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock, signatures: list[bytes]
) -> None:
    token = make_token(id_claims(exp=NOW + DAY))
    verifier.verify(token, "id")
    key_server.document = jwks(signing_key(), signing_key("second"))
    clock.advance(HOUR)
    verifier.verify(token, "id")
    assert (key_server.asked, len(signatures)) == (2, 1)


def test_a_seen_token_needs_usable_keys(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock
) -> None:
    token = make_token(id_claims(exp=NOW + 2 * DAY))
    verifier.verify(token, "id")
    key_server.down = OSError()
    clock.advance(DAY - 1)
    assert verifier.verify(token, "id")
    clock.advance(1)
    with pytest.raises(KeysUnavailable):
        verifier.verify(token, "id")


def test_an_outsized_token_is_not_remembered(
    verifier: TokenVerifier, signatures: list[bytes]
) -> None:
    token = make_token(id_claims(**{"cognito:groups": [f"{number:0100}" for number in range(90)]}))
    verifier.verify(token, "id")
    verifier.verify(token, "id")
    assert len(signatures) == 2


def test_what_is_remembered_fits_in_eight_megabytes(verifier: TokenVerifier) -> None:
    key = verifier._keys.find("first")
    assert key is not None
    half = tokens.MAX_SEEN_BYTES // 2
    tracemalloc.start()
    for number in range(3 * tokens.SEEN_TOKENS):
        verdict = tokens._Verdict(key, NOW, NOW + LIFETIME, bytes(half))
        verifier._seen.put(f"{number:0{half}}", verdict)
    occupied, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert occupied < 8 * 1024 * 1024


# Keys


def test_nothing_is_fetched_before_it_is_needed(
    verifier: TokenVerifier, key_server: KeyServer
) -> None:
    with pytest.raises(WrongSegments):
        verifier.verify("", "id")
    assert key_server.asked == 0


def test_a_key_that_is_unfit_for_rs256_verifies_no_token(
    verifier: TokenVerifier, key_server: KeyServer
) -> None:
    key_server.document = {"keys": [signing_key().jwk(use="enc"), signing_key("second").jwk()]}
    with pytest.raises(UnusableKey) as caught:
        verifier.verify(make_token(id_claims()), "id")
    assert caught.value.failed == "its use is not sig"
    assert verifier.verify(make_token(id_claims(), key=signing_key("second")), "id")


# Threads


def test_threads_may_share_a_verifier(
    key_server: KeyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "SEEN_TOKENS", 4)
    verifier = TokenVerifier(ISSUER, CLIENT_ID, key_server, clock=clock)
    claims = [id_claims(jti=str(number)) for number in range(8)]
    right = [(make_token(one), one) for one in claims]

    everyone_is_here = threading.Barrier(8)

    def work() -> None:
        everyone_is_here.wait()
        for number in range(40):
            token, expected = right[number % 8]
            assert verifier.verify(token, "id") == expected
            if number % 10 == 0:
                verifier.forget()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work) for _ in range(8)]:
            future.result()


# Imports


def test_jose_and_requests_load_on_first_use_and_ecdsa_never() -> None:
    program = f"""
import sys
from pyramid_cognito.tokens import TokenVerifier
assert not {{"jose", "requests", "cryptography"}} & set(sys.modules)
verifier = TokenVerifier({ISSUER!r}, {CLIENT_ID!r}, lambda: {jwks()!r}, clock=lambda: {NOW})
verifier.verify({make_token(id_claims())!r}, "id")
assert "jose" in sys.modules
assert not {{"requests", "ecdsa"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
@pytest.mark.parametrize("value", [-1, -(2**31), 2**32, 2**63])
def test_a_time_before_1970_or_after_2106_is_none(name: str, value: int) -> None:
    token = make_token(id_claims(**{name: value}))
    with pytest.raises(InvalidClaim):
        TokenVerifier(ISSUER, CLIENT_ID, jwks, clock=lambda: NOW).verify(token, "id")
