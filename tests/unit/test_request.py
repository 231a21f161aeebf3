from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.testing import DummyRequest
from pyramid.tweens import INGRESS
from webtest import TestApp

from pyramid_cognito.challenges import as_choices
from pyramid_cognito.claim_policy import CannotDecide
from pyramid_cognito.cookies import Headers
from pyramid_cognito.errors import CognitoError, cognito_error
from pyramid_cognito.events import UserConfirmed
from pyramid_cognito.policy_view import IPolicyDecider
from pyramid_cognito.request import Cognito, CognitoOfRequest
from pyramid_cognito.security import CognitoSecurityPolicy, end_all
from pyramid_cognito.services import REGISTRY_KEY
from pyramid_cognito.sign_in import SignInStatus
from pyramid_cognito.ticket import Tokens
from tests.application import make_tokens, receive
from tests.jwt_factory import ABSENT, NOW, SUB, access_claims, make_token
from tests.stubbed import stubbed
from tests.unit.dialogue import (
    CHALLENGE,
    GRACE,
    KEY,
    SETUP,
    Site,
    another_sign_in,
    deleted,
)


@pytest.fixture
def site() -> Site:
    return Site()


def test_signing_in_makes_the_request_that_persons(site: Site) -> None:
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert result.succeeded
    assert (result.status, result.error) == (SignInStatus.SUCCEEDED, None)
    assert request.authenticated_userid == SUB
    assert site.request(result.headers).authenticated_userid == SUB


def test_remember_reaches_the_cookie(site: Site) -> None:
    assert "Max-Age" not in site.request().cognito.sign_in("ada", "pa55").headers[0][1]
    remembered = site.request().cognito.sign_in("ada", "pa55", remember=True)
    assert "Max-Age" in remembered.headers[0][1]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("NotAuthorizedException", SignInStatus.FAILED),
        ("UserNotConfirmedException", SignInStatus.NOT_CONFIRMED),
        ("PasswordResetRequiredException", SignInStatus.PASSWORD_RESET_REQUIRED),
        ("ServiceUnavailable", SignInStatus.FAILED),
    ],
)
def test_a_refusal_is_a_status_and_an_error(site: Site, code: str, status: SignInStatus) -> None:
    site.cognito.outcome = code
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert (result.status, result.error.code, result.headers) == (status, code, [])
    assert request.identity is None


def test_tokens_that_are_not_good_sign_nobody_in(site: Site) -> None:
    site.cognito.outcome = make_tokens(aud="another-client")
    request = site.request()
    result = request.cognito.sign_in("ada", "pa55")
    assert result.error.code == "InvalidTokenFromCognito"
    assert request.identity is None


def test_a_failed_sign_in_leaves_the_session_before(site: Site) -> None:
    headers = site.signed_in()
    site.cognito.outcome = "NotAuthorizedException"
    request = site.request(headers)
    request.cognito.sign_in("grace", "pa55")
    assert request.authenticated_userid == SUB
    assert site.request(headers).authenticated_userid == SUB


def test_a_new_sign_in_revokes_the_session_before(site: Site) -> None:
    headers = site.signed_in(refresh_token="old refresh token")
    request = site.request(headers)
    site.cognito.outcome = another_sign_in(GRACE)
    request.cognito.sign_in("grace", "pa55")
    assert ("revoke", "old refresh token") in site.cognito.said
    assert request.authenticated_userid == GRACE
    assert site.request(headers).identity is None


# other ways to sign in


CHOICE = replace(
    CHALLENGE,
    name="SELECT_CHALLENGE",
    parameters=as_choices(["PASSWORD_SRP", "EMAIL_OTP"]),
)


def choosing(**settings: str) -> Site:
    return Site({"cognito.auth_flow": "USER_AUTH", **settings})


def test_without_a_password_cognito_asks_how_to_go_on() -> None:
    site = choosing()
    site.cognito.outcome = CHOICE
    result = site.request().cognito.sign_in("ada", "", remember=True)
    assert result.challenge == CHOICE
    assert site.cognito.said == [("begin with choice", "ada", True)]


@pytest.mark.parametrize(("flow", "password"), [("USER_AUTH", "pa55"), ("USER_SRP_AUTH", "")])
def test_with_a_password_or_without_a_choice_the_password_is_proved(
    flow: str, password: str
) -> None:
    site = Site({"cognito.auth_flow": flow})
    site.request().cognito.sign_in("ada", password)
    assert site.cognito.said == [("begin", "ada", False)]


