from __future__ import annotations

import base64
import json
import os
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jose import jwe

from pyramid_cognito import ticket as ticket_module
from pyramid_cognito.ticket import MAX_SEALED, Sealer, Session, Tickets, Tokens
from tests.clock import Clock
from tests.jwt_factory import NOW, base64url, make_token

SECRET = "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A"
OLDER = "a9Lw2Rk7Vx4Ct1Yb8Qe5Uz3Mj6Dh0PfS"
CLAIMS = {"sub": "6f1f", "origin_jti": "1d2c", "cognito:groups": ["Admin"], "name": "Ada Łove"}
SESSION = Session(
    claims=CLAIMS, started_at=NOW, auth_time=NOW - 5, tokens_expire_at=NOW + 3600, remember=True
)


def make_sealer(purpose: str = "session", *secrets: str, clock: Clock | None = None) -> Sealer:
    return Sealer(secrets or (SECRET,), purpose, "pool", "client", clock=clock or Clock())


def make_tickets(clock: Clock | None = None) -> Tickets:
    return Tickets(make_sealer("session", clock=clock), make_sealer("tokens", clock=clock))


def make_tokens(refresh_token: str | None = "opaque") -> Tokens:
    return Tokens(make_token(CLAIMS), make_token({"sub": "6f1f", "scope": "a"}), refresh_token)


def unreachable(*_: bytes) -> bytes:
    """In place of what decrypts."""
    raise AssertionError("python-jose was asked")


def content_of(opened: ticket_module.Opened | None) -> bytes | None:
    return opened.content if opened else None


@given(st.binary(max_size=2000))
def test_what_is_sealed_opens(content: bytes) -> None:
    sealed = make_sealer().seal(content, lifetime=60)
    assert make_sealer().open(sealed) == (content, NOW, NOW + 60)


def test_sealed_values_of_one_content_differ_and_show_nothing() -> None:
    sealer = make_sealer()
    first, second = sealer.seal(b"content", lifetime=60), sealer.seal(b"content", lifetime=60)
    assert first != second
    assert "content" not in first
    header = json.loads(base64.urlsafe_b64decode(first.partition(".")[0] + "=="))
    assert header == {"alg": "dir", "enc": "A256GCM"}


@pytest.mark.parametrize(
    "other",
    [
        make_sealer("tokens"),
        make_sealer("session", OLDER),
        Sealer([SECRET], "session", "pool", "other client", clock=Clock()),
        Sealer([SECRET], "session", "poolclient", clock=Clock()),
        Sealer([SECRET], "session", "pool", "client", "more", clock=Clock()),
    ],
)
def test_another_purpose_secret_or_client_does_not_open_it(other: Sealer) -> None:
    assert other.open(make_sealer().seal(b"content", lifetime=60)) is None


def test_the_purpose_is_checked_inside_too() -> None:
    sealer, other = make_sealer("session"), make_sealer("sessions")
    other._openers = sealer._openers
    assert other.open(sealer.seal(b"content", lifetime=60)) is None


def test_older_secrets_still_open_and_the_first_seals() -> None:
    sealed = make_sealer("session", OLDER).seal(b"content", lifetime=60)
    rotated = make_sealer("session", SECRET, OLDER)
    assert content_of(rotated.open(sealed)) == b"content"
    assert make_sealer("session", OLDER).open(rotated.seal(b"content", lifetime=60)) is None


@pytest.mark.parametrize(("age", "opens"), [(-60, True), (-61, False), (59, True), (60, False)])
def test_it_opens_from_its_issue_to_its_expiry(age: int, opens: bool) -> None:
    sealed = make_sealer().seal(b"content", lifetime=60)
    opened = make_sealer(clock=Clock(NOW + age)).open(sealed)
    assert (opened is not None) is opens


def changed(value: str, at: int, character: str) -> str:
    """*value* with another character at one place; values differ in length from run to run."""
    place = at % len(value)
    other = character if character != value[place] else "!"
    return value[:place] + other + value[place + 1 :]


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.characters())
def test_no_change_of_one_character_opens(at: int, character: str) -> None:
    sealed = make_sealer().seal(b"content", lifetime=60)
    opened = make_sealer().open(changed(sealed, at, character))
    # base64 leaves spare bits in the last character: those may differ, the content may not
    assert opened is None or opened.content == b"content"


@given(st.text(max_size=300))
def test_nothing_foreign_opens(text: str) -> None:
    assert make_sealer().open(text) is None


@pytest.mark.parametrize(
    "options",
    [
        {"encryption": "A256GCM", "algorithm": "dir", "zip": "DEF"},
        {"encryption": "A256GCM", "algorithm": "dir", "kid": "1"},
        {"encryption": "A256GCM", "algorithm": "A256KW"},
        {"encryption": "A128CBC-HS256", "algorithm": "dir"},
    ],
)
def test_no_other_header_reaches_python_jose(options: dict[str, str]) -> None:
    sealer = make_sealer()
    foreign = jwe.encrypt(b"session\0" + bytes(8), sealer._keys[0], **options).decode()
    sealer._openers = [unreachable]
    assert sealer.open(foreign) is None


def test_a_value_that_is_too_long_is_not_even_decrypted() -> None:
    sealer = make_sealer()
    sealed = sealer.seal(bytes(MAX_SEALED), lifetime=60)
    sealer._openers = [unreachable]
    assert sealer.open(sealed) is None


def test_what_is_let_through_reaches_python_jose() -> None:
    sealer = make_sealer()
    sealed = sealer.seal(b"content", lifetime=60)
    sealer._openers = [unreachable]
    with pytest.raises(AssertionError, match="python-jose was asked"):
        sealer.open(sealed)


