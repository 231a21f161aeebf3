from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from pyramid.csrf import get_csrf_token
from pyramid.session import SignedCookieSessionFactory

from pyramid_cognito.errors import CognitoError
from pyramid_cognito.events import (
    AccountEvent,
    ChallengeFailed,
    PasswordChanged,
    SecondFactorChanged,
    SignInFailed,
    Throttled,
    UserSignedIn,
    UserSignedOut,
)
from tests.application import make_tokens
from tests.jwt_factory import NOW, SUB
from tests.unit.dialogue import CHALLENGE, GRACE, SETUP, Site


@pytest.fixture
def site() -> Site:
    return Site()


# guessing


def test_attempts_are_counted_and_forgiven_by_a_right_one() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    statuses = []
    for outcome in ("no", "yes", "no", "no", "yes"):
        site.cognito.outcome = make_tokens() if outcome == "yes" else "NotAuthorizedException"
        result = site.request().cognito.sign_in("ada", "pa55")
        statuses.append(result.error.code if result.error else "in")
    assert statuses == [
        "NotAuthorizedException",
        "in",
        *["NotAuthorizedException"] * 2,
        "TooManyAttempts",
    ]


def test_codes_are_counted_by_account_whatever_name_was_typed() -> None:
    site = Site({"cognito.throttle.account": "1 per 1 hour"})
    codes = []
    for name in ("ada", "ada@example.com"):
        site.cognito.outcome = replace(CHALLENGE, username=name)
        headers = site.request().cognito.sign_in(name, "pa55").headers
        site.cognito.outcome = "CodeMismatchException"
        result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
        codes.append(result.error.code)
    assert codes == ["CodeMismatchException", "TooManyAttempts"]


def test_codes_are_counted_too() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    headers = site.challenged()
    site.cognito.outcome = "CodeMismatchException"
    codes = [
        site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000").error.code
        for _ in range(3)
    ]
    assert codes == ["CodeMismatchException", "CodeMismatchException", "TooManyAttempts"]


# the application's own session


def app_with_session() -> Site:
    return Site(session_factory=SignedCookieSessionFactory("secret"))


def test_the_next_persons_session_holds_nothing_of_the_one_before() -> None:
    site = app_with_session()
    request = site.request()
    request.cognito.sign_in("ada", "pa55")
    request.session["basket"] = "ada's"
    site.clock.advance(100_000)  # her ticket has run out, the application's session has not
    other = {"sub": GRACE, "now": NOW + 100_000}
    site.cognito.outcome = make_tokens(**other, access={"sub": GRACE})
    request.cognito.sign_in("grace", "pa55")
    assert "basket" not in request.session


def test_signing_in_again_or_for_the_first_time_keeps_the_session() -> None:
    site = app_with_session()
    request = site.request()
    request.session["basket"] = "ada's"
    for _ in range(2):
        request.cognito.sign_in("ada", "pa55")
        assert request.session["basket"] == "ada's"


def test_a_session_that_was_planted_before_is_not_the_one_after() -> None:
    invalidated = []

    class Session(dict):  # type: ignore[type-arg]
        def invalidate(self) -> None:
            invalidated.append(dict(self))
            self.clear()

        def new_csrf_token(self) -> str:
            return "new"

    session = Session(basket="hers")
    site = Site(session_factory=lambda request: session)
    site.request().cognito.sign_in("ada", "pa55")
    assert invalidated == [{"basket": "hers"}]
    assert session["basket"] == "hers"


def test_signing_out_empties_the_session() -> None:
    site = app_with_session()
    request = site.request()
    request.session["basket"] = "ada's"
    request.cognito.sign_out()
    assert "basket" not in request.session


@pytest.mark.parametrize("make_site", [Site, app_with_session])
def test_signing_in_changes_the_csrf_token(make_site: Any) -> None:
    request = make_site().request()
    before = get_csrf_token(request)
    request.cognito.sign_in("ada", "pa55")
    assert get_csrf_token(request) != before


# what an application is told