def test_codes_to_sign_in_with_are_limited_as_messages() -> None:
    site = choosing(**{"cognito.throttle.messages": "1 per 1 hour"})
    headers = site.challenged(CHOICE)
    site.cognito.outcome = replace(CHALLENGE, name="EMAIL_OTP")
    assert site.request(headers).cognito.answer(ANSWER="EMAIL_OTP").challenge is not None
    refused = site.request(headers).cognito.answer(ANSWER="EMAIL_OTP").error
    assert refused.code == "TooManyAttempts"
    assert site.request(headers).cognito.answer(ANSWER="PASSWORD_SRP").challenge is not None


def test_who_has_no_password_may_prove_anew_who_they_are() -> None:
    site = choosing()
    headers = site.signed_in()
    site.cognito.outcome = CHOICE
    result = site.request(headers).cognito.reauthenticate("")
    assert result.challenge.subject == SUB
    assert site.cognito.said == [("begin with choice", "ada", False)]


def test_no_password_is_never_the_right_one() -> None:
    site = choosing()
    request = site.request(site.signed_in())
    site.cognito.outcome = CHOICE
    with pytest.raises(CognitoError) as caught:
        request.cognito.check_password("")
    assert caught.value.code == "NotAuthorizedException"
    assert site.cognito.said == []


# challenges


def test_a_challenge_waits_in_a_sealed_cookie(site: Site) -> None:
    headers = site.challenged()
    assert site.request().cognito.challenge is None
    request = site.request(headers)
    assert request.cognito.challenge == CHALLENGE
    assert request.identity is None
    text = headers[0][1]
    assert text.startswith("__Host-cognito-challenge=")
    assert "Max-Age=180" in text
    assert "cognito-session" not in text


