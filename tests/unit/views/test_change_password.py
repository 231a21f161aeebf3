"""A new password for who knows the present one."""

from __future__ import annotations

import pytest

from pyramid_cognito.errors import Context, cognito_error
from pyramid_cognito.sign_in import SignInResult, SignInStatus
from tests.unit.views.site import ADA, TICKET, Site, problem

PAGE = "/account/password"
PASSWORDS = {"password": "Correct-Horse-9", "new_password": "Better-Horse-10"}
ELSEWHERE_TOO = {**PASSWORDS, "sign_out_others": "y"}


def where(response):
    return response.location.removeprefix("http://localhost")


@pytest.fixture
def site() -> Site:
    site = Site()
    site.policy.person = ADA
    return site


def test_the_form_tells_password_managers_which_is_which(site):
    form = site.browser.get(PAGE).form
    assert form["password"].attrs["autocomplete"] == "current-password"
    assert form["new_password"].attrs["autocomplete"] == "new-password"
    assert form["username"].value == "ada"


def test_a_password_is_changed(site):
    response = site.post(PAGE, PASSWORDS)
    assert site.cognito.account.calls == [("change_password", "Correct-Horse-9", "Better-Horse-10")]
    assert where(response) == "/account?reason=password-changed"
    assert site.cognito.reauthentications == []


def test_a_wrong_present_password_is_told_and_neither_is_shown_again(site):
    site.cognito.account.error = cognito_error(
        "NotAuthorizedException", "Incorrect username or password.", context=Context.SIGNED_IN
    )
    response = site.post(PAGE, PASSWORDS)
    assert response.status_int == 400
    assert "Your present password is not" in problem(response)
    assert "Correct-Horse-9" not in response
    assert "Better-Horse-10" not in response


def test_a_new_password_against_the_pools_rules_is_told_beside_it(site):
    site.cognito.account.error = cognito_error("PasswordHistoryPolicyViolationException")
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert "had this password before" in response.html.select_one("#new_password-error").text
    assert response.form["sign_out_others"].checked


def test_what_breaks_the_rules_is_not_sent(site):
    response = site.post(PAGE, {**PASSWORDS, "new_password": "short"})
    assert response.status_int == 400
    assert site.cognito.account.calls == []


def test_signing_out_elsewhere_is_a_matter_of_a_tick(site):
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert [call[0] for call in site.cognito.account.calls] == [
        "change_password",
        "global_sign_out",
    ]
    assert site.cognito.reauthentications == ["Better-Horse-10"]
    assert where(response) == "/account?reason=signed-out-elsewhere"
    assert TICKET[1] in response.headers.getall("Set-Cookie")


def test_a_second_factor_is_asked_then(site):
    headers = [("Set-Cookie", "challenge=sealed")]
    site.cognito.result = SignInResult(SignInStatus.CHALLENGED, headers=headers)
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert where(response) == (
        "/account/sign-in/challenge?next=%2Faccount%3Freason%3Dsigned-out-elsewhere"
    )
    assert "challenge=sealed" in response.headers.getall("Set-Cookie")


def test_who_cannot_stay_signed_in_is_told_that_the_password_is_changed(site):
    site.fails("ServiceUnavailable")
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert where(response) == "/account/sign-in?reason=password-changed"
    assert site.cognito.sign_outs == 1
    site.policy.person = None
    assert "Your password is changed." in response.follow()


def test_a_sign_out_that_failed_is_not_passed_over(site):
    site.cognito.account.errors["global_sign_out"] = cognito_error("ServiceUnavailable")
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert where(response) == "/account?reason=still-signed-in-elsewhere"
    assert site.cognito.reauthentications == []
    assert "could not be signed out" in response.follow()


def test_while_cognito_is_away_nothing_is_changed_and_the_page_says_so(site):
    site.cognito.account.error = cognito_error("ServiceUnavailable")
    response = site.post(PAGE, ELSEWHERE_TOO)
    assert response.status_int == 503
    assert response.headers["Retry-After"] == "10"
    assert site.cognito.reauthentications == []


def test_who_has_no_password_here_is_told_where_it_is(site):
    site.cognito.has_password = False
    for page in (site.browser.get(PAGE, status=404), site.post(PAGE, PASSWORDS)):
        assert page.html.h1.text == "There is no password to change"
    assert site.cognito.account.calls == []


def test_an_old_sign_in_is_not_enough(site):
    site.cognito.age = 301
    response = site.post(PAGE, PASSWORDS)
    assert where(response) == "/account/reauthenticate?next=%2Faccount%2Fpassword"
    assert site.cognito.account.calls == []