def told(site: Site) -> list[tuple[Any, ...]]:
    """The events, each by its kind, whom it is about, and what it has besides."""
    common = {member.name for member in fields(AccountEvent)}
    return [
        (
            type(event),
            event.user,
            event.sub,
            *(getattr(event, fact.name) for fact in fields(event) if fact.name not in common),
        )
        for event in site.events
    ]


def test_a_sign_in_is_told_once_it_is_whole() -> None:
    site = app_with_session()
    seen: list[Any] = []

    def look(event: UserSignedIn) -> None:
        event.request.session["seen"] = True
        seen.append((event.request.identity.username, get_csrf_token(event.request)))

    site.config.add_subscriber(look, UserSignedIn)
    request = site.request()
    request.cognito.sign_in("ada@example.com", "pa55")
    assert told(site) == [(UserSignedIn, "ada", SUB)]
    assert seen == [("ada", get_csrf_token(request))]
    assert request.session["seen"] is True


def test_a_failed_sign_in_is_told_with_the_name_that_was_typed(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = "NotAuthorizedException"
    request.cognito.sign_in("grace", "pa55")
    assert told(site) == [(SignInFailed, "grace", None, "NotAuthorizedException")]


def test_tokens_that_are_refused_are_a_failed_sign_in(site: Site) -> None:
    site.cognito.outcome = make_tokens(aud="another-client")
    site.request().cognito.sign_in("ada", "pa55")
    assert told(site) == [(SignInFailed, "ada", None, "InvalidTokenFromCognito")]


def test_an_attempt_that_is_not_made_is_told_as_throttled() -> None:
    site = Site({"cognito.throttle.account": "1 per 1 hour"})
    site.cognito.outcome = CHALLENGE
    for _ in range(2):
        headers = site.request().cognito.sign_in("ada", "pa55").headers
    assert headers == []
    assert told(site) == [(Throttled, "ada", None, "sign_in")]


def test_a_challenge_is_no_event_and_its_failure_is_one(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = replace(CHALLENGE, name="SMS_MFA")
    site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    site.cognito.outcome = "CodeMismatchException"
    site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
    assert told(site) == [
        (ChallengeFailed, "internal", None, "SOFTWARE_TOKEN_MFA", "CodeMismatchException")
    ]


def test_a_first_password_is_told_even_if_a_code_is_asked_for_next(site: Site) -> None:
    headers = site.challenged(replace(CHALLENGE, name="NEW_PASSWORD_REQUIRED"))
    site.cognito.outcome = CHALLENGE
    site.request(headers).cognito.answer(NEW_PASSWORD="new")
    assert told(site) == [(PasswordChanged, "internal", None, "first")]


def test_a_second_factor_that_was_set_up_is_told_before_the_sign_in(site: Site) -> None:
    headers = site.challenged(SETUP)
    site.cognito.outcome = make_tokens()
    site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert told(site) == [
        (SecondFactorChanged, "internal", None, ("SOFTWARE_TOKEN_MFA",)),
        (UserSignedIn, "ada", SUB),
    ]


def test_a_failed_proof_is_told_of_who_is_signed_in(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = "NotAuthorizedException"
    request.cognito.reauthenticate("wrong")
    with pytest.raises(CognitoError):
        request.cognito.check_password("wrong")
    assert told(site) == [(SignInFailed, "ada", SUB, "NotAuthorizedException")] * 2


def test_a_right_password_that_is_only_checked_is_no_event(site: Site) -> None:
    request = site.request(site.signed_in())
    request.cognito.check_password("pa55")
    assert told(site) == []


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_sign_out_is_told_of_who_was_signed_in(site: Site, everywhere: bool) -> None:
    request = site.request(site.signed_in())
    request.cognito.sign_out(everywhere=everywhere)
    assert told(site) == [(UserSignedOut, "ada", SUB, everywhere)]
    assert request.identity is None


def test_where_cognito_could_not_be_told_only_this_session_has_ended(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = "ServiceUnavailable"
    request.cognito.sign_out(everywhere=True)
    assert told(site) == [(UserSignedOut, "ada", SUB, False)]


def test_nobodys_sign_out_is_no_event(site: Site) -> None:
    site.request().cognito.sign_out()
    assert told(site) == []