def test_an_answer_goes_to_the_challenge_of_the_cookie_and_deletes_it(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = make_tokens()
    request = site.request(headers)
    result = request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.succeeded
    assert site.cognito.said[-1] == ("answer", CHALLENGE, {"SOFTWARE_TOKEN_MFA_CODE": "123456"})
    assert deleted(result.headers) == {"__Host-cognito-challenge"}
    assert "Max-Age" in result.headers[0][1]
    assert request.authenticated_userid == SUB


def test_a_wrong_code_may_be_followed_by_a_right_one(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = "CodeMismatchException"
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
    assert (result.status, result.headers) == (SignInStatus.FAILED, [])


@pytest.mark.parametrize("code", ["NotAuthorizedException", "SessionExpired"])
def test_a_challenge_that_is_over_is_deleted(site: Site, code: str) -> None:
    headers = site.challenged()
    site.cognito.outcome = code
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert deleted(result.headers) == {"__Host-cognito-challenge"}


def test_a_further_challenge_takes_the_place_of_the_first(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = replace(CHALLENGE, name="SMS_MFA")
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.status is SignInStatus.CHALLENGED
    assert result.challenge.name == "SMS_MFA"
    assert site.request(result.headers).cognito.challenge.name == "SMS_MFA"


def test_without_a_challenge_there_is_nothing_to_answer(site: Site) -> None:
    result = site.request().cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.error.code == "SessionExpired"
    assert site.cognito.said == []


def test_a_challenge_is_too_late_after_its_time(site: Site) -> None:
    headers = site.challenged()
    site.clock.advance(180)
    assert site.request(headers).cognito.challenge is None


# setting up an authenticator


def test_the_secret_of_an_app_is_asked_for_once_and_waits_in_the_cookie(site: Site) -> None:
    setup = site.request(site.challenged(SETUP)).cognito.set_up_authenticator()
    assert setup.secret == KEY
    assert KEY not in str(setup.headers)
    request = site.request(setup.headers)
    again = request.cognito.set_up_authenticator()
    assert (again.secret, again.headers) == (KEY, [])
    assert request.cognito.challenge == replace(SETUP, secret=KEY, session="newest-session")
    assert [said[0] for said in site.cognito.said] == ["associate"]


def test_a_secret_is_no_text_of_a_log(site: Site) -> None:
    setup = site.request(site.challenged(SETUP)).cognito.set_up_authenticator()
    assert KEY not in repr(setup)


def test_a_wrong_code_leaves_the_secret_to_try_again(site: Site) -> None:
    setup = site.request(site.challenged(SETUP)).cognito.set_up_authenticator()
    site.cognito.outcome = "EnableSoftwareTokenMFAException"
    result = site.request(setup.headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
    assert (result.error.code, result.headers) == ("EnableSoftwareTokenMFAException", [])
    assert site.request(setup.headers).cognito.challenge.secret == KEY


def test_a_right_code_signs_in(site: Site) -> None:
    setup = site.request(site.challenged(SETUP)).cognito.set_up_authenticator()
    site.cognito.outcome = make_tokens()
    request = site.request(setup.headers)
    assert request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456").succeeded
    assert request.authenticated_userid == SUB


def test_a_refused_association_is_an_error(site: Site) -> None:
    headers = site.challenged(SETUP)
    site.cognito.outcome = "SessionExpired"
    with pytest.raises(CognitoError):
        site.request(headers).cognito.set_up_authenticator()


def test_without_a_challenge_there_is_nothing_to_set_up(site: Site) -> None:
    with pytest.raises(CognitoError) as caught:
        site.request().cognito.set_up_authenticator()
    assert caught.value.code == "SessionExpired"
    assert site.cognito.said == []


def test_another_challenge_sets_nothing_up(site: Site) -> None:
    with pytest.raises(ValueError, match="SOFTWARE_TOKEN_MFA does not ask for an authenticator"):
        site.request(site.challenged()).cognito.set_up_authenticator()
    assert site.cognito.said == []


# the password again


def test_who_proves_anew_who_they_are_gets_a_new_session_for_the_old(site: Site) -> None:
    headers = site.signed_in(refresh_token="old refresh token")
    site.clock.advance(600)
    request = site.request(headers)
    site.cognito.outcome = another_sign_in(now=NOW + 600)
    result = request.cognito.reauthenticate("pa55")
    assert result.succeeded
    assert site.cognito.said == [("begin", "ada", False), ("revoke", "old refresh token")]
    assert site.request(headers).identity is None
    fresh = site.request(result.headers)
    assert (fresh.identity.sub, fresh.identity.auth_time) == (SUB, NOW + 600)


@pytest.mark.parametrize("remember", [True, False])
def test_the_new_session_is_remembered_as_the_old_one_was(site: Site, remember: bool) -> None:
    headers = site.request().cognito.sign_in("ada", "pa55", remember=remember).headers
    site.cognito.outcome = another_sign_in()
    result = site.request(headers).cognito.reauthenticate("pa55")
    assert ("Max-Age" in result.headers[0][1]) is remember


@pytest.mark.parametrize(
    "outcome",
    [
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "ServiceUnavailable",
        another_sign_in(GRACE),
        another_sign_in(aud="another-client"),
        another_sign_in(**{"cognito:groups": [f"{number:032}" for number in range(600)]}),
    ],
)
def test_the_old_session_stands_where_that_fails(site: Site, outcome: Any) -> None:
    headers = site.signed_in()
    request = site.request(headers)
    site.cognito.outcome = outcome
    result = request.cognito.reauthenticate("pa55")
    assert not result.succeeded
    assert result.headers == []
    assert request.authenticated_userid == SUB
    assert site.request(headers).authenticated_userid == SUB
    assert site.cognito.said == [("begin", "ada", False)]


def test_nobody_has_no_password_to_prove(site: Site) -> None:
    result = site.request().cognito.reauthenticate("pa55")
    assert (result.error.code, result.error.next_step) == ("NotAuthorizedException", "sign_in")
    assert site.cognito.said == []


def test_a_bearer_token_is_no_session_to_renew(site: Site) -> None:
    request = site.request(site.signed_in())
    request.environ["HTTP_AUTHORIZATION"] = f"Bearer {make_token(access_claims())}"
    assert not request.cognito.reauthenticate("pa55").succeeded
    assert site.cognito.said == []


def test_a_wrong_password_is_told_of_the_password_alone(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = "NotAuthorizedException"
    error = request.cognito.reauthenticate("wrong").error
    assert (error.code, error.next_step) == ("NotAuthorizedException", "try_again")
    assert "present password" in error.message


def test_a_client_that_cognito_refuses_is_no_wrong_password(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = cognito_error("NotAuthorizedException", "not enabled for this client")
    assert request.cognito.reauthenticate("pa55").error.status == 502


def half_way(site: Site, headers: Headers) -> Headers:
    """The cookies of someone who has given the password again, and is asked for a code."""
    site.cognito.outcome = replace(CHALLENGE, remember=False)
    result = site.request(headers).cognito.reauthenticate("pa55")
    assert result.status is SignInStatus.CHALLENGED
    site.forget_what_was()
    return [*headers, *result.headers]


def test_a_code_is_asked_for_too_and_until_then_the_old_session_stands(site: Site) -> None:
    before = site.signed_in(refresh_token="old refresh token")
    headers = half_way(site, before)
    assert site.request(headers).authenticated_userid == SUB
    assert site.request(headers).cognito.challenge.subject == SUB
    site.cognito.outcome = another_sign_in()
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.succeeded
    assert deleted(result.headers) == {"__Host-cognito-challenge"}
    assert site.cognito.said[-1] == ("revoke", "old refresh token")
    assert site.request(before).identity is None


def test_a_further_challenge_is_for_the_same_person(site: Site) -> None:
    headers = half_way(site, site.signed_in())
    site.cognito.outcome = replace(CHALLENGE, name="SMS_MFA")
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert (result.challenge.name, result.challenge.subject) == ("SMS_MFA", SUB)


def test_a_wrong_code_leaves_the_session_and_the_challenge(site: Site) -> None:
    headers = half_way(site, site.signed_in())
    site.cognito.outcome = "CodeMismatchException"
    request = site.request(headers)
    result = request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="000000")
    assert (result.status, result.headers) == (SignInStatus.FAILED, [])
    assert request.authenticated_userid == SUB


def test_a_code_that_brings_somebody_else_changes_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    headers = half_way(site, site.signed_in())
    site.cognito.outcome = another_sign_in(GRACE)
    request = site.request(headers)
    result = request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert not result.succeeded
    assert deleted(result.headers) == {"__Host-cognito-challenge"}
    assert request.authenticated_userid == SUB
    assert site.request(headers).authenticated_userid == SUB
    assert "someone else than who is signed in: refused" in caplog.text


def test_a_code_is_worth_nothing_where_somebody_else_has_signed_in_meanwhile(site: Site) -> None:
    headers = half_way(site, site.signed_in())
    site.cognito.outcome = another_sign_in(GRACE)
    now = site.request().cognito.sign_in("grace", "pa55").headers
    site.forget_what_was()
    site.cognito.outcome = another_sign_in()
    pending = [header for header in headers if "challenge" in header[1]]
    request = site.request([*now, *pending])
    before = request.authenticated_userid
    assert request.cognito.challenge is None
    result = request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert result.error.code == "SessionExpired"
    assert deleted(result.headers) == {"__Host-cognito-challenge"}
    assert request.authenticated_userid == before != SUB
    assert site.cognito.said == []


def test_a_code_signs_in_the_same_person_whose_session_has_ended_meanwhile(site: Site) -> None:
    headers = half_way(site, site.signed_in())
    site.config.registry[REGISTRY_KEY].sessions.end_all(SUB)
    site.cognito.outcome = another_sign_in()
    request = site.request(headers)
    assert request.authenticated_userid is None
    assert request.cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456").succeeded
    assert request.authenticated_userid == SUB


def test_guesses_at_the_present_password_are_counted_together_and_strangers_apart() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    headers = site.signed_in()
    site.cognito.outcome = "NotAuthorizedException"
    codes = [site.request().cognito.sign_in("ada", "wrong").error.code for _ in range(3)]
    assert codes[-1] == "TooManyAttempts"
    codes = [
        site.request(headers).cognito.reauthenticate("wrong").error.code,
        refused(lambda: site.request(headers).cognito.check_password("wrong")),
        refused(lambda: site.request(headers).cognito.account.change_password("wrong", "new")),
    ]
    assert codes == [*["NotAuthorizedException"] * 2, "TooManyAttempts"]


@pytest.mark.parametrize("name", ["CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "PASSWORD_VERIFIER"])
def test_a_challenge_that_may_come_before_the_password_proves_nothing(
    site: Site, name: str
) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = replace(CHALLENGE, name=name)
    assert refused(lambda: request.cognito.check_password("pa55")) == "ServiceUnavailable"


@pytest.mark.parametrize("tokens", [another_sign_in(GRACE), Tokens("", "", None)])
def test_tokens_of_someone_else_or_of_nobody_prove_nothing(site: Site, tokens: Tokens) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = tokens
    assert refused(lambda: request.cognito.check_password("pa55"))


def test_signing_out_everywhere_ends_the_persons_other_sessions_here_at_once(site: Site) -> None:
    elsewhere, mine = site.signed_in(origin_jti="1", access={"origin_jti": "1"}), site.signed_in()
    site.cognito.outcome = another_sign_in(GRACE)
    others = site.request().cognito.sign_in("grace", "pa55").headers
    site.request(mine).cognito.sign_out(everywhere=True)
    assert site.request(elsewhere).authenticated_userid is None
    assert site.request(others).authenticated_userid == GRACE
    # and a session that begins right afterwards is not one of them
    after = site.signed_in(origin_jti="2", access={"origin_jti": "2"})
    assert site.request(after).authenticated_userid == SUB


def test_ending_all_sessions_by_the_account_ends_those_of_the_application(site: Site) -> None:
    elsewhere = site.signed_in(origin_jti="1", access={"origin_jti": "1"})
    request = site.request(site.signed_in())
    with stubbed(request.registry[REGISTRY_KEY].pool) as stub:
        stub.add_response("global_sign_out", {})
        request.cognito.account.global_sign_out()
    # this request goes on: it may be about to begin a new session
    assert request.authenticated_userid == SUB
    assert site.request(elsewhere).authenticated_userid is None


def test_where_nobody_is_signed_in_no_sessions_are_ended(site: Site) -> None:
    headers = site.signed_in()
    end_all(site.request())
    assert site.request(headers).authenticated_userid == SUB


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(CognitoError) as caught:
        call()
    return caught.value.code


def test_a_right_password_is_checked_without_a_trace(site: Site) -> None:
    headers = site.signed_in()
    site.cognito.outcome = another_sign_in(refresh_token="of the check")
    request = site.request(headers)
    request.cognito.check_password("pa55")
    assert site.cognito.said == [("begin", "ada", False), ("revoke", "of the check")]
    assert request.cognito.tokens.refresh_token == "refresh.token"
    assert site.request(headers).authenticated_userid == SUB


def test_a_challenge_means_that_the_password_was_right(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = CHALLENGE
    request.cognito.check_password("pa55")
    assert site.cognito.said == [("begin", "ada", False)]


def test_a_wrong_password_is_an_error(site: Site) -> None:
    request = site.request(site.signed_in())
    site.cognito.outcome = "NotAuthorizedException"
    with pytest.raises(CognitoError) as caught:
        request.cognito.check_password("wrong")
    assert "present password" in caught.value.message
    assert request.authenticated_userid == SUB


def test_nobody_has_no_password_to_check(site: Site) -> None:
    with pytest.raises(CognitoError) as caught:
        site.request().cognito.check_password("pa55")
    assert caught.value.next_step == "sign_in"
    assert site.cognito.said == []


def test_passwords_are_not_guessed_by_checking_them() -> None:
    site = Site({"cognito.throttle.account": "2 per 1 hour"})
    headers = site.signed_in()
    codes = []
    for outcome in ("no", "yes", "no", "no", "yes"):
        site.cognito.outcome = another_sign_in() if outcome == "yes" else "NotAuthorizedException"
        try:
            site.request(headers).cognito.check_password("pa55")
            codes.append("right")
        except CognitoError as error:
            codes.append(error.code)
    assert codes == [
        "NotAuthorizedException",
        "right",
        *["NotAuthorizedException"] * 2,
        "TooManyAttempts",
    ]


@pytest.mark.parametrize(("age", "expected"), [(0, True), (300, True), (301, False), (-61, False)])
def test_how_long_ago_someone_signed_in(site: Site, age: int, expected: bool) -> None:
    request = site.request(site.signed_in())
    site.clock.advance(age)
    assert request.cognito.signed_in_within(300) is expected


def test_nobody_has_signed_in(site: Site) -> None:
    assert not site.request().cognito.signed_in_within(86400)


@pytest.mark.parametrize(
    ("username", "identities", "expected"),
    [
        ("ada", ABSENT, True),
        ("ada", [], True),
        ("google_123", [{"providerName": "Google", "userId": "123"}], False),
        # linked to an account that was there before
        ("ada", [{"providerName": "Google", "userId": "123"}], True),
        ("ada", ["of no use"], True),
    ],
)
def test_who_comes_from_an_identity_provider_has_no_password(
    site: Site, username: str, identities: Any, expected: bool
) -> None:
    claims = {"cognito:username": username, "identities": identities}
    assert site.request(site.signed_in(**claims)).cognito.has_password is expected


def test_nobody_has_a_password(site: Site) -> None:
    assert not site.request().cognito.has_password


# signing out


def test_signing_out_deletes_the_cookies_and_tells_cognito(site: Site) -> None:
    headers = site.signed_in(refresh_token="the refresh token")
    request = site.request([*headers, *site.challenged()])
    site.cognito.outcome = make_tokens()
    cleared = request.cognito.sign_out()
    assert deleted(cleared) == {"__Host-cognito", "__Host-cognito-challenge"}
    assert site.cognito.said[-1] == ("revoke", "the refresh token")
    assert request.identity is None
    assert site.request(headers).identity is None


def test_signing_out_everywhere_tells_cognito_so(site: Site) -> None:
    request = site.request(site.signed_in())
    tokens = request.cognito.tokens
    request.cognito.sign_out(everywhere=True)
    assert site.cognito.said == [("sign out everywhere", tokens.access_token)]


def test_nobody_stays_signed_in_because_cognito_is_away(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    headers = site.signed_in()
    site.cognito.outcome = "ServiceUnavailable"
    request = site.request(headers)
    assert deleted(request.cognito.sign_out()) == {"__Host-cognito"}
    assert request.identity is None
    assert site.request(headers).identity is None
    assert "Cognito could not be told: ServiceUnavailable" in caplog.text


def test_there_is_nothing_to_revoke_without_a_refresh_token(site: Site) -> None:
    site.request(site.signed_in(refresh_token=None)).cognito.sign_out()
    assert site.cognito.said == []


def test_an_anonymous_sign_out_does_no_harm(site: Site) -> None:
    assert deleted(site.request().cognito.sign_out()) == {"__Host-cognito"}
    assert site.cognito.said == []


# the rest of the façade


def test_policies_and_tokens_are_at_hand(site: Site) -> None:
    site.config.add_cognito_policy("Admins", groups="Admin")
    request = site.request(site.signed_in())
    assert request.cognito.satisfies("Admins")
    assert "policy:Admins" in request.cognito.principals
    assert request.cognito.tokens == site.cognito.outcome
    assert request.cognito.settings.user_pool_id == "eu-west-1_AbCdEf123"
    with pytest.raises(CannotDecide, match="did you mean 'Admins'"):
        request.cognito.satisfies("Admin")


def test_an_account_is_throttled_by_the_requests_address(site: Site) -> None:
    request = site.request()
    request.environ["REMOTE_ADDR"] = "192.0.2.7"
    assert request.cognito.account._address == "192.0.2.7"


@pytest.fixture
def get_user(site: Site) -> Iterator[Stubber]:
    """What GetUser is asked with."""
    with stubbed(site.config.registry[REGISTRY_KEY].pool) as stub:
        yield stub


def expect_access_token(stub: Stubber, token: str) -> None:
    answer = {"Username": "ada", "UserAttributes": []}
    stub.add_response("get_user", answer, {"AccessToken": token})


def test_an_account_is_that_of_the_session(site: Site, get_user: Stubber) -> None:
    request = site.request(site.signed_in())
    expect_access_token(get_user, site.cognito.outcome.access_token)
    assert request.cognito.account.get_user().username == "ada"


def test_an_account_is_that_of_a_bearer_token(site: Site, get_user: Stubber) -> None:
    token = make_token(access_claims())
    request = site.request()
    request.environ["HTTP_AUTHORIZATION"] = f"Bearer  {token} "
    expect_access_token(get_user, token)
    assert request.cognito.account.get_user().username == "ada"


@pytest.mark.parametrize("header", [None, f"Bearer {make_token(access_claims(exp=NOW))}"])
def test_nobody_has_no_account(site: Site, get_user: Stubber, header: str | None) -> None:
    request = site.request()
    if header:
        request.environ["HTTP_AUTHORIZATION"] = header
    with pytest.raises(CognitoError) as caught:
        request.cognito.account.get_user()
    assert caught.value.next_step == "sign_in"


def test_an_account_tells_what_was_done_to_it(site: Site) -> None:
    request = site.request()
    with stubbed(site.config.registry[REGISTRY_KEY].pool) as stub:
        stub.add_response("confirm_sign_up", {})
        request.cognito.account.confirm_sign_up("grace", "123456")
    (event,) = site.events
    assert (type(event), event.user, event.request) == (UserConfirmed, "grace", request)


def test_a_feature_must_be_named_in_the_settings_and_known_to_the_pool(site: Site) -> None:
    offers = site.request(site.signed_in()).cognito.offers
    assert (offers("sign_up"), offers("sms_code")) == (True, False)
    with stubbed(site.config.registry[REGISTRY_KEY].pool) as stub:
        stub.add_client_error("list_devices", "InvalidParameterException")
        assert not offers("devices")


def test_it_is_one_object_a_request_and_pyramid_makes_no_class_for_it(site: Site) -> None:
    request = site.request()
    assert request.cognito is request.cognito
    assert type(request) is Request
    assert isinstance(CognitoOfRequest()(request), Cognito)


def test_a_facade_whose_request_is_gone_says_so(site: Site) -> None:
    cognito = site.request().cognito
    site.requests.clear()
    with pytest.raises(ReferenceError, match="is gone"):
        cognito.sign_in("ada", "pa55")


def test_a_dummy_request_has_it_too(site: Site) -> None:
    from pyramid.request import apply_request_extensions

    site.config.commit()
    request = DummyRequest(environ={})
    request.registry = site.config.registry
    apply_request_extensions(request)
    assert request.cognito.challenge is None


# what includeme sets up


def test_the_policy_is_set_unless_the_settings_say_not_to(site: Site) -> None:
    site.config.commit()
    assert isinstance(site.config.registry.getUtility(ISecurityPolicy), CognitoSecurityPolicy)
    other = Site({"cognito.security_policy": "false"})
    other.config.commit()
    assert other.config.registry.queryUtility(ISecurityPolicy) is None
    assert other.config.registry.queryUtility(IPolicyDecider) is not None


def spy_tween_factory(handler: Any, registry: Any) -> Any:
    def spy_tween(request: Request) -> Response:
        registry["seen"].append(request.environ.get("HTTP_COOKIE"))
        return handler(request)

    return spy_tween


def test_another_security_policy_in_its_place_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Other:
        pass

    site = Site()
    site.config.commit()
    assert "security policy" not in caplog.text
    site = Site()
    site.config.registry.registerUtility(Other(), ISecurityPolicy)
    config = site.config
    config.set_security_policy(Other())
    config.commit()
    assert "Other is the security policy, and pyramid_cognito's is not" in caplog.text


def test_an_outage_leaves_the_challenge_to_be_answered_later(site: Site) -> None:
    headers = site.challenged()
    site.cognito.outcome = "ServiceUnavailable"
    result = site.request(headers).cognito.answer(SOFTWARE_TOKEN_MFA_CODE="123456")
    assert (result.error.status, result.headers) == (503, [])


def test_no_tween_sees_a_ticket(site: Site) -> None:
    seen = site.config.registry["seen"] = []
    site.config.add_tween("tests.unit.test_request.spy_tween_factory", under=INGRESS)
    site.config.add_route("home", "/")
    site.config.add_view(lambda request: Response("home"), route_name="home")
    app = TestApp(site.config.make_wsgi_app())
    app.get("/")
    receive(app, site.signed_in())
    app.get("/")
    assert seen == [None, ""]


def test_a_refresh_in_a_subrequest_reaches_the_browser(site: Site) -> None:
    def outer(request: Request) -> Response:
        inner = request.copy_get()
        inner.path_info = "/inner"
        request.invoke_subrequest(inner)
        return Response("outer")

    site.config.add_route("outer", "/outer")
    site.config.add_route("inner", "/inner")
    site.config.add_view(outer, route_name="outer")
    site.config.add_view(lambda request: Response(str(request.identity)), route_name="inner")
    app = TestApp(site.config.make_wsgi_app())
    receive(app, site.signed_in())
    site.clock.advance(1800)  # long enough for the ticket to be sealed anew
    assert "Set-Cookie" in app.get("/outer").headers