@pytest.mark.parametrize(
    "refresh_token", ["opaque", "a.b~c.ü", make_token({"a": 1}), "eyJ9.x", None]
)
def test_a_ticket_gives_back_its_session_and_tokens(refresh_token: str | None) -> None:
    tickets, tokens = make_tickets(), make_tokens(refresh_token)
    value = tickets.seal(SESSION, tokens, lifetime=60)
    assert tickets.open(value) == replace(SESSION, sealed_at=NOW, expires_at=NOW + 60)
    assert tickets.tokens(value) == tokens


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_any_refresh_token_comes_back_the_same(refresh_token: str) -> None:
    tickets, tokens = make_tickets(), make_tokens(refresh_token or None)
    assert tickets.tokens(tickets.seal(SESSION, tokens, lifetime=60)) == tokens


def test_two_tickets_cannot_be_mixed() -> None:
    tickets = make_tickets()
    mine, theirs = (tickets.seal(SESSION, make_tokens(), lifetime=60) for _ in range(2))
    mixed = f"{mine.partition('~')[0]}~{theirs.partition('~')[2]}"
    assert tickets.open(mixed) is None
    assert tickets.tokens(mixed) is None


def test_not_even_a_forged_checksum_mixes_two_tickets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_module, "_checksum", lambda sealed: 0)
    tickets = make_tickets()
    theirs_claims = {**CLAIMS, "sub": "another"}
    mine = tickets.seal(SESSION, make_tokens(), lifetime=60)
    theirs = tickets.seal(
        replace(SESSION, claims=theirs_claims),
        replace(make_tokens(), id_token=make_token(theirs_claims)),
        lifetime=60,
    )
    assert tickets.tokens(f"{mine.partition('~')[0]}~{theirs.partition('~')[2]}") is None


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.sampled_from("ABab01_-.~="))
def test_a_ticket_that_was_changed_anywhere_or_cut_is_nobodys(at: int, character: str) -> None:
    tickets = make_tickets()
    value = tickets.seal(SESSION, make_tokens(), lifetime=60)
    opened = tickets.open(changed(value, at, character))
    # base64 leaves spare bits in the last character of a part: those say nothing
    assert opened is None or opened.claims == CLAIMS
    assert tickets.open(value[: at % len(value)]) is None


@pytest.mark.parametrize("value", ["", "~", "x~y", "x" * (MAX_SEALED + 1)])
def test_what_is_no_ticket_is_nobody(value: str) -> None:
    assert make_tickets().open(value) is None
    assert make_tickets().tokens(value) is None


def test_a_ticket_ends_with_its_time() -> None:
    clock = Clock()
    tickets = make_tickets(clock)
    value = tickets.seal(SESSION, make_tokens(), lifetime=60)
    clock.advance(60)
    assert tickets.open(value) is None
    assert tickets.tokens(value) is None


def test_tokens_that_inflate_without_end_are_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tickets = make_tickets()
    monkeypatch.setattr(ticket_module, "MAX_INFLATED", 500)
    assert tickets.tokens(tickets.seal(SESSION, make_tokens("x" * 600), lifetime=60)) is None
    assert "longer than 500 bytes" in caplog.text


def test_a_session_is_named_after_the_sign_in_that_it_came_of() -> None:
    assert SESSION.id == "1d2c"
    assert replace(SESSION, claims={"sub": "6f1f"}).id == f"6f1f:{NOW - 5}"


def test_no_repr_shows_a_token_or_claim() -> None:
    assert "ey" not in repr(make_tokens())
    assert "content" not in repr(make_sealer().open(make_sealer().seal(b"content", lifetime=60)))
    assert "Admin" not in repr(SESSION)


def typical_tokens() -> tuple[dict[str, Any], Tokens]:
    """3 groups, 6 attributes and a refresh token of 1.8 kB, in the forms that Cognito gives."""
    person = {
        "sub": "52b5a4d4-7031-70b3-3c0d-5ae5a8f5f9f0",
        "cognito:groups": ["Admin", "Human Resources", "eu-west-1_Editors"],
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "origin_jti": "0f5c2e7b-1d36-4a8a-a0c7-2b9f5d1a3c44",
        "event_id": "be1f6b22-7c0f-4d34-9c6c-0f8f6a4b1e21",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
    }
    id_claims = {
        **person,
        "aud": "4f1k2j3h4g5f6d7s8a9p0o1i2u",
        "cognito:username": "52b5a4d4-7031-70b3-3c0d-5ae5a8f5f9f0",
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
    access_claims = {
        **person,
        "client_id": "4f1k2j3h4g5f6d7s8a9p0o1i2u",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "jti": "aa0c1b2d-3e4f-4051-8263-748596a7b8c9",
        "username": "52b5a4d4-7031-70b3-3c0d-5ae5a8f5f9f0",
    }
    kid = {"kid": base64.b64encode(os.urandom(32)).decode()}
    header = b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    parts = [header, *map(os.urandom, (256, 12, 1016, 16))]
    refresh_token = ".".join(map(base64url, parts))
    assert len(refresh_token) >= 1800
    tokens = Tokens(
        make_token(id_claims, header=kid), make_token(access_claims, header=kid), refresh_token
    )
    return id_claims, tokens


def test_a_typical_ticket_fits_one_cookie() -> None:
    claims, tokens = typical_tokens()
    value = make_tickets().seal(replace(SESSION, claims=claims), tokens, lifetime=60)
    assert len(f"__Host-cognito=1{value}") <= 4096


def test_a_damaged_deflate_stream_under_a_good_seal_is_an_error_and_no_token() -> None:
    with pytest.raises(zlib.error):
        ticket_module._inflate(b"\xff\xff", b"{}")
