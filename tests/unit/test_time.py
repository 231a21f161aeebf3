"""Tokens and tickets in time: both edges of their validity, clocks that are set, summer time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from pyramid_cognito.srp import timestamp
from pyramid_cognito.ticket import LEEWAY, Sealer, Session, Tickets
from pyramid_cognito.tokens import (
    AuthenticatedInFuture,
    Expired,
    InvalidToken,
    IssuedInFuture,
    NotYetValid,
    TokenVerifier,
)
from tests.application import SECRET, make_tokens
from tests.clock import Clock
from tests.jwt_factory import CLIENT_ID, ISSUER, LIFETIME, NOW, id_claims, make_token
from tests.key_server import KeyServer

DAY = 24 * 3600
#: the least that a clock moves here
TICK = 0.001


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


#: when clocks in a zone are set forward or back, by an hour or half of one; nowhere in UTC
CHANGES = {
    "Europe/Berlin forward": utc("2026-03-29T01:00:00"),
    "Europe/Berlin back": utc("2026-10-25T01:00:00"),
    "America/New_York forward": utc("2026-03-08T07:00:00"),
    "America/New_York back": utc("2026-11-01T06:00:00"),
    "Australia/Lord_Howe forward": utc("2026-10-03T15:30:00"),
    "Australia/Lord_Howe back": utc("2026-04-04T15:00:00"),
    "UTC leap day": utc("2028-02-29T00:00:00"),
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key_server() -> KeyServer:
    return KeyServer()


@pytest.fixture
def verifier(key_server: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(ISSUER, CLIENT_ID, key_server, clock=clock)


@pytest.fixture
def tickets(clock: Clock) -> Tickets:
    return Tickets(*(Sealer([SECRET], name, clock=clock) for name in ("session", "tokens")))


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """When the clocks change in the zone in which this process then is."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param.split()[0])
        time.tzset()
        yield CHANGES[request.param]
    time.tzset()


def seal(tickets: Tickets, now: int) -> str:
    claims = id_claims(now=now)
    session = Session(claims, now, now, now + LIFETIME, remember=False)
    return tickets.seal(session, make_tokens(now=now), lifetime=LIFETIME)


# --- both edges


@pytest.mark.parametrize(
    ("claim", "error"),
    [("iat", IssuedInFuture), ("nbf", NotYetValid), ("auth_time", AuthenticatedInFuture)],
)
def test_a_token_is_taken_thirty_seconds_early_and_no_earlier(
    verifier: TokenVerifier, clock: Clock, claim: str, error: type[InvalidToken]
) -> None:
    before = dict.fromkeys(("iat", "auth_time"), NOW - 100)
    token = make_token(id_claims(**{**before, claim: NOW}))
    for _ in ("new", "seen before"):
        clock.now = NOW - 30 - TICK
        with pytest.raises(error):
            verifier.verify(token, "id")
        clock.now = NOW - 30
        assert verifier.verify(token, "id")


@pytest.mark.parametrize("is_seen", [False, True])
def test_a_token_has_no_moment_after_its_expiry(
    verifier: TokenVerifier, clock: Clock, is_seen: bool
) -> None:
    token = make_token(id_claims())
    if is_seen:
        verifier.verify(token, "id")
    clock.now = NOW + LIFETIME
    with pytest.raises(Expired):
        verifier.verify(token, "id")
    clock.now -= TICK
    assert verifier.verify(token, "id")


def test_a_ticket_opens_from_its_leeway_until_its_end(tickets: Tickets, clock: Clock) -> None:
    ticket = seal(tickets, NOW)
    edges = [NOW - LEEWAY - TICK, NOW - LEEWAY, NOW + LIFETIME - TICK, NOW + LIFETIME]
    opens = []
    for clock.now in edges:
        opens.append(tickets.open(ticket) is not None)

    assert opens == [False, True, True, False]


# --- a clock that is set


def test_a_clock_that_was_wrong_for_a_while_costs_a_token_nothing(
    verifier: TokenVerifier, clock: Clock
) -> None:
    token = make_token(id_claims())
    verifier.verify(token, "id")
    for wrong in (NOW + 2 * LIFETIME, NOW - LIFETIME):
        clock.now = wrong
        with pytest.raises(InvalidToken):
            verifier.verify(token, "id")
        clock.now = NOW
        assert verifier.verify(token, "id")


def test_a_clock_set_back_makes_no_key_live_longer(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock
) -> None:
    verifier.verify(make_token(id_claims()), "id")
    clock.advance(-30 * DAY)
    verifier.verify(make_token(id_claims(now=NOW - 30 * DAY)), "id")

    assert key_server.asked == 2


def test_a_clock_set_forward_has_the_keys_fetched_anew(
    verifier: TokenVerifier, key_server: KeyServer, clock: Clock
) -> None:
    verifier.verify(make_token(id_claims()), "id")
    clock.advance(30 * DAY)
    verifier.verify(make_token(id_claims(now=NOW + 30 * DAY)), "id")

    assert key_server.asked == 2


# --- summer time


@pytest.mark.parametrize("before", [1, 1800, LIFETIME - 1])
def test_a_token_lasts_its_time_while_the_clocks_change(
    verifier: TokenVerifier, clock: Clock, change: int, before: int
) -> None:
    issued = change - before
    clock.now = issued
    token = make_token(id_claims(now=issued))
    verifier.verify(token, "id")
    clock.now = issued + LIFETIME - TICK
    assert verifier.verify(token, "id")
    clock.now = issued + LIFETIME
    with pytest.raises(Expired):
        verifier.verify(token, "id")


def test_a_ticket_lasts_its_time_while_the_clocks_change(
    tickets: Tickets, clock: Clock, change: int
) -> None:
    clock.now = change - 1800
    ticket = seal(tickets, change - 1800)
    clock.advance(LIFETIME - TICK)
    assert tickets.open(ticket) is not None
    clock.advance(TICK)
    assert tickets.open(ticket) is None


def test_a_sign_in_tells_the_time_of_utc_while_the_clocks_change(change: int) -> None:
    told = [timestamp(change + seconds) for seconds in (-1, 0, 3600)]

    assert [read(text) for text in told] == [change - 1, change, change + 3600]


def read(text: str) -> int:
    """Seconds since 1970 of a TIMESTAMP, read without a look at the zone of the process."""
    moment = datetime.strptime(text, "%a %b %d %H:%M:%S UTC %Y")
    assert moment.strftime("%a") == text[:3]
    return int(moment.replace(tzinfo=timezone.utc).timestamp())
