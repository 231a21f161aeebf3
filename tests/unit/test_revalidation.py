from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyramid_cognito.errors import Context, cognito_error
from pyramid_cognito.revalidation import AWAY_PAUSE, Revalidation
from pyramid_cognito.ticket import Session, Tokens
from tests.application import make_tokens
from tests.clock import Clock
from tests.jwt_factory import NOW

PERIOD = 300


class Cognito:
    """Answers GetUser as a test wants, and counts how often."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.asked = 0
        self.error: str | None = None
        self.detail = ""

    def get_user(self, tokens: Tokens) -> None:
        self.asked += 1
        if self.error:
            raise cognito_error(self.error, self.detail, context=Context.SIGNED_IN)

    def revalidation(self, period: int = PERIOD) -> Revalidation:
        return Revalidation(self.get_user, period, self.clock)


@pytest.fixture
def cognito() -> Cognito:
    return Cognito()


def session(name: str = "sign-in") -> Session:
    return Session(
        claims={"origin_jti": name, "iat": NOW},
        started_at=NOW,
        auth_time=NOW,
        tokens_expire_at=NOW + 3600,
        remember=False,
    )


def test_nobody_is_asked_about_within_the_period(cognito: Cognito) -> None:
    revalidation = cognito.revalidation()
    cognito.clock.advance(PERIOD - 1)
    assert revalidation.is_good(session(), make_tokens())
    assert cognito.asked == 0


def test_cognito_is_asked_once_in_each_period(cognito: Cognito) -> None:
    revalidation = cognito.revalidation()
    for _ in range(3):
        cognito.clock.advance(PERIOD)
        for _ in range(4):
            assert revalidation.is_good(session(), make_tokens())
    assert cognito.asked == 3


def test_the_age_of_the_tokens_counts_where_nobody_was_asked_yet(cognito: Cognito) -> None:
    assert cognito.revalidation().due_at(session()) == NOW + PERIOD


def test_new_tokens_are_an_answer_too(cognito: Cognito) -> None:
    revalidation = cognito.revalidation()
    cognito.clock.advance(1000)
    revalidation.confirm(session())
    assert revalidation.due_at(session()) == NOW + 1000 + PERIOD


def test_a_period_of_nothing_never_asks(cognito: Cognito) -> None:
    revalidation = cognito.revalidation(0)
    cognito.clock.advance(10**9)
    assert revalidation.is_good(session(), make_tokens())
    assert cognito.asked == 0


@pytest.mark.parametrize(
    "code",
    [
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UnauthorizedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    ],
)
def test_a_refusal_is_told(cognito: Cognito, code: str) -> None:
    cognito.error = code
    cognito.clock.advance(PERIOD)
    assert not cognito.revalidation().is_good(session(), make_tokens())


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("ServiceUnavailable", ""),
        ("TooManyRequestsException", ""),
        ("ForbiddenException", ""),
        ("ResourceNotFoundException", ""),
        ("NotAuthorizedException", "Access Token does not have required scopes"),
    ],
)
def test_what_is_no_refusal_lets_people_go_on(cognito: Cognito, code: str, detail: str) -> None:
    cognito.error, cognito.detail = code, detail
    cognito.clock.advance(PERIOD)
    assert cognito.revalidation().is_good(session(), make_tokens())


def test_while_cognito_is_away_a_session_is_asked_about_no_more_often(cognito: Cognito) -> None:
    revalidation = cognito.revalidation()
    cognito.error = "ServiceUnavailable"
    cognito.clock.advance(PERIOD)
    for _ in range(PERIOD):
        revalidation.is_good(session(), make_tokens())
        cognito.clock.advance(1)
    assert cognito.asked == 1


def test_one_session_waits_for_an_absent_cognito_and_others_not(cognito: Cognito) -> None:
    revalidation = cognito.revalidation()
    cognito.error = "ServiceUnavailable"
    cognito.clock.advance(PERIOD)
    for name in "abc":
        assert revalidation.is_good(session(name), make_tokens())
    assert cognito.asked == 1
    cognito.clock.advance(AWAY_PAUSE)
    assert revalidation.is_good(session("b"), make_tokens())
    assert cognito.asked == 2


@pytest.mark.parametrize("error", [None, "NotAuthorizedException"])
def test_64_requests_at_once_ask_once_and_hear_the_same(
    cognito: Cognito, error: str | None
) -> None:
    cognito.error = error
    revalidation = cognito.revalidation()
    cognito.clock.advance(PERIOD)
    everyone_is_here = threading.Barrier(64)

    def ask(_: int) -> bool:
        everyone_is_here.wait(timeout=10)
        return revalidation.is_good(session(), make_tokens())

    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(ask, range(64))) == {error is None}
    assert cognito.asked == 1
